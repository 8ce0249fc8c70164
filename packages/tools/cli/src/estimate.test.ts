import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estimate } from '@ecobalyse/estimation';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-estimate-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (args: readonly string[], input: string) => runHere(['estimate', ...args], { input });

const TSHIRT = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', countryMaking: 'BD' };
const WHOLE = {
  ...TSHIRT,
  fabricProcess: 'knitting-mix',
  countrySpinning: 'CN',
  countryFabric: 'CN',
  countryDyeing: 'IN',
};
const ndjson = (...products: unknown[]) => products.map((product) => `${JSON.stringify(product)}\n`).join('');

it('prints what is known of each product, and what is wrong with the others', async () => {
  const { code, stdout, stderr } = await run([], ndjson(TSHIRT, { ...TSHIRT, mass: { from: 2, to: 1 } }, WHOLE));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^1: between [\d,]+ and [\d,]+ points; probably [\d,]+, 90 % from/);
  expect(stdout).toContain('third parties would publish 1,771\n  you could declare 879, with');
  expect(stdout).toMatch(/^3: exactly [\d,]+ points$/m);
  expect(stderr).toMatch(/^stdin:2: mass: expected numbers with from at most to/);
});

it('prints whole estimates as lines, by the seed and the catalogue that are named', async () => {
  const catalogue = join(folder, 'own.ndjson');
  await writeFile(catalogue, ndjson(WHOLE));
  const { code, stdout } = await run(['--format', 'ndjson', '--seed', '3', '--draws', '50'], ndjson(TSHIRT));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(
    JSON.parse(JSON.stringify({ line: 1, ...estimate(TSHIRT, { seed: 3, draws: 50 }) })),
  );
  const own = await run(['--format', 'ndjson', '--catalogue', catalogue], ndjson(TSHIRT));
  expect(JSON.parse(own.stdout).distribution.name).toBe('catalogue');
  const none = await run(['--catalogue', 'nowhere.csv'], ndjson(TSHIRT));
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain('nowhere.csv');
});

it('speaks French', async () => {
  expect((await run(['--lang', 'fr'], ndjson(TSHIRT))).stdout).toMatch(/un tiers publierait 1\s771/);
});
