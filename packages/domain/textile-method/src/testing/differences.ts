import { IMPACT_CODES } from '@ecobalyse/schema';

const RELATIVE_TOLERANCE = 1e-9;
const ABSOLUTE_TOLERANCE_AT_ZERO = 1e-12;

/** Objects of the vectors in which indicators equal to 0 are left out (METHOD §16). */
const IMPACT_OBJECTS = new Set(['energy', 'impacts', 'impactsWithoutDurability', 'toxicity', 'trimsImpacts']);
/** Fields that the vectors leave out (METHOD §16). */
const NOT_IN_VECTORS = new Set(['description', 'processInfo', 'webUrl']);
const INTEGERS = new Set(['daysOfWear', 'defaultNbCycles', 'picking', 'quantity', 'useNbCycles', 'wearsPerCycle']);

export function areClose(expected: number, actual: number): boolean {
  if (expected === 0) return Math.abs(actual) <= ABSOLUTE_TOLERANCE_AT_ZERO;
  return Math.abs(actual - expected) <= RELATIVE_TOLERANCE * Math.abs(expected);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const comparedKeys = (value: Record<string, unknown>) =>
  Object.keys(value)
    .filter((key) => !NOT_IN_VECTORS.has(key))
    .sort();

/** An impact object of the vectors, with its zeros. */
const withZeros = (impacts: Record<string, unknown>) => ({
  ...Object.fromEntries(IMPACT_CODES.map((code) => [code, 0])),
  ...impacts,
});

/**
 * What differs between an expected answer and one of ours, as `path: expected …, got …` (METHOD §16): numbers within a
 * relative error of 1e-9, integers, texts, nulls and field sets exactly.
 */
export function differences(expected: unknown, actual: unknown, path = ''): string[] {
  const field = path.slice(path.lastIndexOf('.') + 1);
  if (typeof expected === 'number' && typeof actual === 'number' && !INTEGERS.has(field)) {
    return areClose(expected, actual) ? [] : [`${path}: expected ${expected}, got ${actual}`];
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((item, rank) => differences(item, actual[rank], `${path}[${rank}]`));
  }
  if (isObject(expected) && isObject(actual) && !Array.isArray(expected) && !Array.isArray(actual)) {
    const wanted = IMPACT_OBJECTS.has(field) ? withZeros(expected) : expected;
    const [wantedKeys, keys] = [comparedKeys(wanted), comparedKeys(actual)];
    if (wantedKeys.join() !== keys.join()) return [`${path}: expected fields ${wantedKeys}, got ${keys}`];
    return wantedKeys.flatMap((key) => differences(wanted[key], actual[key], `${path}.${key}`));
  }
  return Object.is(expected, actual)
    ? []
    : [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
}
