import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyseSensitivity, SECTOR_DISTRIBUTION } from '@ecobalyse/statistics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-sensitivity-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...words: string[]) => runHere(['sensitivity', '--n', '64', ...words]);
const written = async (distribution: object) => {
  const file = join(folder, 'distribution.json');
  await writeFile(file, JSON.stringify(distribution));
  return file;
};

it('prints the indices of one type, of its seed and unit', async () => {
  const { code, stdout } = await run(...['--product', 'jean', '--seed', '4', '--per', '100g', '--format', 'ndjson']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(analyseSensitivity({ product: 'jean', per: '100g', n: 64, seed: 4 }));
});

it('prints a table of all types and of each type of a distribution, in either language', async () => {
  const file = await written({ ...SECTOR_DISTRIBUTION, products: SECTOR_DISTRIBUTION.products.slice(0, 2) });
  const english = await run('--distribution', file);
  expect(english.stdout.match(/^\S.*(?=: [\d,]+ ± [\d,]+, n 64, seed 1$)/gm)).toEqual([
    'all types',
    'tshirt',
    'chemise',
  ]);
  expect(english.stdout).toMatch(/^ {2}Mass +-?\d\.\d{3} ± \d\.\d{3} +\d\.\d{3} ± \d\.\d{3}$/m);
  expect(english.stdout).toMatch(/^ {2}strongest interaction: .+ × .+ \d\.\d{3} ± /m);
  const french = await run('--distribution', file, '--lang', 'fr', '--product', 'tshirt');
  expect(french.stdout).toMatch(/^ {2}Masse +-?\d,\d{3} ± /m);
});

it.each([
  [['--product', 'hat'], '--product: expected one of tshirt'],
  [['--distribution', '/nowhere.json'], 'cannot read /nowhere.json'],
  [['--n', '63'], 'Expected a whole number from 64 to 8192'],
])('refuses %j', async (words, message) => {
  const { code, stderr } = await run(...words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

it('refuses a distribution with the field that is wrong', async () => {
  const { code, stderr } = await run('--distribution', await written({ ...SECTOR_DISTRIBUTION, countries: { FR: 0 } }));
  expect([code, stderr]).toEqual([2, expect.stringContaining('countries: expected at least one weight above 0')]);
});
