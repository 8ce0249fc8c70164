import { createHash } from 'node:crypto';

/** The fields that are told: without those that are null or undefined. */
export const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as T;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(sorted(one))).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(given(value))
    .map(([name, field]) => [name, sorted(field)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What two descriptions have in common when they say the same: the order of fields and lists does not count, nor what is null. */
export const contentOf = (description: object): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(description)))
    .digest('hex');
