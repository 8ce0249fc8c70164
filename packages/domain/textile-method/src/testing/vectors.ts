import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The conformity vectors (METHOD §16): all of them when they stand beside the project, else the committed sample. */
const FULL_SET = new URL('../../../../../../shared/method/vectors/', import.meta.url);
const SAMPLE = new URL('../../test-vectors/', import.meta.url);

const useFullSet = existsSync(FULL_SET);
const folder = useFullSet ? FULL_SET : SAMPLE;

/** For test names: a reader of a report must know what was run. */
export const vectorSet = useFullSet ? 'full set' : 'committed sample';

export interface CatalogueVector {
  query: unknown;
  ecs: number;
  pef: number;
  ecsWithoutDurability: number;
  durability: number;
  daysOfWear: number;
  useNbCycles: number;
}

export interface OptionsVector {
  query: unknown;
  response: Record<string, unknown>;
}

export interface ErrorVector {
  query: unknown;
  status: 200 | 400;
  body: { error?: Record<string, string>; impacts?: { ecs: number; pef: number } };
}

export interface SimpleVector {
  query: unknown;
  impact: string | null;
  response: { impacts: Record<string, number>; query: Record<string, unknown> };
}

interface Vectors {
  catalogue: CatalogueVector;
  options: OptionsVector;
  errors: ErrorVector;
  simple: SimpleVector;
}

export function readVectors<Name extends keyof Vectors>(name: Name): Vectors[Name][] {
  const lines = gunzipSync(readFileSync(new URL(`${name}.ndjson.gz`, folder)))
    .toString()
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

export const readListVectors = (): Record<'countries' | 'materials' | 'products' | 'trims', unknown> =>
  JSON.parse(readFileSync(new URL('lists.json', folder), 'utf8'));
