import { catalogueProductId } from '@ecobalyse/product-documents';
import { type JobProductsQuery, LANGUAGES } from '@ecobalyse/schema';
import { openStore, type ProductJob, SEES_ALL, type Store, upsertImpacts } from '@ecobalyse/store';
import { startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inReadersLanguage, productsOfJob, refusedOfJob, resultOfJob } from './job-results.js';
import { fixedDocuments } from './testing/fixed-documents.js';

it.each(LANGUAGES)(
  'every line of every portion of a result is told in the language of its reader: %s',
  async (language) => {
    const words = { en: 'too heavy', fr: 'trop lourd' };
    const line = (text: unknown) =>
      `${JSON.stringify({ line: 1, detail: text, warnings: [{ id: 'x', message: text }] })}\n`;
    const added = '{"line":2,"status":"added"}\n';
    async function* portions() {
      yield line(words) + added + line(words);
      yield added;
      // Earlier versions kept one language.
      yield line('zu schwer') + line(words);
    }
    const told: string[] = [];
    for await (const lines of inReadersLanguage(portions(), language)) told.push(lines);
    const own = line(words[language]);
    expect(told).toEqual([own + added + own, added, line('zu schwer') + own]);
  },
);

describe('the products of a job', () => {
  const GTIN = '3760001000016';
  const [known, older] = fixedDocuments().filter(({ product_id }) => product_id === 'tshirt') as [Known, Known];
  type Known = ReturnType<typeof fixedDocuments>[number];
  const { methodVersion } = known._platform;
  const detail = { en: 'too heavy', fr: 'trop lourd' };
  const warning = { id: 'mass_out_of_range', severity: 'doubtful', field: 'mass', message: detail };
  /** By chunk: what became of each row, and what is kept of it. */
  const CHUNKS: [line: object, kept: object][][] = [
    [
      [
        {
          line: 2,
          index: 0,
          status: 'added',
          reference: 'R-10',
          md5_id: known.md5_id,
          ecs: 30,
          method_version: methodVersion,
          warnings: [warning],
        },
        { product: { reference: 'R-10', name: 'Shirt', gtins: GTIN }, cells: ['R-10', 1] },
      ],
      [
        { line: 3, index: 1, status: 'refused', reference: 'R-2', detail },
        { product: { reference: 'R-2', mass: 9 }, cells: ['R-2', 9] },
      ],
    ],
    [
      [
        { line: 4, index: 2, status: 'failed', detail: 'as it was kept' },
        { product: {}, cells: ['', ''] },
      ],
      [
        {
          line: 5,
          index: 3,
          status: 'existing',
          reference: 'R-1',
          md5_id: older.md5_id,
          ecs: 20,
          method_version: '6.0.0',
        },
        { product: { reference: 'R-1', gtins: ['96385074'] } },
      ],
      [{ line: 6, index: 4, status: 'changed', reference: 'R-3', ecs: 30 }, { product: { name: 7 } }],
    ],
  ];
  const job = { _id: 'the job', catalogue: 'mine', columns: ['Réf', 'Masse'] } as unknown as ProductJob;
  const page: JobProductsQuery = {
    sort: { by: 'line', descending: false },
    offset: 0,
    limit: 50,
    outcome: undefined,
  } as never;
  let mongodb: TestMongodb;
  let store: Store;
  beforeAll(async () => {
    mongodb = await startTestMongodb();
    store = openStore({ uri: mongodb.uri, dbName: 'job-results', appName: 'test' });
    await upsertImpacts(store, [known, older]);
    await store.collection('product_job_chunks').insertMany(
      CHUNKS.map((rows, n) => ({
        ...{ _id: `the job:${n}`, job: 'the job', n, products: JSON.stringify(rows.map(([, kept]) => kept)) },
        result: rows.map(([line]) => `${JSON.stringify(line)}\n`).join(''),
        counts: { added: 0, changed: 0, existing: 0, refused: 0, failed: 0 },
      })),
    );
    const catalogue = (_id: string, owner: string) => ({
      ...{ _id, owner, name: _id, name_key: _id, created_at: new Date(0), created_by: owner, deleted_at: null },
    });
    await store.collection('catalogues').insertMany([catalogue('mine', 'me'), catalogue('theirs', 'them')] as never);
    const holder = (catalogue: string, reference: string, gtin: string) => ({
      ...{
        _id: catalogueProductId(catalogue, reference),
        catalogue,
        reference,
        live: true,
        content: { gtins: [gtin] },
      },
    });
    await store
      .collection('catalogue_products')
      .insertMany([
        holder('mine', 'R-10', GTIN),
        holder('mine', 'R-9', GTIN),
        holder('theirs', 'T-1', '96385074'),
      ] as never);
  });
  afterAll(async () => {
    await store.close();
    await mongodb.close();
  });
  const rowsOf = async ({ rows }: Awaited<ReturnType<typeof resultOfJob>>) => {
    const all: (readonly unknown[])[] = [];
    for await (const some of rows) all.push(...some);
    return all;
  };

  it('are told with what they cost now, and what somebody who sees them may know', async () => {
    const { items, ...counts } = await productsOfJob(store, 'me', job, page, 'fr');
    expect(counts).toEqual({ total: 5, offset: 0, limit: 50 });
    const nothing = { reference: null, md5_id: null, ecs: null, method_version: null, percentile: null, name: null };
    const unknown = { product: null, product_id: null, mass: null, ecs_per_100g: null, main_cause: null };
    const { product_id, inputs } = known;
    expect(items[0]).toEqual({
      ...{ line: 2, index: 0, status: 'added', reference: 'R-10', md5_id: known.md5_id, ecs: 30, detail: null },
      ...{ method_version: methodVersion, percentile: 0, name: 'Shirt', product_id, mass: inputs.mass },
      product: catalogueProductId('mine', 'R-10'),
      ecs_per_100g: expect.closeTo(3 / inputs.mass, 6),
      main_cause: items[0]?.main_cause,
      warnings: [
        expect.objectContaining({ id: 'mass_out_of_range', message: 'trop lourd' }),
        expect.objectContaining({
          id: 'gtin_repeated',
          field: 'gtins',
          severity: 'note',
          message: `${GTIN} : « R-9 » a le même code-barres`,
        }),
      ],
    });
    expect(items[0]?.main_cause).not.toBeNull();
    expect(items.slice(1, 3)).toEqual([
      {
        ...nothing,
        ...unknown,
        line: 3,
        index: 1,
        status: 'refused',
        reference: 'R-2',
        warnings: [],
        detail: 'trop lourd',
      },
      { ...nothing, ...unknown, line: 4, index: 2, status: 'failed', warnings: [], detail: 'as it was kept' },
    ]);
    // Made up by another version: what it is made up of is not told. The one who has the same number is not seen.
    expect(items[3]).toMatchObject({
      method_version: '6.0.0',
      product_id,
      mass: older.inputs.mass,
      main_cause: null,
      warnings: [],
    });
    expect(items[4]).toMatchObject({ name: null, product: catalogueProductId('mine', 'R-3') });
  });

  it('have notes of all catalogues for who sees them all, in the language of the reader', async () => {
    const { items } = await productsOfJob(store, SEES_ALL, job, page, 'en');
    expect(items.map(({ warnings }) => warnings.map(({ message }) => message))).toEqual([
      ['too heavy', `${GTIN}: "R-9" has the same barcode number`],
      ...[[], []],
      ['96385074: "T-1" has the same barcode number'],
      [],
    ]);
    const { items: ofNone } = await productsOfJob(
      store,
      SEES_ALL,
      { ...job, catalogue: null } as ProductJob,
      page,
      'en',
    );
    expect(ofNone.map(({ warnings, product }) => [warnings.length, product])).toEqual([
      ...[
        [1, null],
        [0, null],
        [0, null],
        [0, null],
        [0, null],
      ],
    ]);
  });

  it.each<[asked: object, lines: number[], total?: number]>([
    [{}, [2, 3, 4, 5, 6]],
    [{ sort: { by: 'line', descending: true } }, [6, 5, 4, 3, 2]],
    [{ sort: { by: 'reference', descending: false } }, [5, 3, 6, 2, 4]],
    [{ sort: { by: 'reference', descending: true } }, [2, 6, 3, 5, 4]],
    [{ sort: { by: 'ecs', descending: false } }, [5, 2, 6, 3, 4]],
    [{ sort: { by: 'ecs', descending: true } }, [2, 6, 5, 3, 4]],
    [{ outcome: 'refused' }, [3, 4], 2],
    [{ outcome: 'added' }, [2, 5, 6], 3],
    [{ offset: 1, limit: 2 }, [3, 4]],
    [{ offset: 4, limit: 2 }, [6]],
  ])('that are asked for by %j are those of the lines %j', async (asked, lines, total = 5) => {
    const found = await productsOfJob(store, 'me', job, { ...page, ...asked } as never, 'en');
    expect([found.items.map(({ line }) => line), found.total]).toEqual([lines, total]);
  });

  it.each([
    ['fr', 'Refusé parce que', 'trop lourd'],
    ['en', 'Refused because', 'too heavy'],
  ] as const)('that were not added go back as they came, behind the reason: %s', async (language, header, reason) => {
    const table = await refusedOfJob(store, job, language);
    expect(table.headers).toEqual([header, 'Réf', 'Masse']);
    expect(await rowsOf(table)).toEqual([
      [reason, 'R-2', 9],
      ['as it was kept', '', ''],
    ]);
    // Of a file without columns: what its refused products fill.
    const { headers } = await refusedOfJob(store, { ...job, columns: null } as never, language);
    expect(headers).toHaveLength(3);
  });

  it('are a table, too, of all that became of them', async () => {
    const table = await resultOfJob(store, 'me', job, 'fr');
    const rows = await rowsOf(table);
    expect(rows.map((row) => row.includes('trop lourd') || row.includes('as it was kept'))).toEqual([
      ...[false, true, true, false, false],
    ]);
    const told = rows.flat().map(String);
    for (const text of [known.md5_id, 'R-10', `trop lourd ; ${GTIN} : « R-9 » a le même code-barres`])
      expect(told).toContain(text);
    expect(table.widths).toHaveLength(table.headers.length);
  });
});
