import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import {
  addedProductRequest,
  auditQuery,
  COMPARED,
  comparisonQuery,
  comparisonRequest,
  EXAMPLE_PRODUCT,
  estimateParametersSchema,
  estimateRequestSchema,
  fileMappingSchema,
  keyChange,
  keyRequest,
  lotRequest,
  multicomponentRequest,
  scopeRequestSchema,
} from './index.js';

/** What of a request depends on more than one of its fields, on the time, or on the form in which it is written. */

const NOW = Date.UTC(2026, 11, 2, 12);
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }));
afterEach(() => void vi.useRealTimers());

const of = (length: number) => 'x'.repeat(length);
const times = <T>(count: number, item: T) => Array.from({ length: count }, () => item);
const named = <T>(count: number, value: T) => Object.fromEntries(times(count, value).map((one, at) => [`n${at}`, one]));
const { countrySpinning, countryFabric, countryDyeing, countryMaking, fabricProcess, ...SIMULATED } = EXAMPLE_PRODUCT;
const { product: _product, ...PART } = SIMULATED;
const UUID = '0b9f3c1e-5d0a-4c7e-9f6e-2a1b3c4d5e6f';
const A = { md5_id: 'a' };
const items = (...compared: unknown[]) => ({ items: compared });
const lot = (item: object) => ({ items: [{ ...SIMULATED, ...item }] });
const parts = (one: object) => ({ product: 'jean', components: [PART, { ...PART, ...one }] });

type Row = [of: string, schema: z.ZodType, good: unknown[], bad: [body: unknown, place: string][]];
const ROWS: Row[] = [
  [
    'a comparison',
    comparisonRequest,
    [
      items(A, { query: SIMULATED, name: 'mine' }),
      { ...items(A, { catalogue: 'api', product: 'p' }), base: 1 },
      items(...times(COMPARED.most, A)),
    ],
    [
      [items(A), 'items'],
      [items(...times(COMPARED.most + 1, A)), 'items'],
      [{ ...items(A, A), base: 2 }, 'base'],
      [{ ...items(A, A), base: -1 }, 'base'],
      [items(A, {}), 'items.1'],
      [items(A, { ...A, query: SIMULATED }), 'items.1'],
      [items(A, { ...A, catalogue: 'api', product: 'p' }), 'items.1'],
      [items(A, { catalogue: 'api' }), 'items.1'],
      [items(A, { product: 'p' }), 'items.1'],
      [items(A, { ...A, catalogue: 'api' }), 'items.1'],
      [items(A, { query: SIMULATED, product: 'p' }), 'items.1'],
    ],
  ],
  [
    'a comparison in an address',
    comparisonQuery,
    [{ item: ['a', of(100)] }, { item: ['a', `api/${of(100)}`] }, { item: times(COMPARED.most, 'a') }],
    [
      [{ item: 'a' }, 'item'],
      [{ item: ['a', ''] }, 'item.1'],
      [{ item: ['a', `{"name":"${of(8000)}"}`] }, 'item.1'],
      [{ item: ['a', '{"md5_id":'] }, 'item.1'],
      [{ item: ['a', 'mine/p'] }, 'item.1.catalogue'],
    ],
  ],
  [
    'a mapping of a file',
    fileMappingSchema,
    [
      { columns: named(256, 'mass'), values: { material: named(1000, of(200)) } },
      { columns: { [of(200)]: 'm' }, values: named(20, {}), massUnit: 'mg' },
      {},
    ],
    [
      [{ columns: named(257, 'mass') }, 'columns'],
      [{ columns: { [of(201)]: 'mass' } }, 'columns'],
      [{ columns: { '': 'mass' } }, 'columns'],
      [{ columns: { a: '' } }, 'columns.a'],
      [{ columns: { a: of(201) } }, 'columns.a'],
      [{ values: named(21, {}) }, 'values'],
      [{ values: { material: named(1001, 'a') } }, 'values.material'],
      [{ values: { material: { '': 'a' } } }, 'values.material'],
      [{ massUnit: 't' }, 'massUnit'],
    ],
  ],
  [
    'a new key',
    keyRequest,
    [
      { name: 'erp', role: 'reader', expires_at: new Date(NOW + 1).toISOString() },
      { name: 'erp', role: 'reader', expires_at: '2026-12-02T14:00:01+02:00', requests_per_minute: 1 },
      { name: 'erp', role: 'admin', expires_at: null, products_per_day: 1_000_000_000 },
    ],
    [
      [{ name: 'erp', role: 'reader', expires_at: new Date(NOW).toISOString() }, 'expires_at'],
      [{ name: 'erp', role: 'reader', expires_at: '2026-12-02T14:00:00+02:00' }, 'expires_at'],
      [{ name: 'erp', role: 'reader', expires_at: 'tomorrow' }, 'expires_at'],
      [{ name: 'erp', role: 'reader', products_per_day: 0 }, 'products_per_day'],
      [{ name: 'erp', role: 'reader', products_per_day: 1_000_000_001 }, 'products_per_day'],
    ],
  ],
  ['limits of a key', keyChange, [{ requests_per_minute: null }, { products_per_day: 5 }], [[{}, '']]],
  [
    'a product to add',
    addedProductRequest,
    [
      EXAMPLE_PRODUCT,
      // Without a catalogue whatever is told beside the product is passed over.
      { ...EXAMPLE_PRODUCT, gtins: 'none', reference: of(201), link: 7 },
      { ...EXAMPLE_PRODUCT, catalogue: UUID, reference: 'A', gtins: '96385074' },
    ],
    [
      [{ ...EXAMPLE_PRODUCT, catalogue: UUID, gtins: 'none' }, 'gtins.0'],
      [{ ...EXAMPLE_PRODUCT, catalogue: null, reference: of(201) }, 'reference'],
      [{ ...EXAMPLE_PRODUCT, catalogue: 'mine' }, 'catalogue'],
      [[EXAMPLE_PRODUCT], ''],
      [null, ''],
      ['text', ''],
    ],
  ],
  [
    'parameters of an estimate',
    estimateParametersSchema,
    [{}, { draws: '20', seed: '0' }, { draws: 5000, seed: 2 ** 32 - 1, distribution: 'legal-defaults' }],
    [
      [{ draws: 19 }, 'draws'],
      [{ draws: 5001 }, 'draws'],
      [{ draws: 20.5 }, 'draws'],
      [{ draws: 'many' }, 'draws'],
      [{ seed: -1 }, 'seed'],
      [{ seed: 2 ** 32 }, 'seed'],
      [{ seed: 0.5 }, 'seed'],
      [{ distribution: 'mine' }, 'distribution'],
      [{ draw: 20 }, ''],
    ],
  ],
  [
    'an estimate',
    estimateRequestSchema,
    [{}, { catalogue: null, more: 1 }, { catalogue: times(2000, {}) }],
    [
      [{ catalogue: [] }, 'catalogue'],
      [{ catalogue: times(2001, {}) }, 'catalogue'],
      [{ catalogue: {} }, 'catalogue'],
    ],
  ],
  [
    'a question about the scope',
    scopeRequestSchema,
    [
      { title: of(300), product: of(100), segment: 'baby', materials: times(50, { name: of(100), share: 1 }) },
      { suppliers: { countryMaking: times(20, { country: of(100), share: 0 }) } },
    ],
    [
      [{ title: '' }, 'title'],
      [{ title: of(301) }, 'title'],
      [{ product: of(101) }, 'product'],
      [{ materials: [] }, 'materials'],
      [{ materials: times(51, { name: 'a', share: 1 }) }, 'materials'],
      [{ materials: [{ name: 'a', share: 1.001 }] }, 'materials.0.share'],
      [{ materials: [{ name: 'a', share: -0.001 }] }, 'materials.0.share'],
      [{ suppliers: { countryMaking: [] } }, 'suppliers.countryMaking'],
      [{ suppliers: { countryMaking: times(21, { country: 'a', share: 0 }) } }, 'suppliers.countryMaking'],
      [{ suppliers: { countryCutting: [] } }, 'suppliers'],
      [{ segment: 'dog' }, 'segment'],
    ],
  ],
  [
    'a lot',
    lotRequest,
    [lot({}), lot({ numberOfItem: 999, outOfScope: true, price: null }), { items: times(100, SIMULATED) }],
    [
      [{ items: [] }, 'items'],
      [{ items: times(101, SIMULATED) }, 'items'],
      [lot({ numberOfItem: 0 }), 'items.0.numberOfItem'],
      [lot({ numberOfItem: 1000 }), 'items.0.numberOfItem'],
      [lot({ numberOfItem: 1.5 }), 'items.0.numberOfItem'],
      [lot({ price: 10 }), 'items.0.price'],
      [lot({ outOfScope: 'no' }), 'items.0.outOfScope'],
    ],
  ],
  [
    'a product of several components',
    multicomponentRequest,
    [parts({}), parts({ isLabelled: false }), { product: 'jean', components: times(20, PART) }],
    [
      [{ product: 'jean', components: [PART] }, 'components'],
      [{ product: 'jean', components: times(21, PART) }, 'components'],
      [parts({ isLabelled: 1 }), 'components.1.isLabelled'],
    ],
  ],
];

it.each(ROWS)('%s is taken or refused at its place', (_, schema, good, bad) => {
  const placesOf = (body: unknown) => schema.safeParse(body).error?.issues.map(({ path }) => path.join('.')) ?? [];
  for (const body of good) expect([body, placesOf(body)]).toEqual([body, []]);
  for (const [body, place] of bad) expect([body, [...new Set(placesOf(body))]]).toEqual([body, [place]]);
});

it('reads products of an address: an identity, one of a catalogue, or JSON', () => {
  const item = ['a', 'api/b/c', JSON.stringify({ query: SIMULATED })];
  expect(comparisonQuery.parse({ item, base: '2' })).toMatchObject({
    format: 'json',
    base: 2,
    item: [{ md5_id: 'a' }, { catalogue: 'api', product: 'b/c' }, { query: SIMULATED }],
  });
});

it('reads days as moments', () => {
  const read = auditQuery.parse({ from: '2026-12-01', to: '2026-12-01T10:00:00+02:00' });
  expect([read.from, read.to]).toEqual([new Date('2026-12-01T00:00:00Z'), new Date('2026-12-01T08:00:00Z')]);
  expect(auditQuery.safeParse({ from: 'yesterday' }).error?.issues.map(({ path }) => path)).toEqual([['from']]);
});

it('takes what is told beside a product where it is for a catalogue, and passes it over where it is not', () => {
  const told = { reference: ' A ', tags: 'a, b,a' };
  expect(addedProductRequest.parse({ ...EXAMPLE_PRODUCT, ...told, catalogue: UUID })).toMatchObject({
    reference: 'A',
    tags: ['a', 'b'],
    catalogue: UUID,
  });
  const read = addedProductRequest.parse({ ...EXAMPLE_PRODUCT, ...told });
  expect(read).not.toHaveProperty('reference');
  expect(read).not.toHaveProperty('tags');
});
