import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Language } from '@ecobalyse/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDeclarations } from './check.js';
import { HEADERS } from './columns.js';
import { type Declaration, declarationSchema, toDeclaration } from './declaration.js';
import { readRow } from './read-row.js';
import { MAX_FILE_BYTES, readDeclarationTable } from './read-table.js';
import { declarations } from './testing/random-declarations.js';
import { UnwritableDeclarationError, writeDeclarations } from './write.js';

const JEANS: Declaration = {
  gtins: ['1234567890128', '12345670'],
  internalReference: 'JEAN "taille 32", été',
  brandId: '3f2b8a4e-0000-4000-8000-000000000001',
  declaredScore: 4266.3,
  product: 'jean',
  mass: 0.45,
  materials: [
    { id: 'ei-coton', share: 0.3334, country: 'TN' },
    { id: 'elasthane', share: 0.6666 },
  ],
  countryMaking: 'REE',
  countryFabric: 'TN',
  countryDyeing: 'TN',
  printing: { kind: 'pigment', ratio: 0.05 },
  fading: true,
  airTransportRatio: 0.07,
  price: 1500,
  trims: [{ id: '0c903fc7-279b-4375-8cfa-ca8133b8e973', quantity: 2 }],
};

const writeCsv = (some: readonly Declaration[], language?: Language) =>
  Readable.from(writeDeclarations([some], 'csv', language)).toArray();
const writeBooks = (some: readonly Declaration[], language?: Language) =>
  Readable.from(writeDeclarations([some], 'xlsx', language)).toArray();

/** What files in one form hold. */
async function readBack(files: readonly Buffer[], name: string): Promise<Declaration[]> {
  const read = [];
  for (const file of files) {
    const table = await readDeclarationTable(file, name);
    read.push(...table.rows.map((row) => toDeclaration(readRow(table, row, ''))));
  }
  return read;
}

const FORMS = [
  ['French CSV', async (some: Declaration[]) => readBack(await writeCsv(some, 'fr'), 'file.csv')],
  ['English CSV', async (some: Declaration[]) => readBack(await writeCsv(some, 'en'), 'file.csv')],
  ['French book', async (some: Declaration[]) => readBack(await writeBooks(some, 'fr'), 'file.xlsx')],
  ['English book', async (some: Declaration[]) => readBack(await writeBooks(some, 'en'), 'file.xlsx')],
  ['JSON', async (some: Declaration[]) => declarationSchema.array().parse(JSON.parse(JSON.stringify(some)))],
] as const;

describe.each(FORMS)('a declaration in a %s', (_, throughForm) => {
  it('comes back as it was', async () => {
    expect(await throughForm([JEANS])).toEqual([JEANS]);
  });

  it('comes back as it was, whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(declarations, { maxLength: 12 }), async (some) => {
        expect(await throughForm(some)).toEqual(some);
      }),
      { numRuns: 15, seed: 19 },
    );
  });
});

describe('a file that is written', () => {
  it('has the 70 columns of the portal in their order, and is accepted', async () => {
    for (const [file, name] of [
      [(await writeCsv([JEANS]))[0], 'file.csv'],
      [(await writeBooks([JEANS]))[0], 'file.xlsx'],
    ] as const) {
      const table = await readDeclarationTable(file as Buffer, name);
      expect(table.headers).toEqual(HEADERS);
      const [row] = checkDeclarations(table);
      expect(row?.errors).toEqual([expect.objectContaining({ reason: 'declared_score_off_by_more_than_1_percent' })]);
      const { declaredScore: _, ...undeclared } = JEANS;
      const again = name === 'file.csv' ? await writeCsv([undeclared]) : await writeBooks([undeclared]);
      const [accepted] = checkDeclarations(await readDeclarationTable(again[0] as Buffer, name));
      expect(accepted).toMatchObject({ verdict: 'accepted', errors: [] });
    }
    expect(HEADERS).toHaveLength(70);
  });

  it('is read back into the same file', async () => {
    const file = await writeCsv([JEANS, { ...JEANS, gtins: [], internalReference: '' }]);
    expect(await writeCsv(await readBack(file, 'file.csv'))).toEqual(file);
    const [book] = await writeBooks([JEANS]);
    const declarations = await readBack([book as Buffer], 'file.xlsx');
    expect(await readBack(await writeBooks(declarations), 'file.xlsx')).toEqual(declarations);
  });

  it('is cut under the limit, in order', async () => {
    const many = Array.from({ length: 600 }, (_, index) => ({
      ...JEANS,
      internalReference: `${index} ${'été '.repeat(800)}fin`,
    }));
    const files = await writeCsv(many);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect(file.length).toBeLessThanOrEqual(0.95 * MAX_FILE_BYTES);
    expect(await readBack(files, 'file.csv')).toEqual(many);
    expect(await writeCsv([])).toHaveLength(1);
  });

  it('is a book that is cut in two when it turns out too large', async () => {
    // What cannot be packed.
    const noise = Array.from({ length: 520 }, (_, n) =>
      createHash('shake256', { outputLength: 2250 }).update(`${n}`).digest('hex'),
    );
    const many = noise.map((internalReference) => ({ ...JEANS, internalReference }));
    const files = await writeBooks(many);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(file.length).toBeLessThan(MAX_FILE_BYTES);
    expect(await readBack(files, 'file.xlsx')).toEqual(many);
  });
});

describe('what the file cannot say is refused, naming the field', () => {
  it.each<[string, Partial<Declaration>, 'csv' | 'xlsx' | 'both']>([
    ['mass', { mass: Number.NaN }, 'both'],
    ['mass', { mass: -1 }, 'both'],
    ['mass', { mass: 1e-7 }, 'both'],
    ['price', { price: Number.POSITIVE_INFINITY }, 'both'],
    ['product', { product: 'robe' }, 'both'],
    ['countryMaking', { countryMaking: 'PT' }, 'both'],
    ['materials.0.id', { materials: [{ id: 'soie', share: 1 }] }, 'both'],
    ['materials.0.share', { materials: [{ id: 'ei-lin', share: 1 / 3 }] }, 'both'],
    ['materials.0.country', { materials: [{ id: 'ei-lin', share: 1, country: '---' }] }, 'both'],
    ['materials', { materials: Array.from({ length: 17 }, () => ({ id: 'ei-lin', share: 0.05 })) }, 'both'],
    ['airTransportRatio', { airTransportRatio: 0.1 + 0.2 }, 'both'],
    ['trims', { trims: [{ id: 'x', quantity: 1 }] }, 'both'],
    ['trims', { trims: [...(JEANS.trims ?? []), ...(JEANS.trims ?? [])] }, 'both'],
    ['internalReference', { internalReference: ' x' }, 'both'],
    ['internalReference', { internalReference: 'a\u0000b' }, 'both'],
    ['internalReference', { internalReference: '=1+1' }, 'csv'],
    ['gtins.0', { gtins: ['1234 567'] }, 'xlsx'],
  ])('%s %j', async (field, change, form) => {
    const declaration = { ...JEANS, ...change };
    const refused = expect.objectContaining({ name: 'UnwritableDeclarationError', field });
    if (form !== 'xlsx') await expect(writeCsv([declaration])).rejects.toThrow(UnwritableDeclarationError);
    if (form !== 'xlsx') await expect(writeCsv([declaration])).rejects.toEqual(refused);
    if (form !== 'csv') await expect(writeBooks([declaration])).rejects.toEqual(refused);
  });
});
