import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Declaration, writeDeclarations } from '@ecobalyse/declaration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-declare-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...words: string[]) => runHere(['declare', ...words]);
const inFolder = (name: string) => join(folder, name);

async function fileOf(name: string, content: string | Buffer | Promise<Buffer>): Promise<string> {
  await writeFile(inFolder(name), await content);
  return inFolder(name);
}

const TSHIRT: Declaration = {
  gtins: ['12345670'],
  internalReference: 'T-1',
  product: 'tshirt',
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  countryFabric: 'BD',
  countryDyeing: 'BD',
  countryMaking: 'BD',
};
const filesOf = (form: 'csv' | 'xlsx', ...declarations: Declaration[]) =>
  Readable.from(writeDeclarations([declarations], form)).toArray();
const csvOf = async (...declarations: Declaration[]) => (await filesOf('csv', ...declarations))[0] as Buffer;

describe('ecobalyse declare check', () => {
  it('prints a line a row, and nothing else', async () => {
    const rows = [TSHIRT, { ...TSHIRT, gtins: ['12345671'], internalReference: 'T-2', mass: 0.001 }];
    const file = await fileOf('two.csv', csvOf(...rows));
    const { code, stdout, stderr } = await run('check', file, '--format', 'ndjson');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { row: 1, reference: 'T-1', verdict: 'accepted', errors: [], ecs: expect.any(Number) },
      {
        row: 2,
        reference: 'T-2',
        verdict: 'refused',
        errors: [
          { stage: 'validation', path: ['mass'], reason: 'mass_below_minimum' },
          { stage: 'gtins', path: ['gtins', 0], reason: 'gtin_check_digit' },
        ],
        ecs: null,
      },
    ]);
    expect((await run('check', await fileOf('one.csv', csvOf(TSHIRT)), '--format', 'ndjson')).code).toBe(0);
  });

  it('prints one line for a file that is refused whole', async () => {
    const { code, stdout } = await run('check', await fileOf('a.txt', ''), '--format', 'ndjson');
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: '{"file":"refused","stage":"gate","reason":"extension_not_allowed"}\n',
    });
    const french = await run('check', await fileOf('b.csv', 'Référence,Coût\nT-1,1\n'), '--lang', 'fr');
    expect(french.stdout).toMatch(/b\.csv: parse: missing_columns: colonnes absentes : GTINs\/EANs, Référence interne/);
  });

  it('asks whether the organisation may declare', async () => {
    const organisation = { name: 'Us', siret: null, brands: [{ id: 'x', active: true, default: true }], noGTIN: true };
    const who = await fileOf('organisation.json', JSON.stringify(organisation));
    const file = await fileOf('one.csv', csvOf(TSHIRT));
    const { stdout } = await run('check', file, '--format', 'ndjson', '--organisation', who);
    expect(JSON.parse(stdout).errors).toEqual([{ stage: 'gtins', path: ['gtins'], reason: 'gtin_not_expected' }]);

    for (const [content, field] of [
      ['{"brands":[{"id":1,"active":true}]}', 'brands\\.0\\.id'],
      ['{"noGTIN":true}', 'brands'],
      ['{"brands":[],"authorizedBy":[{"from":{"brands":[]}}]}', 'authorizedBy\\.0\\.active'],
    ] as const) {
      const wrong = await run('check', file, '--organisation', await fileOf('wrong.json', content));
      expect(wrong).toMatchObject({ code: 2, stdout: '' });
      expect(wrong.stderr).toMatch(new RegExp(`^error: .*wrong\\.json: ${field}: `));
    }
    expect((await run('check', file, '--organisation', inFolder('none.json'))).code).toBe(2);
  });

  it('knows what was declared before, and the rules of another time', async () => {
    const file = await fileOf('one.csv', csvOf(TSHIRT));
    const same = await run('check', file, '--format', 'ndjson', '--before', file);
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('"unchanged"') });
    const heavier = await fileOf('heavier.csv', csvOf({ ...TSHIRT, mass: 0.2 }));
    expect((await run('check', heavier, '--format', 'ndjson', '--before', file)).stdout).toContain('90_days');
    const twelve = await fileOf('twelve.csv', csvOf({ ...TSHIRT, gtins: ['036000291452'] }));
    expect((await run('check', twelve)).code).toBe(1);
    expect((await run('check', twelve, '--rules', 'august-2026')).code).toBe(0);
  });

  it('shows a table with what to mend, what is misread, and the score as given', async () => {
    const rows = await csvOf(
      { ...TSHIRT, price: 1500 },
      { ...TSHIRT, gtins: ['1234567890128'], mass: 5.6 },
      { ...TSHIRT, gtins: ['1'] },
    );
    const file = await fileOf('three.csv', rows.toString().replace(',5.6,', ',5-6,'));
    const { code, stdout } = await run('check', file, '--lang', 'fr');
    expect(code).toBe(1);
    expect(stdout).toMatch(/ {5}1 {2}T-1 +accepted +\d+\.\d\d +\(price\)\n/);
    expect(stdout).toContain('Masse (en kg): le portail lit 56 (5-6)');
    expect(stdout).toContain('GTINs/EANs : un code a 8 ou 13 chiffres');
    expect(stdout).toContain('le portail suppose business "large-business-without-services"');
  });

  it('refuses a wrong command line', async () => {
    for (const args of [
      ['check'],
      ['check', '/none.csv'],
      ['check', '/'],
      ['check', '/one.csv', '--format', 'xml'],
      ['burn'],
    ]) {
      expect(await run(...args)).toMatchObject({ code: 2, stdout: '' });
    }
  });
});

describe('ecobalyse declare write', () => {
  it.each(['csv', 'xlsx', 'json', 'ndjson'] as const)('writes %s, which it reads again', async (form) => {
    const from = await fileOf(
      'api.ndjson',
      `${JSON.stringify(TSHIRT)}\n\n${JSON.stringify({ ...TSHIRT, gtins: ['1234567890128'] })}\n`,
    );
    const { code, stdout } = await run('write', from, '--to', inFolder(form), '--form', form);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${inFolder(form)}/declaration-1.${form}\n` });
    await run(
      'write',
      join(inFolder(form), `declaration-1.${form}`),
      '--to',
      inFolder(`${form}-again`),
      '--form',
      'ndjson',
    );
    const again = await readFile(join(folder, `${form}-again`, 'declaration-1.ndjson'), 'utf8');
    expect(
      again
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([TSHIRT, { ...TSHIRT, gtins: ['1234567890128'] }]);
    expect(await run('write', from, '--to', inFolder(form), '--form', form)).toMatchObject({ code: 1, stdout: '' });
  });

  it('leaves out and tells rows that the portal refuses', async () => {
    const [book] = await filesOf('xlsx', TSHIRT, { ...TSHIRT, gtins: ['12345671'] });
    const { code, stderr } = await run('write', await fileOf('mixed.xlsx', book as Buffer), '--to', inFolder('mixed'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/mixed\.xlsx: row 2: GTINs\/EANs: the last digit/);
    expect(await readdir(inFolder('mixed'))).toEqual(['declaration-1.csv']);
  });

  it('names the line and the field of what is no declaration', async () => {
    const { code, stderr } = await run('write', await fileOf('bad.json', '[{"gtins":[]}]'), '--to', inFolder('bad'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*bad\.json: 0\.internalReference: /);
  });
});
