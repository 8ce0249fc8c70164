import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const CSV = 'Modèle;Poids;Matière 1;Matière 1 %\nJean;500;Coton bio GOTS;100\n';
const MAPPING = {
  columns: { Modèle: 'product' },
  values: { material: { 'Coton bio GOTS': 'ei-coton-organic' } },
  massUnit: 'g',
};

describe('ecobalyse inspect', () => {
  it('prints columns, what is missing and faults, as text and as JSON', async () => {
    const file = await fileOf('a.csv', CSV);
    const { code, stdout, stderr } = await runHere(['inspect', file, '--lang', 'fr']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      `${file}: csv, utf-8, separator ";", header on line 1, 1 products, 1 of them refused`,
      '   1  Modèle                    -                   unknown    Jean',
      '   2  Poids                     mass                label      500',
      '   3  Matière 1                 material1           label      Coton bio GOTS',
      '   4  Matière 1 %               material1Share      label      100',
      'missing: product',
      expect.stringContaining(`${file}:2: Matière 1: « Coton bio GOTS »`),
      '',
    ]);
    const json = await runHere(['inspect', file, '--format', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ missing: ['product'], rows: 1 });
  });

  it('takes a mapping, as the scoring does', async () => {
    const [file, mapping] = [await fileOf('b.csv', CSV), await fileOf('m.json', JSON.stringify(MAPPING))];
    const { code, stdout } = await runHere(['inspect', file, '--mapping', mapping]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/1 products, 0 of them refused\n {3}1 {2}Modèle +product +mapping +Jean/),
    ]);
    const scored = await runHere(['score', file, '--mapping', mapping, '--format', 'ndjson']);
    expect([scored.code, scored.stderr, JSON.parse(scored.stdout)]).toMatchObject([
      0,
      '',
      { product: 'jean', mass: 0.5 },
    ]);
  });

  it.each([
    ['no JSON', '{', 'm.json: '],
    ['another unit', '{"massUnit":"t"}', 'massUnit: expected kg, g or mg'],
    ['no field', '{"columns":{"A":"colour"}}', 'columns.A: expected a field'],
  ])('refuses a mapping with %s', async (_, content, words) => {
    const [file, mapping] = [await fileOf('c.csv', CSV), await fileOf('m.json', content)];
    for (const command of ['inspect', 'score']) {
      const { code, stdout, stderr } = await runHere([command, file, '--mapping', mapping]);
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(words)]);
    }
  });
});
