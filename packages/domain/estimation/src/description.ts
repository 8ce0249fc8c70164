import { inWords, numberFromText, showReceived } from '@ecobalyse/schema';
import { listMaterialDetails, readTextileQuery, TextileQueryError } from '@ecobalyse/textile-method';
import {
  COUNTRIES,
  type Domain,
  FIELD_NAMES,
  type FieldName,
  fieldOf,
  MATERIAL_IDS,
  type Query,
  SPINNINGS,
} from './fields.js';

/** One fibre of a mix, whose share lies between two. */
export interface MixFibre {
  readonly id: string;
  readonly spinning?: string;
  /** Where it may come from; absent for the material's own country. */
  readonly countries?: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** A list of fibres; where shares are open they add up to 1. */
export type Mix = readonly MixFibre[];

/** A garment of which some fields are unknown. */
export interface Description {
  /** What is known, as a query; what is neither here nor unknown has the default of the method. */
  readonly known: Query;
  readonly unknown: ReadonlyMap<FieldName, Domain | 'by-type'>;
  /** What the garment may be made of; several only when the list of materials is unknown. */
  readonly mixes: readonly Mix[];
  /** Nothing at all was said of the materials. */
  readonly isAnyMix: boolean;
  readonly given: readonly FieldName[];
  readonly defaulted: readonly FieldName[];
  readonly drawn: readonly FieldName[];
}

/** What is wrong with a description: a message for each field, or for `body`, in the language of the work (`inLanguage`), else French. */
export class DescriptionError extends Error {
  constructor(readonly errors: Readonly<Record<string, string>>) {
    super(
      Object.entries(errors)
        .map(([field, message]) => `${field}: ${message}`)
        .join('\n'),
    );
  }
}

const MAX_VALUES = 50;
const MAX_MIXES = 400;
const MAX_OPEN_SHARES = 5;
const MAX_FIBRES = 50;

/** A query that the method accepts: a value is good when this query with it is. */
const SOUND = { mass: 0.2, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };

const NUMERIC = new Set(FIELD_NAMES.filter((name) => name === 'mass' || isRange(fieldOf(name).any)));

function isRange(domain: unknown): boolean {
  return typeof domain === 'object' && domain !== null && 'from' in domain;
}

class Fault extends Error {}

/** What is said of a field, in the language of the work; French where there is none, like what the method says of others. */
const say = (en: string, fr: string) => inWords({ en, fr }, 'fr');
const expected = (en: string, fr: string) => new Fault(say(`expected ${en}`, `attendu : ${fr}`));
const butWas = (value: unknown) => say(`; received: ${showReceived(value)}`, ` ; reçu : ${showReceived(value)}`);
const noRange = () =>
  new Fault(
    say(
      'a range is for numbers only: expected {"oneOf": […]} or {"any": true}',
      'un intervalle ne vaut que pour des nombres ; attendu : {"oneOf": […]} ou {"any": true}',
    ),
  );

/** @throws {Fault} what the method says against a value. */
function checked(field: FieldName, received: unknown): unknown {
  const value = NUMERIC.has(field) && field !== 'yarnSize' ? numberFromText(received) : received;
  try {
    readTextileQuery({ ...SOUND, [field]: value });
    return value;
  } catch (error) {
    if (!(error instanceof TextileQueryError)) throw error;
    const message = Object.values(error.errors).join(' | ');
    throw new Fault(message.replace(new RegExp(`^${field} : `), ''));
  }
}

type Marker = { any: true } | { oneOf: readonly unknown[] } | { from: unknown; to: unknown };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What stands in the place of a value, or `null` when it is a value.
 *
 * @throws {Fault} for something between the two.
 */
function markerOf(value: unknown): Marker | null {
  if (!isObject(value)) return null;
  const keys = Object.keys(value);
  const marks = keys.filter((key) => key === 'any' || key === 'oneOf' || key === 'from' || key === 'to');
  if (marks.length === 0) return null;
  const fault = () =>
    expected(
      `a value, {"any": true}, {"oneOf": [1 to ${MAX_VALUES} values]} or {"from": a, "to": b}${butWas(value)}`,
      `une valeur, {"any": true}, {"oneOf": [1 à ${MAX_VALUES} valeurs]} ou {"from": a, "to": b}${butWas(value)}`,
    );
  if (keys.length !== marks.length) throw fault();
  const form = [...marks].sort().join();
  if (form === 'any' && value.any === true) return { any: true };
  if (form === 'from,to') return { from: value.from, to: value.to };
  if (form === 'oneOf' && Array.isArray(value.oneOf) && value.oneOf.length >= 1 && value.oneOf.length <= MAX_VALUES) {
    return { oneOf: value.oneOf };
  }
  throw fault();
}

/** @throws {Fault} for bounds that are no numbers, or upside down. */
function rangeOf({ from, to }: { from: unknown; to: unknown }, check: (value: unknown) => unknown) {
  const [low, high] = [check(from), check(to)];
  if (typeof low !== 'number' || typeof high !== 'number' || low > high) {
    const was = butWas({ from, to });
    throw expected(`numbers with from at most to${was}`, `des nombres, from ne dépassant pas to${was}`);
  }
  return { from: low, to: high };
}

const distinct = (values: readonly unknown[]): unknown[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

type ReadField = { readonly value: unknown } | { readonly domain: Domain | 'by-type' };

function readField(field: FieldName, received: unknown): ReadField {
  const { any } = fieldOf(field);
  const marker = markerOf(received);
  if (field === 'printing' && marker === null && isObject(received)) return readPrinting(received);
  if (marker === null) return { value: checked(field, received) };
  if ('any' in marker) return { domain: any as Domain | 'by-type' };
  if ('oneOf' in marker) {
    const values = distinct(marker.oneOf.map((value) => checked(field, value)));
    return values.length === 1 ? { value: values[0] } : { domain: { values } };
  }
  if (!NUMERIC.has(field)) throw noRange();
  const { from, to } = rangeOf(marker, (bound) => checked(field, bound));
  if (from === to) return { value: from };
  return { domain: { from, to, whole: typeof any === 'object' && 'whole' in any && any.whole } };
}

/** Printing of which the kind or the ratio is unknown: the alternatives. */
function readPrinting(received: Record<string, unknown>): ReadField {
  const kinds = alternatives(received.kind, ['pigment', 'substantive']);
  const marker = markerOf(received.ratio);
  const check = (ratio: unknown) =>
    (checked('printing', { kind: 'pigment', ratio: numberFromText(ratio) }) as { ratio: unknown }).ratio;
  let ratios: unknown[] = [received.ratio];
  if (marker !== null && 'oneOf' in marker) ratios = marker.oneOf.map(check);
  else if (marker !== null) {
    const { from, to } = rangeOf('from' in marker ? marker : { from: 0, to: 0.8 }, check);
    ratios = Array.from({ length: 51 }, (_, rank) => from + ((to - from) * rank) / 50);
  }
  const values = distinct(
    kinds.flatMap((kind) => ratios.map((ratio) => checked('printing', { ...received, kind, ratio }))),
  );
  return values.length === 1 ? { value: values[0] } : { domain: { values } };
}

/** The values that a marker stands for, or the value itself. */
function alternatives(received: unknown, all: readonly unknown[]): readonly unknown[] {
  const marker = markerOf(received);
  if (marker === null) return [received];
  if ('any' in marker) return all;
  if ('oneOf' in marker) return distinct(marker.oneOf);
  throw noRange();
}

/** Every list that takes one element of each list. */
export function cartesian<Value>(lists: readonly (readonly Value[])[]): Value[][] {
  return lists.reduce<Value[][]>((made, list) => made.flatMap((head) => list.map((value) => [...head, value])), [[]]);
}

const countCases = (lists: readonly (readonly unknown[])[]) => lists.reduce((count, list) => count * list.length, 1);

/** The alternatives of one entry of a list of materials. */
function readEntry(entry: unknown, rank: number): MixFibre[] {
  const where = (message: string) => new Fault(`materials.${rank}: ${message}`);
  if (!isObject(entry)) {
    const { message } = expected(
      `an object with id and share${butWas(entry)}`,
      `un objet avec id et share${butWas(entry)}`,
    );
    throw where(message);
  }
  const check = (one: Query) => checked('materials', [one]);
  try {
    const ids = entry.id == null ? MATERIAL_IDS : alternatives(entry.id, MATERIAL_IDS);
    const spinnings = alternatives(entry.spinning, SPINNINGS);
    const countries = alternatives(entry.country, COUNTRIES);
    for (const id of ids) check({ id, share: 1 });
    for (const spinning of spinnings) check({ ...SOUND.materials[0], spinning });
    for (const country of countries) check({ ...SOUND.materials[0], country });
    const share = (value: unknown) => {
      const number = numberFromText(value);
      check({ ...SOUND.materials[0], share: number });
      return number;
    };
    const marker = markerOf(entry.share);
    let shares: { from: number; to: number }[];
    if (entry.share == null || (marker !== null && 'any' in marker)) shares = [{ from: 0, to: 1 }];
    else if (marker !== null && 'from' in marker) shares = [rangeOf(marker, share)];
    else {
      const listed = (marker === null ? [entry.share] : marker.oneOf).map(share) as number[];
      shares = listed.map((value) => ({ from: value, to: value }));
    }
    return ids.flatMap((id) =>
      spinnings.flatMap((spinning) =>
        shares.map((range) => ({
          id: id as string,
          ...(spinning == null ? {} : { spinning: spinning as string }),
          ...(entry.country == null ? {} : { countries: countries as string[] }),
          ...range,
        })),
      ),
    );
  } catch (error) {
    if (error instanceof Fault && !error.message.startsWith('materials.')) throw where(error.message);
    throw error;
  }
}

const isOpen = ({ from, to }: MixFibre) => from !== to;
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const TOLERANCE = 1e-9;

const canAddUp = (mix: Mix) =>
  !mix.some(isOpen) ||
  (sum(mix.map(({ from }) => from)) <= 1 + TOLERANCE && sum(mix.map(({ to }) => to)) >= 1 - TOLERANCE);

function readMixes(received: unknown): Mix[] {
  if (!Array.isArray(received) || received.length === 0) {
    checked('materials', received);
    throw expected('a list of materials', 'une liste de matières');
  }
  if (received.length > MAX_FIBRES) throw expected(`at most ${MAX_FIBRES} materials`, `${MAX_FIBRES} matières au plus`);
  const entries = received.map(readEntry);
  if (countCases(entries) > MAX_MIXES) {
    throw expected(
      `at most ${MAX_MIXES} alternatives; say more, or leave the materials out`,
      `${MAX_MIXES} possibilités au plus ; précisez, ou ne dites rien des matières`,
    );
  }
  const mixes = cartesian(entries);
  if (mixes.some((mix) => mix.filter(isOpen).length > MAX_OPEN_SHARES)) {
    throw expected(
      `at most ${MAX_OPEN_SHARES} unknown shares; say more, or leave the materials out`,
      `${MAX_OPEN_SHARES} parts inconnues au plus ; précisez, ou ne dites rien des matières`,
    );
  }
  const possible = mixes.filter(canAddUp);
  if (possible.length === 0) throw expected('shares that can add up to 1', 'des parts dont la somme peut valoir 1');
  return possible;
}

const defaultCountries = new Map(listMaterialDetails().map(({ id, defaultCountry }) => [id, [defaultCountry]]));
/** Where the method has a material come from. */
export const defaultCountryOf = (id: string): string => (defaultCountries.get(id) as string[])[0] as string;
export const fibreCountries = ({ id, countries }: MixFibre): readonly string[] =>
  countries ?? (defaultCountries.get(id) as string[]);

const ANY_MIX: Mix = MATERIAL_IDS.map((id) => ({ id, from: 0, to: 1 }));

/** A fibre as an entry of a query. */
export const entryOf = ({ id, spinning, countries }: MixFibre, share: number, country = countries?.[0]) => ({
  id,
  share,
  ...(country === undefined ? {} : { country }),
  ...(spinning === undefined ? {} : { spinning }),
});

const REQUIRED = FIELD_NAMES.filter((field) => fieldOf(field).isRequired === true);

/** The description of a garment whose values the method accepts: what it needs and is not told is unknown. */
export function descriptionOf(known: Query): Description {
  const drawn = REQUIRED.filter((field) => known[field] == null);
  const fibres = known.materials as { id: string; share: number }[] | null | undefined;
  const open = drawn.filter((field) => field !== 'materials');
  return {
    known,
    unknown: new Map(open.map((field) => [field, fieldOf(field).any as Domain | 'by-type'])),
    mixes: [fibres ? fibres.map(({ id, share }) => ({ id, from: share, to: share })) : ANY_MIX],
    isAnyMix: !fibres,
    given: FIELD_NAMES.filter((field) => known[field] != null),
    defaulted: FIELD_NAMES.filter((field) => known[field] == null && !drawn.includes(field)),
    drawn,
  };
}

const isFixed = (mix: Mix) => mix.every((fibre) => !isOpen(fibre) && (fibre.countries?.length ?? 1) === 1);

/**
 * Reads a garment of which fields may be left out, or replaced by `{"any": true}`, `{"oneOf": […]}`, `{"from": a, "to": b}`.
 *
 * @param body a parsed JSON value, of any shape.
 * @throws {DescriptionError} naming every fault.
 */
export function readDescription(body: unknown): Description {
  if (!isObject(body)) {
    const { message } = expected(`an object${butWas(body)}`, `un objet${butWas(body)}`);
    throw new DescriptionError({ body: message });
  }
  const known: Query = {};
  const unknown = new Map<FieldName, Domain | 'by-type'>();
  const errors: Record<string, string> = {};
  let mixes: Mix[] = [ANY_MIX];
  let isAnyMix = false;
  const [given, defaulted, drawn]: [FieldName[], FieldName[], FieldName[]] = [[], [], []];
  for (const field of FIELD_NAMES) {
    const { isRequired, any } = fieldOf(field);
    const received = body[field] ?? null;
    try {
      if (received === null && isRequired !== true) {
        defaulted.push(field);
      } else if (field === 'materials') {
        const marker = received === null ? { any: true } : markerOf(received);
        isAnyMix = marker !== null && 'any' in marker;
        if (marker !== null && 'from' in marker) throw noRange();
        if (!isAnyMix) mixes = (marker !== null && 'oneOf' in marker ? marker.oneOf : [received]).flatMap(readMixes);
        const [only] = mixes;
        const isKnown = mixes.length === 1 && only !== undefined && isFixed(only);
        if (isKnown) known.materials = only.map((fibre) => entryOf(fibre, fibre.from));
        (isKnown ? given : drawn).push(field);
      } else {
        const read = received === null ? { domain: any as Domain } : readField(field, received);
        if ('domain' in read) unknown.set(field, read.domain);
        else known[field] = read.value;
        ('domain' in read ? drawn : given).push(field);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      errors[field] = error.message;
    }
  }
  if (Object.keys(errors).length > 0) throw new DescriptionError(errors);
  return { known, unknown, mixes, isAnyMix, given, defaulted, drawn };
}
