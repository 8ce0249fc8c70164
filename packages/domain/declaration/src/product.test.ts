import { Readable } from 'node:stream';
import { readProducts } from '@ecobalyse/product-files';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKnownProduct, type KnownProduct } from '../../product-documents/src/index.js';
import { checkDeclarations } from './check.js';
import { type Declaration, declarationSchema, toDeclaration } from './declaration.js';
import { declare, type OwnProduct, productOf, reasonsIn } from './product.js';
import { readRow } from './read-row.js';
import { readDeclarationTable } from './read-table.js';
import { ownProducts } from './testing/random-declarations.js';
import { BOOK_JUMPER, bookOf, csvText, JUMPER } from './testing/sample-files.js';
import { CATEGORIES, COUNTRIES, MATERIALS } from './vocabulary.js';
import { tableOf, writeDeclarations } from './write.js';

const BRAND = '3f2b8a4e-0000-4000-8000-000000000001';
const SHIRT: OwnProduct = {
  reference: 'T-1',
  brand: BRAND,
  gtins: ['1234567890128'],
  query: {
    product: 'tshirt',
    mass: 0.17,
    materials: [{ id: 'ei-coton', share: 1, country: null }],
    countryFabric: 'BD',
    countryDyeing: 'BD',
    countryMaking: 'BD',
    price: 30,
  },
};
const shirt = (change: Partial<OwnProduct>, query: object = {}): OwnProduct => ({
  ...SHIRT,
  ...change,
  query: { ...SHIRT.query, ...query },
});
const reasonsOf = (product: OwnProduct, ...options: Parameters<typeof declare>[1][]) =>
  declare([product], ...options).leftOut.map(({ reasons }) => reasonsIn(reasons, 'en'))[0] ?? null;

/** Products as our reader of files reads them. */
async function readAsProducts(bytes: Buffer): Promise<unknown[]> {
  const items = await Readable.from(readProducts(Readable.from([bytes]))).toArray();
  return items.map((item) => ('fault' in item ? item.message.en : item.product));
}
/** A product as a catalogue holds it, however it came. */
function inCatalogue(product: unknown): OwnProduct {
  const { reference, known, product: query } = checkKnownProduct(product) as KnownProduct;
  return { reference, brand: known.brand, gtins: known.gtins, query };
}

const filesOf = async (form: 'csv' | 'xlsx', declarations: readonly Declaration[], language?: 'fr' | 'en') =>
  (await Readable.from(writeDeclarations([declarations], form, language)).toArray()) as Buffer[];
async function asPortal(files: readonly Buffer[], name: string): Promise<Declaration[]> {
  const tables = await Promise.all(files.map((file) => readDeclarationTable(file, name)));
  return tables.flatMap((table) => table.rows.map((row) => toDeclaration(readRow(table, row, ''))));
}

/** Through each form of a declaration: what the portal reads, and what our own reader of files puts into a catalogue. */
const FORMS = (['csv', 'xlsx'] as const)
  .flatMap((form) => (['fr', 'en'] as const).map((language) => [form, language] as const))
  .map(([form, language]) => {
    const throughForm = async (declarations: readonly Declaration[]) => {
      const files = await filesOf(form, declarations, language);
      return {
        portal: await asPortal(files, `file.${form}`),
        own: (await Promise.all(files.map(readAsProducts))).flat(),
      };
    };
    return [`${form} in ${language}`, throughForm] as const;
  });
const throughJson = async (declarations: readonly Declaration[]) => {
  const portal = declarationSchema.array().parse(JSON.parse(JSON.stringify(declarations)));
  return { portal, own: await readAsProducts(Buffer.from(JSON.stringify(portal.map(productOf)))) };
};

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));
/** How often a property is tried; `bench:declaration` tries 10,000 products. */
const RUNS = { numRuns: 12, seed: 19 };

describe.each([...FORMS, ['JSON', throughJson] as const])('products of a catalogue in a %s', (_, throughForm) => {
  it('come back as they were, and so do their declarations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ownProducts, { minLength: 1, maxLength: 10 }), async (some) => {
        const products = plain(some).map((one) => inCatalogue({ ...one, ...one.query }));
        const { declarations, leftOut } = declare(products);
        expect(leftOut).toEqual([]);
        const { portal, own } = await throughForm(declarations);
        expect(portal).toEqual(declarations);
        expect(own.map(inCatalogue)).toEqual(products);
        expect(declare(portal.map(productOf).map(inCatalogue)).declarations).toEqual(declarations);
      }),
      RUNS,
    );
  });
});

describe('a product is declared', () => {
  it('with what the portal has fields for, and its default brand where it has none', () => {
    const { declarations, leftOut } = declare([
      shirt({}, { printing: { kind: 'pigment' }, trims: [], fading: null }),
      shirt({ brand: null, gtins: [] }, { upcycled: true, countryFabric: undefined, countryDyeing: undefined }),
    ]);
    expect(leftOut).toEqual([]);
    const query = {
      product: 'tshirt',
      mass: 0.17,
      materials: [{ id: 'ei-coton', share: 1 }],
      countryMaking: 'BD',
      price: 30,
    };
    expect(declarations).toEqual([
      {
        ...query,
        gtins: ['1234567890128'],
        internalReference: 'T-1',
        brandId: BRAND,
        countryFabric: 'BD',
        countryDyeing: 'BD',
        printing: { kind: 'pigment', ratio: 0.2 },
        trims: [],
      },
      { ...query, gtins: [], internalReference: 'T-1', upcycled: true },
    ]);
  });

  it.each<[string, object]>([
    ['the usual fabric process', { fabricProcess: 'knitting-mix' }],
    ['nothing disabled', { disabledSteps: [] }],
  ])('with %s, which changes no cost', (_, query) => expect(reasonsOf(shirt({}, query))).toBeNull());

  it.each<[string, OwnProduct, RegExp]>([
    ['a fabric process', shirt({}, { fabricProcess: 'weaving' }), /^fabricProcess: the declaration has no such field/],
    [
      'a spinning',
      shirt({}, { materials: [{ id: 'ei-coton', share: 1, spinning: 'Unconventional' }] }),
      /^materials\.0\.spinning: /,
    ],
    ['a yarn size', shirt({}, { yarnSize: 20 }), /^yarnSize: /],
    [
      'a trim of its own',
      shirt({}, { trims: [{ id: '0c903fc7-279b-4375-8cfa-ca8133b8e973', quantity: 1, custom: { elements: [] } }] }),
      /^trims\.0\.custom: /,
    ],
    [
      'another trim',
      shirt({}, { trims: [{ id: '28f2f107-ce9c-4760-9a74-0187ab067d09', quantity: 1 }] }),
      /^trims: the file has no word/,
    ],
    [
      'a third',
      shirt({}, { materials: [1, 2, 3].map(() => ({ id: 'ei-lin', share: 1 / 3 })) }),
      /^materials\.0\.share: at most 12 decimals/,
    ],
    ['a share that lacks', shirt({}, { materials: [{ id: 'ei-lin', share: 0.9 }] }), /add up to 100/],
    ['too little mass', shirt({}, { mass: 0.009 }), /Masse \(en kg\): the minimum is 0\.01/],
    ['a printed third', shirt({}, { printing: { kind: 'pigment', ratio: 0.3 } }), /Pourcentage d'impression/],
    ['no making', shirt({}, { countryMaking: null }), /Origine de confection/],
    ['no dyeing', shirt({}, { countryDyeing: null }), /only a remanufactured product/],
    ['a trade unit', shirt({ gtins: ['00012345600012'] }), /^GTINs\/EANs: a number has 8 or 13 digits/],
    ['a wrong digit', shirt({ gtins: ['1234567890129'] }), /the last digit/],
    ['a brand by name', shirt({ brand: 'Atelier Lin' }), /^brand: the portal knows brands by their ids/],
    ['blanks around its reference', shirt({ reference: ' x' }), /^internalReference: cannot be written/],
  ])('but not with %s', (_, product, reason) => {
    expect(reasonsOf(product)).toMatch(reason);
    expect(declare([product]).declarations).toEqual([]);
  });

  it('with 12 digits since August, and not before', () => {
    const product = shirt({ gtins: ['036000291452'] });
    expect([reasonsOf(product), reasonsOf(product, { rules: 'may-2026' })]).toEqual([
      null,
      expect.stringMatching(/digits/),
    ]);
  });

  it('for the brand that is said for those that name theirs', () => {
    const other = BRAND.replace('3f', '4f');
    const brands = (brandId: string) =>
      declare([shirt({ brand: 'Atelier Lin' }), SHIRT], { brandId }).declarations.map((one) => one.brandId);
    expect([brands(other), brands('default')]).toEqual([
      [other, BRAND],
      [undefined, BRAND],
    ]);
  });

  it('but not beside another one with its barcode number; all reasons are told, in both languages', () => {
    const product = shirt({ brand: 'Lin' }, { mass: 0.001 });
    const { leftOut } = declare([product, SHIRT], { repeated: new Set(['1234567890128']) });
    expect(leftOut.map(({ product }) => product)).toEqual([product, SHIRT]);
    expect(leftOut[0]?.reasons).toHaveLength(3);
    expect(reasonsIn(leftOut[1]?.reasons ?? [], 'fr')).toMatch(/^gtins \(1234567890128\) : un autre produit/);
  });
});

it('a table of declarations is judged as the file of them', async () => {
  const declarations = declare([SHIRT, shirt({ gtins: ['12345670'] }, { price: 12.5 })]).declarations;
  const bad = { ...(declarations[0] as Declaration), gtins: ['3760123456781'], mass: 0.001 };
  const [file] = await filesOf('csv', [...declarations, bad]);
  const { form, keys, rows } = await readDeclarationTable(file as Buffer, 'file.csv');
  const table = tableOf([...declarations, bad]);
  expect([table.form, table.keys, table.rows]).toEqual([form, keys, rows]);
  expect(checkDeclarations(table).map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted', 'refused']);
});

describe('a file of the portal, read as one of products', () => {
  const product = {
    reference: 'PULL-1',
    gtins: ['1234567890128'],
    product: 'pull',
    mass: 0.55,
    upcycled: false,
    numberOfReferences: 9000,
    price: 100,
    business: 'large-business-without-services',
    materials: [
      { id: 'ei-viscose', share: 0.9, country: 'CN' },
      { id: 'ei-jute-kenaf', share: 0.1 },
    ],
    countrySpinning: 'CN',
    countryFabric: 'CN',
    countryDyeing: 'CN',
    countryMaking: 'CN',
    fading: false,
    airTransportRatio: 0.75,
  };
  const [METAL, PLASTIC] = ['0c903fc7-279b-4375-8cfa-ca8133b8e973', 'd56bb0d5-7999-4b8b-b076-94d79099b56a'];
  const HEADERS = Object.keys(JUMPER);

  it.each<[string, object, object]>([
    ['as it is', {}, {}],
    ['a brand, a score', { 'Marque ID': BRAND, Score: '2318' }, { brand: BRAND }],
    ['barcode numbers', { 'GTINs/EANs': '1234567890128;12345670' }, { gtins: ['1234567890128', '12345670'] }],
    ['a price with decimals', { 'Prix (en euros, TTC)': '19,90' }, { price: 19.9 }],
    [
      'trims of one kind',
      { 'Quantité de bouton en métal': '2', 'Quantité de zip long': '' },
      { trims: [{ id: METAL, quantity: 2 }] },
    ],
    [
      'none of a kind, which is no trims',
      { 'Quantité de bouton en métal': '0', 'Quantité de zip long': '' },
      { trims: [] },
    ],
    ['blank trims, which are the usual ones', { 'Quantité de bouton en métal': '', 'Quantité de zip long': '' }, {}],
    [
      'trims of the old template',
      {
        'Accessoire 1': 'Bouton en métal',
        'Accessoire 1 quantité': '3',
        'Accessoire 2': 'plastic button',
        'Accessoire 2 quantité': '1',
      },
      {
        trims: [
          { id: METAL, quantity: 3 },
          { id: PLASTIC, quantity: 1 },
        ],
      },
    ],
    [
      'blank trims of the old template, which are none',
      { 'Accessoire 1': '', 'Accessoire 1 quantité': '' },
      { trims: [] },
    ],
    [
      'old trims beside new ones, which do not count',
      { 'Accessoire 1': '', 'Quantité de zip long': '2' },
      { trims: [] },
    ],
    ['a number of old trims without a kind', { 'Accessoire 1': '', 'Accessoire 1 quantité': '2' }, { trims: [] }],
  ])('%s', async (_, cells, fields) => {
    const row = { ...JUMPER, ...cells };
    for (const delimiter of [',', ';'])
      expect(await readAsProducts(Buffer.from(csvText([row], Object.keys(row), delimiter)))).toEqual([
        { ...product, ...fields },
      ]);
    expect(Object.keys(row).slice(0, HEADERS.length)).toEqual(HEADERS);
  });

  it('has the percentages of a book, whatever their format', async () => {
    const cells = { ...BOOK_JUMPER, "Type d'impression": 'Pigmentaire' };
    const [read] = await readAsProducts(bookOf([cells]));
    expect(read).toEqual({ ...product, printing: { kind: 'pigment' } });
    const [unclear] = await readAsProducts(bookOf([{ ...cells, "Pourcentage d'impression": 0.2 }]));
    expect(unclear).toBe('Pourcentage d\'impression: "0.2" may be a share or a percentage: add %');
  });

  it.each([
    ['product', 'Catégorie', CATEGORIES],
    ['countryMaking', 'Origine de confection', COUNTRIES],
    ['material', 'Matière 1', MATERIALS],
  ] as const)('has its words for each %s in both languages', async (field, header, { labels, idOf, labelOfId }) => {
    const words = labels.flatMap((label) => [label, labelOfId(idOf(label), 'en') as string]);
    const read = await readAsProducts(
      Buffer.from(
        csvText(
          words.map((word) => ({ ...JUMPER, [header]: word })),
          HEADERS,
        ),
      ),
    );
    const ids = read.map((one) =>
      field === 'material' ? (one as typeof product).materials[0]?.id : (one as typeof product)[field],
    );
    expect(ids).toEqual(labels.flatMap((label) => [idOf(label), idOf(label)]));
  });
});
