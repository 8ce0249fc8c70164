import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as schemas from './index.js';
import {
  catalogueChange,
  catalogueDeclarationQuery,
  catalogueDeletedProducts,
  catalogueParams,
  catalogueProductsQuery,
  catalogueRequest,
  cataloguesQuery,
  deletionQuery,
  distributionQuery,
  documentParams,
  EXAMPLE_PRODUCT,
  groupsQuery,
  impactExportQuery,
  inEveryLanguage,
  jobParams,
  knownAsSchema,
  MAX_DOCUMENTS,
  MAX_JOB_PRODUCTS,
  MAX_LIMIT,
  modelParams,
  newRunParametersSchema,
  PIPELINE_ROUTES,
  predictionRequestSchema,
  productBatchQuery,
  productParams,
  productRequestSchema,
  productResultLineSchema,
  productsQuery,
  rankedProductsQuery,
  runParametersSchema,
  searchQuery,
  simulationBatchPayloadSchema,
  simulationRequestSchema,
  statisticQuery,
  taskPayloadSchema,
  withCheckDigit,
} from './index.js';

/** Every bound of what is asked for: at it, and one beyond. */

const of = (length: number) => 'x'.repeat(length);
const times = <T>(count: number, item: T) => Array.from({ length: count }, () => item);
const runsQuery = PIPELINE_ROUTES.listRuns.schema.querystring;
const runParams = PIPELINE_ROUTES.getRun.schema.params;
const newRun = PIPELINE_ROUTES.startRun.schema.body;
const batch = { runId: 'r', scope: {}, offset: 0, count: 1 };
const simulation = { mass: 1, materials: EXAMPLE_PRODUCT.materials, product: 'jean' };
const CONTROL = ['a\nb', '\u0000', '\u001f', '\u007f'];
const TEXT = { good: ['x', of(100), 'é – €', '\u0080'], bad: ['', of(101), ...CONTROL] };
const LONG_TEXT = { good: ['x', of(200)], bad: ['', of(201), ...CONTROL] };
const LIST = {
  good: ['', of(1000), times(50, of(1000))],
  bad: [of(1001), times(51, 'x'), [of(1001)], 7, ...CONTROL],
};
const RATIO = { good: [0, 1, '0.5', null], bad: [-0.001, 1.001, 'half', true] };
const POSITIVE = { good: [1e-9, 1e9, null, undefined], bad: [0, -1, 'much'] };
const NAME = { good: ['', of(100), null, undefined], bad: [of(101), 7] };
const COST = { good: ['0', '-1.5', '1e3', '12'], bad: ['', 'x', '1,5', 'NaN', 'Infinity', '0x10'] };
const OFFSET = {
  good: ['0', '1000000'],
  bad: ['-1', '1000001', '0.5', '', '0x10', '1e5', '1_', '1__0', '_1', '5.0.0'],
};
const IDENTIFIER = { good: ['x', of(100)], bad: ['', of(101), null, undefined] };

type Row = [of: string, schema: z.ZodType, base: object, field: string, values: { good: unknown[]; bad: unknown[] }];
const rows: Row[] = [
  ...(
    [
      'country_spinning',
      'country_fabric',
      'country_dyeing',
      'country_making',
      'country',
      'process',
      'warning',
      'q',
    ] as const
  ).map((field): Row => ['search', searchQuery, {}, field, TEXT]),
  ...(['product', 'material'] as const).map((field): Row => ['search', searchQuery, {}, field, LIST]),
  ...(['min_ecs', 'max_ecs', 'min_mass', 'max_mass'] as const).map(
    (field): Row => ['search', searchQuery, {}, field, COST],
  ),
  ['search', searchQuery, {}, 'scenario', { good: ['regular', 'low-cost', 'none'], bad: ['', 'all'] }],
  [
    'search',
    searchQuery,
    {},
    'limit',
    { good: ['0', '1000', '+5', '1_0', ' 7.0 '], bad: ['-1', '1001', '1.5', '', 'x'] },
  ],
  ['search', searchQuery, {}, 'offset', OFFSET],
  [
    'search',
    searchQuery,
    {},
    'sort',
    { good: ['ecs', '-ecs', 'created_at', 'etf_c'], bad: ['', '--ecs', 'etf-c', 'cost_use'] },
  ],
  ['distribution', distributionQuery, {}, 'bins', { good: ['1', '200'], bad: ['0', '201'] }],
  ['distribution', distributionQuery, {}, 'impact', { good: ['ecs', 'etf-c', 'etf_c'], bad: ['', 'ETF', 'etf c'] }],
  ['groups', groupsQuery, {}, 'by', { good: ['product', 'material', 'scenario'], bad: ['mass', undefined] }],
  ['export', impactExportQuery, {}, 'product_id', TEXT],
  ['product', productParams, {}, 'id', TEXT],
  ['document', documentParams, {}, 'md5_id', { good: ['x', of(64)], bad: ['', of(65), ...CONTROL] }],
  [
    'ranked',
    rankedProductsQuery,
    {},
    'nb_doc',
    { good: ['1', '1000000000', ['0', '2']], bad: ['0', '-1', '1.5', ['2', '0']] },
  ],
  ['ranked', rankedProductsQuery, {}, 'offset', OFFSET],
  ['ranked', rankedProductsQuery, {}, 'material', LIST],
  ['ranked', rankedProductsQuery, {}, 'country', TEXT],
  ['ranked', rankedProductsQuery, {}, 'process', TEXT],
  [
    'ranked',
    rankedProductsQuery,
    {},
    'fields',
    {
      good: ['a', 'impacts.etf-c,md5_id', 'a._x', of(1000)],
      bad: ['', '_platform', 'a,_platform', 'a,', 'a..b', '.a', 'a b', '$a', of(1001)],
    },
  ],
  ['statistics', statisticQuery, {}, 'limit', { good: ['1', '10000'], bad: ['0', '10001'] }],
  ['statistics', statisticQuery, {}, 'product_id', { good: ['x', of(100)], bad: ['', of(101)] }],
  ['statistics', statisticQuery, {}, 'impact_type', { good: ['etf_c'], bad: ['etf-c', ''] }],
  ['search', searchQuery, {}, 'catalogue', { good: ['api', 'reference-grid'], bad: ['', 'mine'] }],
  [
    'upload',
    productBatchQuery,
    {},
    'catalogue',
    { good: ['api', '0b9f3c1e-5d0a-4c7e-9f6e-2a1b3c4d5e6f'], bad: ['', 'mine', '0b9f3c1e'] },
  ],
  ...(['reference', 'brand', 'tag', 'collection', 'season', 'gtin', 'change'] as const).map(
    (field): Row => ['catalogue', catalogueProductsQuery, {}, field, LONG_TEXT],
  ),
  ['catalogue', catalogueProductsQuery, {}, 'sort', { good: ['brand', '-updated_at'], bad: ['', 'gtins', 'md5_id'] }],
  ['catalogue to rename', catalogueChange, {}, 'owner', { good: ['erp', of(64), null], bad: ['', 'a b', of(65), 7] }],
  ['catalogue', catalogueRequest, {}, 'name', { good: ['x', of(200), ` ${of(200)} `], bad: ['', ' ', of(201), null] }],
  ...(['reference', 'name', 'brand', 'collection', 'season'] as const).map(
    (field): Row => [
      'known as',
      knownAsSchema,
      {},
      field,
      { good: [of(200), 7, '', ' ', null, undefined], bad: [of(201), true, 'a\nb'] },
    ],
  ),
  [
    'known as',
    knownAsSchema,
    {},
    'gtins',
    {
      good: [
        ...[[], null, '', '96385074', 96385074, '96385074; 3760001000016', ['036000291452', '10012345678902']],
        times(21, '96385074'),
      ],
      bad: [
        '96385075',
        ['9638507'],
        ['３760001000016'],
        Array.from({ length: 21 }, (_, at) => withCheckDigit(`${at + 10}00000`)),
      ],
    },
  ],
  [
    'known as',
    knownAsSchema,
    {},
    'tags',
    {
      good: ['a, b', [of(200)], Array.from({ length: 50 }, (_, at) => at)],
      bad: [[of(201)], Array.from({ length: 51 }, (_, at) => `${at}`), { a: 1 }],
    },
  ],
  [
    'known as',
    knownAsSchema,
    {},
    'link',
    {
      good: ['https://a.example/b', 'http://a.example', '', null],
      bad: [
        'a.example',
        'xhttp://a.example',
        'httpsx://a.example',
        'javascript:alert(1)',
        'ftp://a.example',
        `https://a.example/${of(2000)}`,
      ],
    },
  ],
  [
    'deletion',
    catalogueDeletedProducts,
    {},
    'ids',
    { good: [['x'], times(1000, 'x')], bad: [[], times(1001, 'x'), ['']] },
  ],
  ['catalogues', cataloguesQuery, {}, 'deleted', { good: ['true', 'false', undefined], bad: ['', 'yes'] }],
  ['upload', productBatchQuery, {}, 'name', { good: ['x', of(200)], bad: ['', of(201)] }],
  ['job', jobParams, {}, 'id', { good: ['8a62c5a5-275c-4d0c-b0df-5abcd5e21029'], bad: ['8a62c5a5', ''] }],
  ['model', modelParams, {}, 'version', { good: ['1', 7], bad: ['0', '-1', '1.5', 'x', ''] }],
  ['runs', runsQuery, {}, 'limit', { good: ['1', '200'], bad: ['0', '201', '1.5'] }],
  ['runs', runsQuery, {}, 'before', { good: ['2026-01-01T00:00:00.000Z'], bad: ['2026-01-01', 'x'] }],
  ['runs', runsQuery, {}, 'state', { good: ['failed', 'skipped'], bad: ['waiting'] }],
  ['runs', runsQuery, {}, 'pipeline', { good: ['ecobalyse'], bad: ['other'] }],
  ['runs', runsQuery, {}, 'states', { good: [], bad: ['failed'] }],
  ['run', runParams, {}, 'id', { good: ['x', of(200)], bad: ['', of(201)] }],
  [
    'new run',
    newRun,
    {},
    'parameters',
    { good: [{}, { limit: 1, product: 'jean' }, undefined], bad: [{ limits: 1 }, { product: 'robe' }] },
  ],
  ['new run', newRunParametersSchema, {}, 'folds', { good: [2, 20], bad: [1, 21, 2.5] }],
  ['new run', newRunParametersSchema, {}, 'limit', { good: [1, 1e9], bad: [0, -1, 1.5] }],
  ['old run', runParametersSchema, {}, 'product', { good: ['what was one once'], bad: [7] }],
  ['task', taskPayloadSchema, { runId: 'r', pipeline: 'p' }, 'retry', { good: [0, 3, undefined], bad: [-1, 0.5] }],
  ['batch', simulationBatchPayloadSchema, batch, 'offset', { good: [0, 1e6], bad: [-1, 0.5] }],
  ['batch', simulationBatchPayloadSchema, batch, 'attempt', { good: [1, undefined], bad: [0, 1.5] }],
  ['batch', simulationBatchPayloadSchema, batch, 'count', { good: [1], bad: [0, 1.5] }],
  ['line', productResultLineSchema, { line: 1, index: 0, status: 'added' }, 'line', { good: [1], bad: [0] }],
  ['line', productResultLineSchema, { line: 1, index: 0, status: 'added' }, 'index', { good: [0], bad: [-1] }],
  ...(['product', 'countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking', 'fabricProcess'] as const).map(
    (field): Row => ['request', productRequestSchema, EXAMPLE_PRODUCT, field, IDENTIFIER],
  ),
  ...(['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const).map(
    (field): Row => [
      'simulate',
      simulationRequestSchema,
      simulation,
      field,
      { good: ['x', of(100), null, undefined], bad: ['', of(101)] },
    ],
  ),
  ['simulate', simulationRequestSchema, simulation, 'fabricProcess', { good: ['weaving', null], bad: ['felt', ''] }],
  [
    'request',
    productRequestSchema,
    EXAMPLE_PRODUCT,
    'materials',
    {
      good: [times(1, { id: 'a', share: 0 }), times(50, { id: of(100), share: 1, country: of(100) })],
      bad: [
        [],
        times(51, { id: 'a', share: 1 }),
        [{ id: of(101), share: 1 }],
        [{ id: 'a', share: 1, country: of(101) }],
      ],
    },
  ],
  ...(['makingWaste', 'makingDeadStock', 'airTransportRatio'] as const).map(
    (field): Row => ['request', productRequestSchema, EXAMPLE_PRODUCT, field, RATIO],
  ),
  ...(['MaterialId_1_share', 'MaterialId_2_share', 'AirTransportRatio'] as const).map(
    (field): Row => ['prediction', predictionRequestSchema, {}, field, RATIO],
  ),
  ['prediction', predictionRequestSchema, {}, 'Mass', { good: [1e-9, 100, '100', null], bad: [0, 100.001, '-1'] }],
  ...(['NumberOfReferences', 'PhysicalDurability', 'Price', 'SurfaceMass'] as const).map(
    (field): Row => ['prediction', predictionRequestSchema, {}, field, POSITIVE],
  ),
  ...(
    [
      'ProductId',
      'MaterialId_1',
      'MaterialId_2',
      'CountryDyeingCode',
      'CountryFabricCode',
      'CountryMakingCode',
      'CountrySpinningCode',
      'FabricProcess',
      'Business',
      'MakingComplexity',
    ] as const
  ).map((field): Row => ['prediction', predictionRequestSchema, {}, field, NAME]),
  [
    'prediction',
    predictionRequestSchema,
    {},
    'DisabledSteps',
    { good: [['use', 'eol'], [], null], bad: [['end'], 'use'] },
  ],
  [
    'prediction',
    predictionRequestSchema,
    {},
    'Materials',
    {
      good: [[], times(50, { id: of(100), share: 1 }), null],
      bad: [
        times(51, { id: 'a', share: 1 }),
        [{ id: '', share: 1 }],
        [{ id: of(101), share: 1 }],
        [{ id: 'a', share: 2 }],
      ],
    },
  ],
];

it.each(rows.map((row): [string, string, Row] => [row[0], row[3], row]))('%s: bounds of %s', (...[, , row]) => {
  const [, schema, base, field, { good, bad }] = row;
  const faultsOf = (value: unknown) =>
    schema.safeParse({ ...base, [field]: value }).error?.issues.map(({ path, code }) => path[0] ?? code) ?? [];
  for (const value of good) expect([value, faultsOf(value)]).toEqual([value, []]);
  for (const value of bad) {
    const own = faultsOf(value);
    expect([value, [...new Set(own)]]).toEqual([value, [field === 'states' ? 'unrecognized_keys' : field]]);
  }
});

const ENGLISH = /(^| )(an?|and|at|expected|most|of|or|than|the|to|with) /;
const FRENCH = /(^| )(attendu|au|aux|d[eu]|des|et|la|les?|ou|plus|une?) /;
it.each(rows.map((row): [string, string, Row] => [row[0], row[3], row]))('%s: words about %s', (...[, , row]) => {
  const [, schema, base, field, { bad }] = row;
  for (const value of bad) {
    const { en, fr } = inEveryLanguage(() =>
      (schema.safeParse({ ...base, [field]: value }).error?.issues ?? []).map(({ message }) => message).join(' ; '),
    );
    expect([value, fr]).toEqual([value, expect.not.stringMatching(ENGLISH)]);
    expect([value, en]).toEqual([value, expect.not.stringMatching(FRENCH)]);
    expect(en).not.toBe(fr);
  }
});

it('bounds what one answer and one job hold', () => {
  expect({ MAX_DOCUMENTS, MAX_LIMIT, MAX_JOB_PRODUCTS }).toEqual({
    MAX_DOCUMENTS: 1000,
    MAX_LIMIT: 10_000,
    MAX_JOB_PRODUCTS: 100_000,
  });
});

describe('what is not said', () => {
  it.each<[string, z.ZodType, object]>([
    ['a search', searchQuery, { sort: { by: 'md5_id', descending: false }, limit: 50, offset: 0 }],
    ['a distribution', distributionQuery, { impact: 'ecs', bins: 40 }],
    ['the products', productsQuery, { nb_doc: 5, offset: 0, sort: { by: 'md5_id', descending: false } }],
    ['the best products', rankedProductsQuery, { nb_doc: 5, offset: 0 }],
    ['the runs', runsQuery, { limit: 20 }],
    ['a new run', newRun, { parameters: {} }],
    ['statistics', statisticQuery, {}],
    ['an upload', productBatchQuery, {}],
    ['an export', impactExportQuery, {}],
  ])('of %s has a default', (_, schema, defaults) => {
    expect(schema.parse({})).toEqual(defaults);
  });

  it('of a task and of a material has one, too', () => {
    expect(taskPayloadSchema.parse({ runId: 'r', pipeline: 'p' }).parameters).toEqual({});
    const read = productRequestSchema.parse({ ...EXAMPLE_PRODUCT, materials: [{ id: 'a', share: 1 }] });
    expect(read.materials).toEqual([{ id: 'a', share: 1, country: null }]);
  });
});

it('reads names, numbers and orders from texts', () => {
  const given = {
    product: ' jean,pull,,jean ',
    material: ['ei-coton , ei-lin', 'ei-coton', 'ei-pet'],
    min_ecs: ' 1e2 ',
    limit: '1_000',
    offset: '7.0',
    sort: '-etf_c',
  };
  expect(searchQuery.parse(given)).toEqual({
    product: ['jean', 'pull'],
    material: ['ei-coton', 'ei-lin', 'ei-pet'],
    min_ecs: 100,
    limit: 1000,
    offset: 7,
    sort: { by: 'etf_c', descending: true },
  });
  expect(searchQuery.parse({ product: ' , ' }).product).toBeUndefined();
  expect(searchQuery.parse({ sort: 'mass' }).sort).toEqual({ by: 'mass', descending: false });
  expect(distributionQuery.parse({ impact: 'htn_c' }).impact).toBe('htn-c');
  expect(rankedProductsQuery.parse({ nb_doc: ['7', '3'], fields: 'b,a.c,b,a' })).toEqual({
    nb_doc: 3,
    offset: 0,
    fields: ['a', 'a.c', 'b'],
  });
  expect(deletionQuery.parse({ md5_id: ['a', 'b'] })).toEqual({ md5_id: 'b' });
  expect(modelParams.parse({ version: '12' })).toEqual({ version: 12 });
});

describe('a refusal says what was expected', () => {
  it.each<[z.ZodType, object, string, string]>([
    [searchQuery, { limit: '1001' }, 'expected an integer from 0 to 1000', 'attendu : un entier de 0 à 1000'],
    [rankedProductsQuery, { nb_doc: '0' }, 'expected an integer from 1', 'attendu : un entier à partir de 1'],
    [
      searchQuery,
      { country: '' },
      'expected the code of a country, of 1 to 100 characters',
      'attendu : le code d’un pays, de 1 à 100 caractères',
    ],
    [
      searchQuery,
      { q: 'a\n' },
      'expected words to look for without control characters',
      'attendu : des mots à chercher sans caractères de contrôle',
    ],
    [
      searchQuery,
      { q: 'a\ud800' },
      'expected words to look for without control characters',
      'attendu : des mots à chercher sans caractères de contrôle',
    ],
    [
      catalogueParams,
      { id: 'none' },
      'expected the id of a catalogue, or reference-grid or api',
      'attendu : l’identifiant d’un catalogue, ou reference-grid ou api',
    ],
    [catalogueChange, {}, 'expected a name or an owner', 'attendu : un nom ou un propriétaire'],
    [
      catalogueDeclarationQuery,
      { brand_id: 'Lin' },
      'expected the id of a brand, or default',
      'attendu : l’identifiant d’une marque, ou default',
    ],
    [searchQuery, { min_mass: 'x' }, 'expected a mass in kg', 'attendu : une masse en kg'],
    [searchQuery, { max_ecs: 'x' }, 'expected a cost in Pts', 'attendu : un coût en Pts'],
    [
      searchQuery,
      { product: 7 },
      'expected a product type, several separated by commas',
      'attendu : un type de produit, ou plusieurs séparés par des virgules',
    ],
    [
      searchQuery,
      { scenario: 'x' },
      'expected one of regular, low-cost, none',
      'attendu : l’un de regular, low-cost, none',
    ],
    [
      rankedProductsQuery,
      { fields: of(1001) },
      'expected at most 1000 characters',
      'attendu : 1000 caractères au plus',
    ],
    [
      rankedProductsQuery,
      { fields: '_a' },
      'expected names of fields such as impacts.ecs, separated by commas',
      'attendu : des noms de champs comme impacts.ecs, séparés par des virgules',
    ],
    [
      modelParams,
      { version: '0' },
      'expected the number of a version, from 1',
      'attendu : le numéro d’une version, à partir de 1',
    ],
    [jobParams, { id: 'x' }, 'expected the id of a job', 'attendu : l’id d’un travail'],
    [deletionQuery, {}, 'expected the md5_id of a product', 'attendu : le md5_id d’un produit'],
    [
      predictionRequestSchema,
      { Mass: 101 },
      'expected a mass of at most 100 kg',
      'attendu : une masse de 100 kg au plus',
    ],
    [
      predictionRequestSchema,
      { Price: 0 },
      'expected a price in euros above 0',
      'attendu : un prix en euros au-dessus de 0',
    ],
    [
      predictionRequestSchema,
      { AirTransportRatio: 2 },
      'expected the share of air transport, from 0 to 1',
      'attendu : la part de transport aérien, de 0 à 1',
    ],
    [
      predictionRequestSchema,
      { ProductId: of(101) },
      'expected a product type of at most 100 characters',
      'attendu : un type de produit de 100 caractères au plus',
    ],
  ])('in English and in French: %#', (schema, given, en, fr) => {
    const told = inEveryLanguage(() => schema.safeParse(given).error?.issues.at(0)?.message);
    expect(told).toEqual({ en, fr });
    expect(schema.safeParse(given).error?.issues.at(0)?.message).toBe(en);
  });
});

/** Bounds of one thing, countries of several stages, and the versions before and after. */
const ofOneThing = (field: string) => field.replace(/^(min|max)_|_(spinning|fabric|dyeing|making)$|^(from|to)$/g, '');
const queries = Object.entries(schemas).flatMap(([name, schema]) =>
  /Query$|ParametersSchema$/.test(name) && schema instanceof z.ZodObject ? [[name, schema] as const] : [],
);
it.each(queries)('%s says of each of its parameters something else that it expects', (_name, schema) => {
  const fields = new Map<string, string>();
  for (const [field, parameter] of Object.entries<z.ZodType>(schema.shape)) {
    for (const wrong of [['\u0000'], '']) {
      const told = inEveryLanguage(() => parameter.safeParse(wrong).error?.issues[0]?.message ?? '');
      // What a number or one of a list is for is told by its name.
      for (const said of Object.values(told).filter(
        (words) => !/^(Invalid|Entrée|$)|entier|integer|l’un de|one of|caractères au plus/.test(words),
      )) {
        expect([said, fields.get(said) ?? ofOneThing(field)]).toEqual([said, ofOneThing(field)]);
        fields.set(said, ofOneThing(field));
      }
    }
  }
});
