import { inWords, readYarnSizeText, type StageCode, type TextileQuery, textileQuerySchema } from '@ecobalyse/schema';
import { fieldsOf, isObject } from './accepts.js';
import { CHECKS, faultsOf } from './check-query.js';
import { constants } from './figures/figures.js';
import type { CustomTrim, ReadMaterial, ReadPrinting, ReadQuery, ReadYarnSize, TrimItem } from './query.js';
import { TextileQueryError } from './textile-query-error.js';
import { yarnSizeFromDtex, yarnSizeFromNm } from './units.js';

const MAX_REPORTED_ISSUES = 5;

/** All reading failures share one key, so that their message names the fields (METHOD §4.4). */
function unreadable(issues: readonly { path: readonly PropertyKey[]; message: string }[]): TextileQueryError {
  const colon = inWords({ fr: ' : ', en: ': ' }, 'fr');
  const reported = issues
    .slice(0, MAX_REPORTED_ISSUES)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}${colon}${message}`));
  const count = issues.length - reported.length;
  const others = inWords({ fr: `… et ${count} autre(s) erreur(s)`, en: `… and ${count} more` }, 'fr');
  return new TextileQueryError({
    decoding: [...reported, ...(count > 0 ? [others] : [])].join(' | '),
  });
}

const readMaterial = ({ id, share, country, spinning }: TextileQuery['materials'][number]): ReadMaterial => ({
  id,
  share,
  country: country ?? null,
  spinning: spinning ?? null,
});

const readPrinting = ({ kind, ratio }: NonNullable<TextileQuery['printing']>): ReadPrinting => ({
  kind,
  ratio: ratio ?? constants.defaultPrintingRatio,
});

function readYarnSize(written: number | string): ReadYarnSize {
  if (typeof written === 'number') return { nm: yarnSizeFromNm(written), written };
  const text = readYarnSizeText(written);
  if (text === undefined) throw new Error(`the schema accepted the yarn size ${written}`);
  return { nm: text.unit === 'Nm' ? yarnSizeFromNm(text.value) : yarnSizeFromDtex(text.value), written };
}

type GivenTrim = NonNullable<TextileQuery['trims']>[number];

function readCustomTrim({ name, elements }: NonNullable<GivenTrim['custom']>): CustomTrim {
  const trimmed = name?.trim();
  return {
    ...(trimmed ? { name: trimmed } : {}),
    elements: elements.map(({ amount, material, transforms }) => ({
      amount,
      material: material.toLowerCase(),
      transforms: (transforms ?? []).map((id) => id.toLowerCase()),
    })),
  };
}

function readTrim({ id, quantity, custom }: GivenTrim): TrimItem {
  const item = { id: id.toLowerCase(), quantity };
  return custom ? { ...item, custom: readCustomTrim(custom) } : item;
}

/** The fields that are not taken as they are given. */
const OWN_READERS: {
  readonly [Field in keyof TextileQuery]?: (given: NonNullable<TextileQuery[Field]>) => ReadQuery[Field];
} = {
  materials: (given) => given.map(readMaterial),
  printing: readPrinting,
  trims: (given) => given.map(readTrim),
  yarnSize: readYarnSize,
};

/** What each field takes; how it is read when not as given; what may be wrong with what was read. */
const FIELDS = new Map(
  [...fieldsOf(textileQuerySchema.shape)].map(([name, { accepts }]) => [
    name,
    {
      accepts,
      read: OWN_READERS[name as keyof TextileQuery] as ((given: unknown) => unknown) | undefined,
      check: CHECKS[name as keyof ReadQuery] as ((read: unknown) => string | null) | undefined,
    },
  ]),
);

const NO_STAGE: readonly StageCode[] = Object.freeze([]);

/** Says what the schema finds in a body that cannot be read. */
function refuse(body: unknown): never {
  const { error } = textileQuerySchema.safeParse(body);
  throw error === undefined ? new Error('the schema takes what was refused in its name') : unreadable(error.issues);
}

/**
 * Reads and checks the body of a simulation request (METHOD §3, §4).
 *
 * Bodies come in as many shapes as callers leave fields out. Asking each of them for 24 fields, one after the other, costs
 * more than the simulation; walking through the fields that are there does not.
 *
 * @param body a parsed JSON value, of any shape.
 * @throws {TextileQueryError} with the key `decoding`, naming the fields that cannot be read; else naming every fault.
 */
export function readTextileQuery(body: unknown): ReadQuery {
  if (!isObject(body)) return refuse(body);
  const read = {
    mass: undefined,
    materials: undefined,
    product: undefined,
    airTransportRatio: null,
    business: null,
    countrySpinning: null,
    countryFabric: null,
    countryDyeing: null,
    countryMaking: null,
    disabledSteps: NO_STAGE,
    dyeingProcessType: null,
    fabricProcess: null,
    fading: null,
    makingComplexity: null,
    makingDeadStock: null,
    makingWaste: null,
    numberOfReferences: null,
    physicalDurability: null,
    price: null,
    printing: null,
    surfaceMass: null,
    trims: null,
    upcycled: false,
    yarnSize: null,
  } satisfies { readonly [Field in keyof ReadQuery]: unknown } as Record<keyof ReadQuery, unknown>;
  let isFaultless = true;
  for (const name in body) {
    const field = FIELDS.get(name);
    const given = body[name];
    if (field === undefined || given === null || given === undefined) continue;
    if (!field.accepts(given)) return refuse(body);
    const value = field.read === undefined ? given : field.read(given);
    if (field.check !== undefined && field.check(value) !== null) isFaultless = false;
    read[name as keyof ReadQuery] = value;
  }
  if (read.mass === undefined || read.materials === undefined || read.product === undefined) return refuse(body);
  const query = read as ReadQuery;
  if (!isFaultless) throw new TextileQueryError(faultsOf(query));
  return query;
}
