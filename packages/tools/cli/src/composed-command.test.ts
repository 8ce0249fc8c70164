import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composedView, lotView } from '@ecobalyse/declaration';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-parts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(kind: string, name: string, content: string, ...more: string[]) {
  const file = join(folder, name);
  await writeFile(file, content);
  const { code, stdout, stderr } = await runHere(['declare', kind, file, ...more]);
  return { code, stderr, lines: stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : [])) };
}
const COTTON = [{ id: 'ei-coton', share: 1 }];
const HEAD = 'reference;product;mass;material1;material1Share;countryFabric;countryDyeing;countryMaking;price\n';

it('lots are rows under one reference, at the price that one of them tells', async () => {
  const rows =
    'L-1;tshirt;0.15;ei-coton;100 %;TR;TR;TN;50\nL-2;pull;0.5;ei-coton;100 %;TR;TR;TN;\nL-1;jean;0.4;ei-coton;100 %;TR;TR;TN;\n';
  const { code, lines } = await run('lot', 'lots.csv', HEAD + rows);
  const item = { materials: COTTON, countryFabric: 'TR', countryDyeing: 'TR', countryMaking: 'TN' };
  const first = {
    price: 50,
    items: [
      { ...item, product: 'tshirt', mass: 0.15 },
      { ...item, product: 'jean', mass: 0.4 },
    ],
  };
  const second = { items: [{ ...item, product: 'pull', mass: 0.5 }] };
  expect([code, lines]).toEqual([
    0,
    [
      { reference: 'L-1', ...lotView(first, first, 'en') },
      { reference: 'L-2', ...lotView(second, second, 'en') },
    ],
  ]);
});

it('garments of several components are rows under one reference', async () => {
  const rows = 'P-1;tshirt;0.19;ei-coton;100 %;TR;TR;TN;40\nP-1;;0.005;ei-coton;100 %;CN;CN;;\n';
  const { code, lines } = await run('multicomponent', 'polos.csv', HEAD + rows);
  const components = [
    { mass: 0.19, materials: COTTON, countryFabric: 'TR', countryDyeing: 'TR' },
    { mass: 0.005, materials: COTTON, countryFabric: 'CN', countryDyeing: 'CN' },
  ];
  const garment = { product: 'tshirt', countryMaking: 'TN', price: 40, components };
  const polo = composedView(garment, garment, 'en');
  expect([code, lines]).toEqual([0, [{ reference: 'P-1', ...polo }]]);
});

it('JSON is as the API takes it; what is refused is named by part and field', async () => {
  const good = { reference: 'A', items: [{ product: 'tshirt', mass: 0.15, materials: COTTON, outOfScope: true }] };
  const bad = {
    reference: 'B',
    items: [
      { product: 'tshirt', mass: 0.15, materials: COTTON },
      { product: 'hat', mass: 0.1, materials: COTTON },
    ],
  };
  const none = { reference: 'C', items: [] };
  const text = [good, bad, none].map((one) => JSON.stringify(one)).join('\n');
  const { code, lines } = await run('lot', 'lots.ndjson', text, '--lang', 'fr');
  expect(code).toBe(1);
  expect(lines).toMatchObject([
    { reference: 'A', rule: 'out-of-scope', out_of_scope: [0], ecs: null },
    { reference: 'B', errors: { 'items.1.product': expect.any(String) } },
    { reference: 'C', errors: { items: 'attendu : une liste de 1 à 100 articles' } },
  ]);
});

it('tells rows that cannot be read, and a file that is not there', async () => {
  const { code, stderr, lines } = await run('lot', 'bad.csv', `${HEAD}L-1;tshirt;0.15\n`);
  expect([code, lines]).toEqual([1, []]);
  expect(stderr).toMatch(/bad\.csv: line 2: expected 9 cells/);
  expect((await runHere(['declare', 'lot', join(folder, 'none.csv')])).stderr).toMatch(
    /^error: cannot read .*none\.csv/,
  );
});
