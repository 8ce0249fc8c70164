import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);
const TSC = fileURLToPath(new URL('node_modules/typescript/bin/tsc', ROOT));

/** What a program does with the generated types. */
const PROGRAM = `
import type { components, operations, paths } from './api.js';

type Answer<Id extends keyof operations> = operations[Id]['responses'] extends {
  200: { content: { 'application/json': infer Body } };
} ? Body : never;
type Schemas = components['schemas'];

export const product: Schemas['ProductRequest'] = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};
export const costOf = (answer: Answer<'simulate'>): number => answer.ecs;
export const isOver = ({ status }: Answer<'getJob'>) => status === 'done' || status === 'failed';
export const failedTasks = ({ tasks }: Schemas['Run']) => tasks.filter(({ state }) => state === 'failed');
export const filter: paths['/orchestrator/runs']['get']['parameters']['query'] = { state: 'failed', limit: 10 };
export const run: Schemas['NewRun'] = { parameters: { product: 'tshirt', limit: 300 } };
// @ts-expect-error no such state
export const misspelt: paths['/orchestrator/runs']['get']['parameters']['query'] = { state: 'fialed' };
// @ts-expect-error a number
export const name: string = costOf({} as Answer<'simulate'>);
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generated-client-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('the types that a public generator makes of docs/openapi.json compile strictly, and say what programs need', async () => {
  const types = astToString(await openapiTS(new URL('docs/openapi.json', ROOT)));
  const compilerOptions = {
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noEmit: true },
    // The libraries that come with the compiler are checked by their makers, and a program of Node.js has no page.
    ...{ target: 'ES2023', lib: ['ES2023'], module: 'NodeNext', types: [], skipLibCheck: true },
  };
  await Promise.all([
    writeFile(join(folder, 'api.ts'), types),
    writeFile(join(folder, 'program.ts'), PROGRAM),
    writeFile(join(folder, 'package.json'), '{"type":"module"}'),
    writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] })),
  ]);
  const compiled = await promisify(execFile)(process.execPath, [TSC, '-p', folder]).catch((error: unknown) => error);
  expect(compiled).toMatchObject({ stdout: '', stderr: '' });
}, 60_000);
