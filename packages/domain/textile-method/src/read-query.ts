import { inWords, readYarnSizeText, type StageCode, type TextileQuery, textileQuerySchema } from '@ecobalyse/schema';
import { checkTextileQuery } from './check-query.js';
import { constants } from './figures/figures.js';
import type { CustomTrim, ReadMaterial, ReadPrinting, ReadQuery, ReadYarnSize, TrimItem } from './query.js';
import { TextileQueryError } from './textile-query-error.js';
import { gramsPerM2, kg, yarnSizeFromDtex, yarnSizeFromNm } from './units.js';

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

type FixedShape = { -readonly [Field in keyof TextileQuery]-?: unknown };

/**
 * The known fields of a body, in an object that always has the same shape; `undefined` for those that it does not give. A
 * body that is no object has none, and stays what it is.
 *
 * Bodies come in as many shapes as callers leave fields out. Asking each of them for 24 fields, one after the other, costs
 * more than the simulation; walking through the fields that are there does not, and the schema is several times faster
 * on one shape.
 */
function inFixedShape(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const fields: FixedShape = {
    mass: undefined,
    materials: undefined,
    product: undefined,
    airTransportRatio: undefined,
    business: undefined,
    countrySpinning: undefined,
    countryFabric: undefined,
    countryDyeing: undefined,
    countryMaking: undefined,
    disabledSteps: undefined,
    dyeingProcessType: undefined,
    fabricProcess: undefined,
    fading: undefined,
    makingComplexity: undefined,
    makingDeadStock: undefined,
    makingWaste: undefined,
    numberOfReferences: undefined,
    physicalDurability: undefined,
    price: undefined,
    printing: undefined,
    surfaceMass: undefined,
    trims: undefined,
    upcycled: undefined,
    yarnSize: undefined,
  };
  for (const name in body) {
    if (Object.hasOwn(fields, name)) {
      fields[name as keyof FixedShape] = (body as Record<string, unknown>)[name];
    }
  }
  return fields;
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

const NO_STAGE: readonly StageCode[] = Object.freeze([]);

/**
 * Reads the body of a simulation request (METHOD §3).
 *
 * @param body a parsed JSON value, of any shape.
 * @throws {TextileQueryError} with the key `decoding`, naming the fields that cannot be read.
 */
function readFields(body: unknown): ReadQuery {
  const reading = textileQuerySchema.safeParse(inFixedShape(body));
  if (!reading.success) throw unreadable(reading.error.issues);
  const given = reading.data;
  return {
    mass: kg(given.mass),
    materials: given.materials.map(readMaterial),
    product: given.product,
    airTransportRatio: given.airTransportRatio ?? null,
    business: given.business ?? null,
    countrySpinning: given.countrySpinning ?? null,
    countryFabric: given.countryFabric ?? null,
    countryDyeing: given.countryDyeing ?? null,
    countryMaking: given.countryMaking ?? null,
    disabledSteps: given.disabledSteps ?? NO_STAGE,
    dyeingProcessType: given.dyeingProcessType ?? null,
    fabricProcess: given.fabricProcess ?? null,
    fading: given.fading ?? null,
    makingComplexity: given.makingComplexity ?? null,
    makingDeadStock: given.makingDeadStock ?? null,
    makingWaste: given.makingWaste ?? null,
    numberOfReferences: given.numberOfReferences ?? null,
    physicalDurability: given.physicalDurability ?? null,
    price: given.price ?? null,
    printing: given.printing ? readPrinting(given.printing) : null,
    surfaceMass: given.surfaceMass == null ? null : gramsPerM2(given.surfaceMass),
    trims: given.trims?.map(readTrim) ?? null,
    upcycled: given.upcycled ?? false,
    yarnSize: given.yarnSize == null ? null : readYarnSize(given.yarnSize),
  };
}

/**
 * Reads and checks the body of a simulation request (METHOD §3, §4).
 *
 * @param body a parsed JSON value, of any shape.
 * @throws {TextileQueryError} naming every fault.
 */
export function readTextileQuery(body: unknown): ReadQuery {
  const query = readFields(body);
  const faults = checkTextileQuery(query);
  if (faults !== null) throw new TextileQueryError(faults);
  return query;
}
