import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulateTotals } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-tables-'));
});
afterAll(() => rm(folder, { recursive: true }));

const inFolder = (name: string) => join(folder, name);
async function fileOf(name: string, content: string): Promise<string> {
  await writeFile(inFolder(name), content);
  return inFolder(name);
}
const textOf = (file: string) => readFile(file, 'utf8');
const run = (...words: string[]) => runHere(words);

const CSV =
  'Réf;Catégorie;Nom;Poids;Matière 1;Matière 1 %\n=A;Jean;Slim;0,5;Coton;100\nB;Chapeau;Melon;0,1;Laine;100\n';
const JEAN = { product: 'jean', mass: 0.5, materials: [{ id: 'ei-coton', share: 1 }] };

describe('ecobalyse score', () => {
  it('writes a table for French spreadsheets, and refused rows as they were sent', async () => {
    const [file, output, refused] = [await fileOf('a.csv', CSV), inFolder('out.csv'), inFolder('refused.csv')];
    const told = await run('score', file, '--format', 'csv-fr', '--output', output, '--refused', refused);
    expect([told.code, told.stdout]).toEqual([1, '']);
    expect(told.stderr).toMatch(/a\.csv:3: product: produit inconnu.*\n.*1 product scored, 1 refused\n$/s);
    const { ecs } = simulateTotals(JEAN);
    const [head, first, second, end] = (await textOf(output)).split('\n');
    expect(head).toMatch(/^\ufeffRéférence interne;Nom du produit;Résultat;/);
    const comma = (value: number) => String(value).replace('.', ',');
    expect(first).toMatch(
      new RegExp(
        `^'=A;Slim;calculé;;${comma(ecs)};${comma((ecs / 0.5) * 0.1)};;Matières premières : Coton \\(\\d+ %\\);;Jean;0,5;Coton;1;7.0.0;2;$`,
      ),
    );
    expect([second?.startsWith('B;Melon;refusé;"product: '), end]).toEqual([true, '']);
    const [reason, row] = (await textOf(refused)).split('\n');
    expect(reason).toBe('\ufeffRefusé parce que;Réf;Catégorie;Nom;Poids;Matière 1;Matière 1 %');
    expect(row).toMatch(/;B;Chapeau;Melon;0,1;Laine;100$/);
    await writeFile(refused, (await textOf(refused)).replace(';Chapeau;', ';Pull;'));
    expect(await run('score', refused, '--format', 'ndjson')).toMatchObject({ code: 0, stderr: '' });
  });

  it('names a product of which a cell may mean two things', async () => {
    const file = await fileOf('e.csv', CSV.replace('Chapeau', 'Boxer'));
    await run('score', file, '--format', 'csv-fr', '--output', inFolder('e.out.csv'));
    expect((await textOf(inFolder('e.out.csv'))).split('\n')[2]).toMatch(/^B;Melon;refusé;/);
  });

  it('says what is doubtful of a product: below the file, in its column, and in each language', async () => {
    const file = await fileOf('d.json', JSON.stringify({ ...JEAN, mass: 500, colour: 'blue' }));
    const told = await run('score', file, '--format', 'csv-fr', '--output', inFolder('d.csv'));
    expect(told.code).toBe(0);
    expect(told.stderr).toMatch(/d\.json:1: douteux: mass: 500 kg : .*grammes \(0,5 kg \?\)\n.*douteux: le coût/);
    expect(told.stderr).not.toContain('colour');
    expect(await textOf(inFolder('d.csv'))).toMatch(/;"500 kg : [^"]*grammes[^"]* ; colour : champ inconnu, ignoré";/);
    const json = JSON.parse((await run('score', file, '--format', 'json', '--lang', 'en')).stdout);
    expect(json[0].warnings.map(({ id, field }: Record<string, unknown>) => [id, field])).toEqual([
      ['mass_out_of_range', 'mass'],
      ['cost_above_label', null],
      ['field_unknown', 'colour'],
    ]);
    expect(json[0].warnings[0].message).toContain('grams');
    const csv = (await run('score', file, '--format', 'csv', '--lang', 'en')).stdout;
    expect(csv).toMatch(/,"?500 kg: expected [^,]* ; .*unknown field/);
  });

  it('writes a workbook, which is scored again to the same', async () => {
    const [file, output] = [
      await fileOf('b.json', JSON.stringify([{ ...JEAN, reference: '7' }])),
      inFolder('out.xlsx'),
    ];
    expect(await run('score', file, '--format', 'xlsx', '--output', output, '--lang', 'en')).toMatchObject({
      code: 0,
      stderr: '',
    });
    const again = await run('score', output, '--format', 'ndjson');
    expect([again.code, again.stderr, JSON.parse(again.stdout)]).toMatchObject([
      0,
      '',
      { reference: '7', ecs: simulateTotals(JEAN).ecs },
    ]);
  });

  it('writes refused JSON as a table, and texts to a file', async () => {
    const [file, output, refused] = [
      await fileOf('c.json', '[{"product":"hat","mass":1}]'),
      inFolder('c.ndjson'),
      inFolder('c.xlsx'),
    ];
    const told = await run(
      'score',
      file,
      '--format',
      'ndjson',
      '--output',
      output,
      '--refused',
      refused,
      '--lang',
      'en',
      '--quiet',
    );
    expect([told.code, told.stdout, await textOf(output)]).toEqual([1, '', '']);
    const inspected = await run('inspect', refused, '--format', 'json');
    expect(
      JSON.parse(inspected.stdout).columns.map(({ header, how }: { header: string; how: string }) => [header, how]),
    ).toEqual([
      ['Refused because', 'ignored'],
      ['Category', 'label'],
      ['Mass (kg)', 'label'],
    ]);
  });

  it('says what it cannot do', async () => {
    const file = await fileOf('d.csv', CSV);
    expect(await run('score', '-', '--format', 'xlsx')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('name one'),
    });
    expect(await run('score', file, '--format', 'ndjson', '--output', inFolder('no/where'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot write'),
    });
  });
});

it('ecobalyse template writes a file that is scored', async () => {
  for (const [format, lang] of [
    ['xlsx', 'fr'],
    ['csv', 'fr'],
    ['csv', 'en'],
  ] as const) {
    const output = inFolder(`template-${lang}.${format}`);
    expect(await run('template', '--format', format, '--lang', lang, '--output', output)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const scored = await run('score', output, '--format', 'ndjson');
    expect([scored.code, scored.stderr, JSON.parse(scored.stdout).reference]).toEqual([0, '', 'REF-001']);
  }
  expect(await textOf(inFolder('template-fr.csv'))).toContain('T-shirt col rond;;T-shirt / Polo;0,17;Coton;95%;');
});
