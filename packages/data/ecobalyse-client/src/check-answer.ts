import { bsonReader } from '@ecobalyse/bson';
import { type DetailedSimulation, detailedSimulationSchema, IMPACT_CODES } from '@ecobalyse/schema';
import { listCountries, listMaterials, simulateTotals } from '@ecobalyse/textile-method';

const MATERIALS: ReadonlySet<unknown> = new Set(listMaterials().map(({ id }) => id));
const COUNTRIES: ReadonlySet<unknown> = new Set(listCountries().map(({ code }) => code));

/** An answer, and the same as JSON, as it came where it was taken as it came. */
export interface TextAnswer {
  readonly answer: DetailedSimulation;
  readonly json: string;
}

/** An answer as BSON, of which what the platform computes with was read. */
export interface BsonAnswer {
  readonly bson: Buffer;
  readonly answer: ReadAnswer;
}

/** What the platform computes with. */
type ReadAnswer = Pick<DetailedSimulation, 'impacts' | 'inputs'>;

/** Names of the platform's own in a stored answer: what upstream means by them is not what we do. */
const OUR_FIELDS = ['_id', '_platform', 'md5_id', 'product_id'];

/** Whether a field of an answer is upstream's: another would be taken for the platform's own, or for an operator by the database. */
const isTheirs = (field: string) => !(OUR_FIELDS.includes(field) || field.startsWith('$'));

/** The answer that BSON is, when it keeps the contract and has no fields of ours; null for anything else. */
export const readBsonAnswer = bsonReader(detailedSimulationSchema, {
  fields: ['impacts', 'inputs'],
  refuses: (field) => !isTheirs(field),
}) as (bson: Buffer) => ReadAnswer | null;

/** An answer without what would be taken for the platform's own fields, or for operators by the database. */
export function withoutOurFields(answer: DetailedSimulation): DetailedSimulation {
  if (Object.keys(answer).every(isTheirs)) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([field]) => isTheirs(field))) as DetailedSimulation;
}

/** Databases take no deeper documents; an answer has five levels. */
const MAX_DEPTH = 50;

function isTooDeep(value: object, depth = 1): boolean {
  if (depth > MAX_DEPTH) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value))
    if (typeof inner === 'object' && inner !== null && isTooDeep(inner, depth + 1)) return true;
  return false;
}

/** Only a name is followed by a colon. */
const NUL_IN_NAME = /(?<!\\)(?:\\\\)*\\u0000(?:[^"\\]|\\.)*"\s*:/;

/** Why no database takes an answer, which would fail all that are stored with it; undefined when one does. */
function unstorable({ answer, json }: TextAnswer): string | undefined {
  // Looked for in the text, since a name is seldom worth a look: an answer has thousands.
  if (json.includes('\\u0000') && NUL_IN_NAME.test(json)) return 'the name of a field holds U+0000';
  return isTooDeep(answer) ? `it is nested more than ${MAX_DEPTH} levels deep` : undefined;
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
/** Numbers differ when no rounding of an answer explains it. */
const isOther = (asked: unknown, told: unknown) =>
  isNumber(asked) && isNumber(told) && Math.abs(asked - told) > 1e-6 * Math.max(1, Math.abs(asked));
/** Names differ for certain only when both are the method's: newer versions of the API have others for the same. */
const isOtherOf = (known: ReadonlySet<unknown>) => (asked: unknown, told: unknown) =>
  known.has(asked) && known.has(told) && asked !== told;

/** What an answer repeats of its query, by field: what was asked, what was told, and whether they contradict. */
function* echoes(query: Record<string, unknown>, { inputs }: ReadAnswer) {
  const isOtherText = (asked: unknown, told: unknown) => typeof asked === 'string' && asked !== told;
  const isOtherCountry = isOtherOf(COUNTRIES);
  const isOtherMaterial = isOtherOf(MATERIALS);
  yield ['product', query.product, inputs.product.id, isOtherText] as const;
  yield ['mass', query.mass, inputs.mass, isOther] as const;
  for (const field of ['countryFabric', 'countryDyeing', 'countryMaking'] as const) {
    yield [field, query[field], inputs[field].code, isOtherCountry] as const;
  }
  const materials = query.materials as { id?: unknown; share?: unknown }[] | undefined;
  yield ['number of materials', materials?.length, inputs.materials.length, isOther] as const;
  for (const [index, { material, share }] of inputs.materials.entries()) {
    const asked = materials?.[index];
    yield [`materials.${index}.id`, asked?.id, material.id, isOtherMaterial] as const;
    yield [`materials.${index}.share`, asked?.share, share, isOther] as const;
  }
}

/** Whether a query really costs nothing: one of which every stage is disabled does. */
function costsNothing(query: object): boolean {
  try {
    return simulateTotals(query).ecs === 0;
  } catch {
    return false;
  }
}

/** What proves that an answer which keeps the contract is not the answer to its query; undefined when nothing does. */
export function wrongEcho(query: object, answer: ReadAnswer): string | undefined {
  for (const [field, asked, told, contradicts] of echoes(query as Record<string, unknown>, answer)) {
    if (contradicts(asked, told)) return `it is for another garment: ${field} is ${told}, and ${asked} was asked for`;
  }
  const isAllZero = IMPACT_CODES.every((code) => (answer.impacts[code] ?? 0) === 0);
  return isAllZero && !costsNothing(query) ? 'all its impacts are 0' : undefined;
}

/**
 * The same, or what proves that it is none that can be kept.
 *
 * @param given - with our ids.
 */
export const wrongAnswer = (query: object, given: TextAnswer): string | undefined =>
  wrongEcho(query, given.answer) ?? unstorable(given);
