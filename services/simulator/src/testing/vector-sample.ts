import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = new URL('../../../../packages/domain/textile-method/test-vectors/', import.meta.url);

export interface OptionsVector {
  query: unknown;
  response: { impacts: Partial<Record<string, number>> };
}

export interface ErrorVector {
  query: unknown;
  status: 200 | 400;
  body: { error?: Record<string, string> };
}

export interface SimpleVector {
  query: unknown;
  impact: string | null;
  response: { impacts: Record<string, number>; query: unknown };
}

interface Vectors {
  options: OptionsVector;
  errors: ErrorVector;
  simple: SimpleVector;
}

/** The conformity vectors that are committed with the method (METHOD §16). */
export function vectorSample<Name extends keyof Vectors>(name: Name): Vectors[Name][] {
  const text = gunzipSync(readFileSync(new URL(`${name}.ndjson.gz`, FOLDER))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

export const listSample = (): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL('lists.json', FOLDER), 'utf8'));
