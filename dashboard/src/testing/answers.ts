import type { Answer, JsonRoute } from '@ecobalyse/api-client';
import type {
  AuditLine,
  CatalogueChangeView,
  CatalogueOutliers,
  CatalogueProductView,
  CatalogueView,
  ComparedProduct,
  ComparisonAnswer,
  DeclarationReport,
  Effects,
  ExplanationAnswer,
  FileInspection,
  ImpactItem,
  JobProducts,
  KeptReason,
  KeyUsage,
  KeyView,
  ModelVersion,
  PipelineView,
  PlacedProduct,
  ProductHistory,
  ProductJobView,
  RunView,
  Segments,
  StageStatistic,
  Standing,
  Stratum,
  TaskAttemptView,
  TaskView,
  VersionChanges,
  Warning,
} from '@ecobalyse/schema';
import { COST_PARTS, type CostPart } from '@ecobalyse/schema/vocabulary';

/** A small base of products whose every figure is known, as the API would answer about it. */

type Known = { readonly [R in JsonRoute]?: Answer<R> };

/** Local times, so that they are shown alike everywhere. */
const at = (month: number, day: number, hour: number, minute = 0, second = 0) =>
  new Date(2026, month - 1, day, hour, minute, second).toISOString();
export const TIME = at(11, 30, 10);

const NO_PARTS = {
  spinning: 0,
  fabric: 0,
  ennobling: 0,
  making: 0,
  trims: 0,
  transport: 0,
  distribution: 0,
  eol: 0,
} as const satisfies Partial<Record<CostPart, number>>;

export const TSHIRT: ImpactItem = {
  md5_id: 'aaaa0000000000000000000000000001',
  product_id: 'tshirt',
  product_name: 'T-shirt / Polo',
  mass: 0.17,
  materials: [
    { id: 'ei-coton', name: 'Coton', share: 0.6, country: 'CN' },
    { id: 'ei-pet', name: 'Polyester', share: 0.4, country: null },
  ],
  country_spinning: 'CN',
  country_fabric: 'IN',
  country_dyeing: 'TR',
  country_making: 'MA',
  fabric_process: 'knitting-mix',
  scenario: 'regular',
  ecs: 1000,
  pef: 800,
  durability: 0.678,
  days_of_wear: 31,
  air_transport_ratio: 0.25,
  stages: { ...NO_PARTS, material: 600, making: 150, use: 300, complements: -50 },
  method_version: '7.0.0',
  created_at: TIME,
  state: null,
  warnings: [],
};
export const COAT: ImpactItem = {
  ...TSHIRT,
  md5_id: 'aaaa0000000000000000000000000002',
  product_id: 'manteau',
  product_name: 'Manteau / Veste',
  mass: 1.25,
  materials: [{ id: 'ei-laine-par-defaut', name: 'Laine', share: 1, country: null }],
  country_making: 'FR',
  ecs: 9000,
  pef: null,
  durability: null,
  days_of_wear: null,
  created_at: at(10, 1, 10),
};

const stage = (product_id: string, part: CostPart, mean: number, share: number): StageStatistic => ({
  product_id,
  stage: part,
  documents: 4,
  mean,
  median: mean - 10,
  Q1: mean - 20,
  Q3: mean + 30,
  share,
  deviation: 5,
  variation: mean === 300 ? null : 0.125,
});

const impact = (product_id: string, median: number) => ({
  product_id,
  impact_type: 'ecs',
  min: median - 400,
  Q1: median - 100,
  median,
  mean: median + 7,
  Q3: median + 150,
  max: median + 900,
  seuil_min: median - 475,
  seuil_max: median + 525,
});

export const REFERENCE = {
  'GET /products': [
    { id: 'tshirt', name: 'T-shirt / Polo', fabric: 'knitting-mix' },
    { id: 'manteau', name: 'Manteau / Veste', fabric: 'weaving' },
  ],
  'GET /materials': [
    { id: 'ei-pet', name: 'Polyester' },
    { id: 'ei-coton', name: 'Coton' },
  ],
  'GET /countries': [
    { code: 'MA', name: 'Maroc' },
    { code: 'CN', name: 'Chine' },
    { code: 'FR', name: 'France' },
  ],
  'GET /processes': [
    { id: 'weaving', name: 'Tissage' },
    { id: 'knitting-mix', name: 'Tricotage' },
  ],
  'GET /trims': [
    { id: 'zip', name: 'Zip' },
    { id: 'bouton', name: 'Bouton' },
  ],
  'GET /product': ['tshirt', 'manteau'],
} satisfies Known;

const words = (en: string, fr: string) => ({ en, fr });
const compared = (more: Partial<ComparedProduct>): ComparedProduct => ({
  ...{ name: null, md5_id: null, catalogue: null, product: null, product_id: 'tshirt', mass: 0.17 },
  ...{ durability: 0.678, days_of_wear: 31, ecs: 1000, stored_ecs: 1000, warnings: [] },
  costs: { item: 1000, per_100g: 588.235294, per_day: 32.258065 },
  parts: { ...NO_PARTS, material: 600, making: 150, use: 300, complements: -50 },
  query: { product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }] },
  ...more,
});
const LINEN = compared({
  ...{ name: 'Linen', mass: 0.2, ecs: 800, stored_ecs: null, days_of_wear: 45 },
  costs: { item: 800, per_100g: 400, per_day: 17.777778 },
  parts: { ...NO_PARTS, material: 300, making: 200, use: 300, complements: 0 },
});
const MASS = { id: 'mass', fields: ['mass'], label: words('Mass', 'Masse') };
const MATERIALS = { id: 'materials', fields: ['materials'], label: words('Materials', 'Matières') };
const DIFFERENCE = {
  difference: { item: -200, per_100g: -188.235294, per_day: -14.480287 },
  effects: [
    { ...MASS, item: 100.25, per_100g: 20, per_day: 5 },
    { ...MATERIALS, item: -300.25, per_100g: -208.235294, per_day: -19.480287 },
  ],
};
/** A T-shirt of the grid, of which one is linen. */
export const COMPARISON: ComparisonAnswer = {
  method_version: '7.0.0',
  base: 0,
  products: [compared({ md5_id: TSHIRT.md5_id }), LINEN],
  fields: [
    {
      ...MASS,
      values: [
        { value: 0.17, text: words('0.17 kg', '0,17 kg') },
        { value: 0.2, text: words('0.2 kg', '0,2 kg') },
      ],
    },
    {
      ...MATERIALS,
      values: [
        { value: [], text: words('Cotton 100 %', 'Coton 100 %') },
        { value: [], text: words('Linen 100 %', 'Lin 100 %') },
      ],
    },
  ],
  attributions: [{ product: 1, ...DIFFERENCE }],
};
export const EXPLANATION: ExplanationAnswer = {
  sentence: words('This product costs 800 Pts.', 'Ce produit coûte 800 Pts.'),
  product: LINEN,
  cause: { part: 'material', label: words('Raw materials', 'Matières premières'), ecs: 300, share: 0.375 },
  against: {
    ...{ catalogue: 'reference-grid', count: 630, place: null, median: compared({ md5_id: COAT.md5_id }) },
    ...DIFFERENCE,
  },
  levers: [
    {
      field: 'countryDyeing',
      label: words('Country of dyeing', 'Pays d’ennoblissement'),
      from: words('China', 'Chine'),
      to: words('France', 'France'),
      ...{ ecs: 600, saves: 200, change: { countryDyeing: 'FR' } },
    },
  ],
};

export const IMPACTS = {
  'POST /explain': EXPLANATION,
  [`GET /product/by-id/${TSHIRT.md5_id}/explanation`]: EXPLANATION,
  'GET /impacts': { total: 60, offset: 0, limit: 25, items: [COAT, TSHIRT] },
  'GET /impacts/summary': {
    documents: 7108,
    products: 11,
    first_at: TIME,
    last_at: TIME,
    method_versions: ['7.0.0', '6.1.0'],
    sources: { api: 1 },
    to_check: 0,
  },
  'GET /impacts/distribution': {
    impact: 'ecs',
    unit: 'Pts',
    method_version: '7.0.0',
    count: 10,
    min: 500,
    max: 1500,
    mean: 900,
    quartiles: [700, 1100, 1300],
    bins: [
      { from: 500, to: 900, count: 4 },
      { from: 900, to: 1500, count: 6 },
    ],
    below: 0,
    above: 0,
  },
  'GET /impacts/groups': [
    { key: 'MA', name: 'Maroc', method_version: '7.0.0', count: 3, mean: 2000, min: 100, max: 5000 },
    { key: 'RAS', name: 'Asie', method_version: '7.0.0', count: 5, mean: 1500, min: 90, max: 3000 },
    { key: null, name: 'inconnu', method_version: '7.0.0', count: 2, mean: 100, min: 80, max: 120 },
  ],
  'GET /impacts/documentation': [{ code: 'cch', description: 'Changement climatique', unit: 'kg CO2 eq' }],
} satisfies Known;

export const STATISTICS = {
  'GET /stats/summary': {
    finishedAt: TIME,
    read: 10,
    documents: 4321,
    duplicates: 0,
    skippedDocuments: 0,
    incompleteDocuments: 0,
    faults: [],
    coverage: { ecs: 10, pef: 10, cch: 0 },
    collections: {},
    columns: {},
    milliseconds: {},
    notes: [],
  },
  'GET /stats/impacts': [impact('tshirt', 1000), impact('manteau', 9000), impact('jean', 3000)],
  'GET /stats/countries': [
    { product_id: 'tshirt', country_name: 'Chine', countryFabric_count: 3, countryMaking_count: 1, count: 6 },
    { product_id: 'tshirt', country_name: 'Maroc', countryFabric_count: 3, countryMaking_count: 5, count: 6 },
    { product_id: 'manteau', country_name: 'Chine', countryFabric_count: 4, countryMaking_count: 2, count: 4 },
    { product_id: 'manteau', country_name: 'France', countryFabric_count: 0, countryMaking_count: 2, count: 4 },
  ],
  'GET /stats/days_of_wear': [
    { product_id: 'manteau', Q1: 90, mediane: 95, Q3: 99, min: 80, max: 120, moyenne: 96 },
    { product_id: 'tshirt', Q1: 45, mediane: 45, Q3: 45, min: 45, max: 45, moyenne: 45 },
    { product_id: 'jean', Q1: 60, mediane: 65, Q3: 70, min: 50, max: 80, moyenne: 66 },
  ],
  'GET /stats/outliers': Array.from({ length: 23 }, (_, at) => ({
    md5_id: `bbbb00000000000000000000000000${String(at + 1).padStart(2, '0')}`,
    impact_type: 'ecs',
    product: at === 0 ? null : { id: 'tshirt', name: 'T-shirt / Polo' },
    mass: at === 1 ? null : 0.1 + at / 100,
    materials: [
      { material: { id: 'ei-coton', name: 'Coton' }, share: 0.75 },
      { material: { id: 'ei-pet', name: 'Polyester' }, share: 0.25 },
    ],
    countryFabric: at === 2 ? null : { code: 'IN' },
    countryMaking: at === 2 ? null : { code: 'MA' },
  })),
  'GET /stats/stages': [
    stage('all', 'material', 500, 0.5),
    stage('all', 'use', 300, 0.3),
    stage('all', 'making', 200, 0.2),
    stage('tshirt', 'material', 300, 0.25),
    stage('tshirt', 'use', 900, 0.75),
    stage('tshirt', 'trims', 0, 0),
    stage('manteau', 'material', 5000, 1),
  ],
  'GET /stats/drivers': [
    { factor: 'country', groups: 7, eta_squared: 0.3, shapley: 0.1, shapley_share: 0.125 },
    { factor: 'product', groups: 11, eta_squared: 0.8, shapley: 0.6, shapley_share: 0.75 },
    { factor: 'mass', groups: 5, eta_squared: 0.2, shapley: 0.05, shapley_share: null },
  ].map((row) => ({ product_id: 'all', documents: 10, r_squared: 0.8, ...row })) as never,
  'GET /stats/correlations': ['pearson', 'spearman'].flatMap((method, at) =>
    [
      { variable: 'ecs', coefficients: { ecs: 1, mass: 0.9 - at, cost_material: -0.95 + at / 10, price: null } },
      { variable: 'mass', coefficients: { ecs: 0.9 - at, mass: 1, cost_material: 0.25, price: null } },
      { variable: 'cost_material', coefficients: { ecs: -0.95 + at / 10, mass: 0.25, cost_material: 1, price: null } },
      { variable: 'price', coefficients: { ecs: null, mass: null, cost_material: null, price: null } },
    ].map((row) => ({ method, documents: 10, ...row })),
  ) as never,
  'GET /stats/components': [
    {
      explained_variance: 0.5,
      cumulative_variance: 0.5,
      loadings: { material: 0.9, use: -0.4 },
      centroids: { tshirt: -2, manteau: 3 },
    },
    {
      explained_variance: 0.3,
      cumulative_variance: 0.8,
      loadings: { material: 0.2, use: 0.8 },
      centroids: { tshirt: 1, manteau: -0.5 },
    },
    {
      explained_variance: 0.2,
      cumulative_variance: 1,
      loadings: { material: -0.1, use: 0.3 },
      centroids: { tshirt: 0.25, manteau: 0.75 },
    },
  ].map((row, at) => ({
    component: at + 1,
    documents: 10,
    eigenvalue: 1,
    weights: {},
    means: {},
    deviations: {},
    ...row,
  })),
} satisfies Known;

const GRID_READ = {
  id: 'reference-grid',
  name: { en: 'Reference grid', fr: 'Grille de référence' },
  method_version: '7.0.0',
  products: 3553,
  left_out: { to_check: 0, other_version: 0, other_scenario: 3554, without_figures: 0 },
};
const OWN_READ = {
  id: 'spring',
  name: { en: 'Spring', fr: 'Printemps' },
  method_version: '7.0.0',
  products: 1,
  left_out: { to_check: 2, other_version: 4, other_scenario: 0, without_figures: 3 },
};
const NOTES = [{ en: 'The grid is designed.', fr: 'La grille est construite.' }];
const TSHIRTS = { en: 'T-shirts', fr: 'T-shirts' };
const COATS = { en: 'Coats', fr: 'Manteaux' };
export const stratum = (median: number, more: Partial<Stratum> = {}): Stratum => ({
  ...{ count: 100, mean: median + 1, mean_low: median - 9, mean_high: median + 11, deviation: 50, median },
  ...{
    median_low: median - 5,
    median_high: median + 5,
    q1: median - 200,
    q3: median + 300,
    p5: median - 400,
    p95: median + 900,
  },
  ...{ min: 1, max: 99_999, constant: false, ...more },
});
const SINGLE = { count: 1, mean_low: null, mean_high: null, median_low: null, median_high: null, constant: true };
export const level = (
  name: string,
  median: number,
): Effects['catalogues'][number]['types'][number]['levels'][number] => ({
  ...{ level: name, name: { en: `to ${name}`, fr: `vers ${name}` }, count: 187, cheaper: median < 0 ? 0.75 : 0 },
  points: { median: 10 * median, p5: 10 * median - 100, p95: 10 * median + 200, mean: 0 },
  percent: { median, p5: median - 20, p95: median + 30, mean: 0 },
});
const placed = (id: string, ratio: number): PlacedProduct => ({
  ...{ id, reference: `REF-${id}`, label: id === 'b1' ? 'Basic tee' : null, product_id: 'tshirt', cost: 1000 * ratio },
  ...{ percentile: 3.5, ratio, part: 'making', field: 'country_making' },
  reason: { en: `Reason of ${id}.`, fr: `Raison de ${id}.` },
});
export const PLACED: Standing['catalogues'][number] = {
  ...{ ...OWN_READ, products: 14, placed: 12, percentile: 43.1, ratio: 0.92, cheaper: 0.61 },
  types: [
    {
      ...{ product_id: 'tshirt', name: TSHIRTS, count: 7, median: 450, against_count: 187 },
      against_median: 500,
      percentile: 12.4,
      ratio: 0.9,
      cheaper: 0.75,
    },
    {
      ...{ product_id: 'manteau', name: COATS, count: 5, median: 9000, against_count: 187 },
      against_median: 6000,
      percentile: 88,
      ratio: 1.5,
      cheaper: 0.2,
    },
  ],
  best: [placed('b1', 0.45), placed('b2', 0.5)],
  worst: [placed('w1', 2.1)],
  asked: [],
};
export const SEGMENTED: Segments['catalogues'][number] = {
  ...{ ...GRID_READ, silhouette: 0.512, silhouettes: { 2: 0.512, 3: 0.4 } },
  stability: { mean: 0.934, p5: 0.8, resamples: 20, stable: true },
  segments: [1, 2].map((segment) => ({
    ...{
      segment,
      count: 900 * segment,
      share: 0.3 * segment,
      cost_per_100g: { median: 500 * segment, p5: 300, p95: 2000 },
    },
    name: { en: `Kind ${segment}`, fr: `Sorte ${segment}` },
    shares: { ...NO_PARTS, complements: 0, material: 0.5 * segment, use: 1 - 0.5 * segment },
    types: [
      { product_id: 'tshirt', name: TSHIRTS, share: 0.6 },
      { product_id: 'manteau', name: COATS, share: 0.4 },
    ],
    typical: {
      id: `typical-${segment}`,
      reference: `GRID-${segment}`,
      label: segment === 1 ? null : 'Plain coat',
      product_id: 'manteau',
    },
  })),
};
const OUTLIER: CatalogueOutliers['catalogues'][number]['outliers'][number] = {
  ...{
    id: 'far-1',
    reference: 'FAR-1',
    label: null,
    product_id: 'manteau',
    family: 'natural_animal',
    cost: 12_000,
    median: 6000,
    ratio: 2,
  },
  ...{ low: 2500, high: 11_000, part: 'material', field: 'mass' },
  reason: { en: 'It weighs 1.4 kg.', fr: 'Il pèse 1,4 kg.' },
};
const ofStratum = { per: 'item', scenario: 'regular' } as const;

export const ANALYSES = {
  'GET /analysis/strata': {
    ...{ ...ofStratum, by: 'product', notes: NOTES },
    catalogues: [
      {
        ...{ ...GRID_READ, all: stratum(2000) },
        groups: [
          { key: 'tshirt', name: TSHIRTS, ...stratum(1500) },
          { key: 'manteau', name: COATS, ...stratum(5000) },
        ],
      },
      { ...OWN_READ, all: stratum(900), groups: [{ key: 'tshirt', name: TSHIRTS, ...stratum(900, SINGLE) }] },
    ],
  },
  'GET /analysis/effects': {
    ...{ ...ofStratum, factor: 'country', reference: { level: 'FR', name: { en: 'France', fr: 'France' } }, notes: [] },
    catalogues: [
      {
        ...{ ...GRID_READ, how: 'paired', garments: 3553 },
        types: [
          {
            product_id: null,
            name: { en: 'All types', fr: 'Tous les types' },
            levels: [level('CN', 66), level('REO', -5)],
          },
          { product_id: 'manteau', name: COATS, levels: [level('CN', 40)] },
        ],
      },
      {
        ...OWN_READ,
        how: 'computed',
        garments: 1,
        types: [{ product_id: null, name: TSHIRTS, levels: [level('REO', -8)] }],
      },
    ],
  },
  'GET /analysis/sensitivity': {
    ...{ product_id: null, per: 'item', n: 2048, seed: 1, evaluations: 65_536, mean: 1500, deviation: 600 },
    distribution: {
      name: 'sector',
      version: 1,
      about: { en: 'Garments as the sector makes them.', fr: 'Des vêtements comme le secteur les fait.' },
    },
    inputs: [
      {
        input: 'mass',
        name: { en: 'Mass', fr: 'Masse' },
        first: 0.41,
        first_error: 0.03,
        total: 0.52,
        total_error: 0.02,
      },
      {
        input: 'price',
        name: { en: 'Price', fr: 'Prix' },
        first: -0.01,
        first_error: 0.02,
        total: 0.04,
        total_error: 0.01,
      },
    ],
    pairs: [{ inputs: ['mass', 'price'], second: 0.03, second_error: 0.02 }],
    interactions: 0.12,
    notes: NOTES,
  },
  'GET /analysis/segments': {
    ...{ scenario: 'regular', of: 'shares', notes: NOTES },
    catalogues: [SEGMENTED, { ...OWN_READ, silhouette: null, silhouettes: {}, stability: null, segments: [] }],
  },
  'GET /analysis/outliers': {
    ...{ ...ofStratum, notes: NOTES },
    catalogues: [
      { ...GRID_READ, judged: 3500, total: 12, outliers: [OUTLIER] },
      { ...OWN_READ, judged: 0, total: 0, outliers: [] },
    ],
  },
  'GET /analysis/standing': {
    ...{ ...ofStratum, notes: NOTES, catalogues: [PLACED] },
    against: { id: 'reference-grid', name: GRID_READ.name, source: null },
  },
} satisfies Known;

/** A page of a list whose total is beyond it where it is told. */
export const pageOf = <Item>(items: readonly Item[], total = items.length) => ({
  ...{ total, offset: 0, limit: 25 },
  items: [...items],
});

const MODEL = {
  version: 3,
  family: 'boosted-trees',
  trainedAt: TIME,
  production: true,
  runId: 'run-3',
  backend: 'wasm',
  decision: 'promoted: median error 3.10 % against 4.25 % over the same strata, 27.1 % better',
  metrics: { rmse: 3.1, mae: 2.2, mape: 1.234, r2: 0.998765, bias: 0.05, coverage: 0.912 },
};
const report = (family: string, rmse: number, coverage: number) => ({
  family,
  seconds: 12.5,
  metrics: { rmse, mae: rmse / 2, mape: rmse / 10, r2: 0.99, bias: -0.125 },
  biasByProduct: { tshirt: 0.5, manteau: -2, jean: 1 },
  worst: Array.from({ length: 12 }, (_, at) => ({
    id: `w${at}`,
    product: 'tshirt',
    massKg: 0.1 * (at + 1),
    cost: 1000,
    prediction: 1000 + 20 * (12 - at),
    ...(at === 0 && { materials: 'ei-coton 0.74 + ei-pet 0.26', fabricProcess: 'weaving', countryMaking: '---' }),
  })),
  coverage,
  intervalWidth: 0.0345,
});
export const MODELS = {
  'GET /models': pageOf<ModelVersion>([
    {
      ...MODEL,
      version: 4,
      production: false,
      family: 'ridge',
      metrics: {},
      decision: 'refused: a prediction on the test set is not finite or not above 0',
    },
    MODEL,
  ]),
  'GET /models/{version}': {
    ...MODEL,
    evaluation: {
      reports: [report('ridge', 40, 0.87), report('boosted-trees', 3.1, 0.912), report('mean-baseline', 900, 0.43)],
      importance: [
        { field: 'mass', rmseIncrease: 500 },
        { field: 'product', rmseIncrease: 250 },
        { field: 'unheard', rmseIncrease: 1 },
      ],
      counts: { train: 5000, calibration: 1000, test: 1108 },
      interval: { level: 0.9, relativeWidth: 0.02 },
      test: [
        [1000, 1010],
        [2000, 1900],
        [500, 501],
      ] as [number, number][],
    },
  },
  'GET /models/{version}/checks': {
    ...{ version: 3, level: 0.9, checked: 201, outside: 12, drifts_from: 36, drifts: false, median_error: 1.5 },
    items: Array.from({ length: 201 }, (_, nth) => ({
      ...{ at: at(11, 30, 11, 0, 0), md5_id: `c${nth}`, product_id: 'tshirt', catalogue: null },
      ...{ ecs: 1000, prediction: 1010 },
      inside: nth % 17 !== 5,
    })),
  },
} satisfies Known;

const task = (name: string, state: TaskView['state'], more: Partial<TaskView> = {}): TaskView => ({
  task: name,
  state,
  attempts: state === 'waiting' ? 0 : 1,
  startedAt: state === 'waiting' ? null : at(11, 30, 9, 0, 0),
  finishedAt: state === 'waiting' || state === 'running' ? null : at(11, 30, 9, 1, 0),
  progress: null,
  result: null,
  error: null,
  ...more,
});
const attempt = (more: Partial<TaskAttemptView>): TaskAttemptView => ({
  ...{ retry: 0, attempt: 1, state: 'succeeded', error: null, log: [], cut: 0 },
  ...{ startedAt: at(11, 30, 9, 1, 0), finishedAt: at(11, 30, 9, 2, 0) },
  ...more,
});
export const RUN: RunView = {
  id: 'run-1',
  pipeline: 'ecobalyse_extract',
  trigger: 'schedule',
  starts: [{ retry: 0, at: at(11, 30, 9), key: null, via: 'schedule' }],
  parameters: {},
  state: 'succeeded',
  reason: null,
  createdAt: at(11, 30, 9),
  finishedAt: at(11, 30, 9, 2, 5),
  retries: 0,
  tasks: [
    task('reference-data', 'succeeded', { result: { products: 11, materials: 0, odd: 5, version: 7 } }),
    task('simulations', 'succeeded', {
      attempts: 2,
      startedAt: at(11, 30, 9, 1, 0),
      finishedAt: at(11, 30, 9, 2, 0),
      result: { planned: 0, reason: 'cancelled by a user' },
      history: [
        attempt({
          ...{ state: 'failed', error: 'upstream is away', finishedAt: at(11, 30, 9, 1, 10) },
          log: [{ at: at(11, 30, 9, 1, 5), text: 'one' }],
        }),
        attempt({
          ...{ attempt: 2, startedAt: at(11, 30, 9, 1, 20), cut: 12 },
          log: [
            { at: at(11, 30, 9, 1, 30), text: 'two' },
            { at: null, text: 'three' },
          ],
        }),
      ],
    }),
    task('load', 'succeeded', { startedAt: at(11, 30, 9, 2, 0), finishedAt: at(11, 30, 9, 2, 5), result: {} }),
  ],
};
export const GOING_ON: RunView = {
  ...RUN,
  id: 'run-2',
  pipeline: 'ecobalyse_training',
  trigger: 'user',
  starts: [
    { retry: 0, at: at(11, 30, 11, 59, 0), key: 'launcher', via: 'command' },
    { retry: 2, at: at(11, 30, 11, 59, 28), key: 'anna', via: 'page' },
  ],
  parameters: { product: 'tshirt', limit: 3000, force: true, folds: 5 },
  state: 'running',
  createdAt: at(11, 30, 11, 59, 0),
  finishedAt: null,
  retries: 2,
  tasks: [
    task('add-products', 'succeeded', { startedAt: at(11, 30, 11, 59, 10), finishedAt: at(11, 30, 11, 59, 25) }),
    task('train', 'running', {
      ...{ startedAt: at(11, 30, 11, 59, 30), progress: { done: 30, planned: 1200 } },
      history: [
        attempt({
          retry: 1,
          state: 'cancelled',
          startedAt: at(11, 30, 11, 59, 26),
          finishedAt: at(11, 30, 11, 59, 27),
        }),
        attempt({ retry: 2, state: 'running', startedAt: at(11, 30, 11, 59, 30), finishedAt: null, cut: 1 }),
      ],
    }),
    task('clear-cache', 'waiting'),
  ],
};
export const FAILED: RunView = {
  ...RUN,
  id: 'run-3',
  pipeline: 'ecobalyse',
  trigger: 'else',
  starts: [],
  state: 'failed',
  reason: 'cancelled by a user',
  retries: 1,
  tasks: [task('statistics', 'failed', { error: 'no memory', finishedAt: null })],
};
const SKIPPED: RunView = {
  ...RUN,
  id: 'run-4',
  state: 'skipped',
  reason: 'the run before it still went on',
  tasks: [],
};
const pipeline = (
  name: string,
  schedule: string,
  runs: readonly RunView[],
  more: Partial<PipelineView> = {},
): PipelineView => ({
  name,
  description: 'in English',
  tasks: [],
  schedule,
  timeZone: 'Europe/Paris',
  paused: false,
  nextTick: at(12, 1, 3),
  runs: [...runs],
  ...more,
});
export const PIPELINES = {
  'GET /orchestrator/pipelines': [
    pipeline('ecobalyse_extract', '0 3 1 * *', [RUN, FAILED], { tasks: ['reference-data', 'simulations', 'load'] }),
    pipeline('ecobalyse_training', 'off', [GOING_ON], { nextTick: null, tasks: ['add-products', 'train'] }),
    pipeline('ecobalyse', '30 4 * * *', [FAILED], { paused: true }),
    pipeline('unheard', '15 * * * *', []),
  ],
  'GET /orchestrator/alerts': {
    webhook: true,
    incidents: [
      {
        ...{
          id: 'run_failed:ecobalyse',
          message: { en: 'The last run failed.', fr: 'La dernière exécution a échoué.' },
        },
        ...{ since: TIME, ended_at: null, told_at: TIME, error: null },
      },
      {
        ...{ id: 'upstream_away', message: { en: 'It was away.', fr: 'Elle était absente.' } },
        ...{ since: TIME, ended_at: TIME, told_at: null, error: 'it answered 500' },
      },
    ],
  },
  'GET /orchestrator/runs': [GOING_ON, RUN, FAILED, SKIPPED],
} satisfies Known;

const costs = (ecs: number, material: number) =>
  ({
    ...Object.fromEntries(COST_PARTS.map((part) => [part, 10])),
    ...{ ecs, material },
  }) as VersionChanges['items'][number]['before'];
export const VERSIONS = {
  'GET /versions': {
    reference: '8.5.0',
    versions: (
      [
        ['8.5.0', 120, 0],
        ['7.0.0', 3, 120],
        ['unknown', 2, 0],
      ] as const
    ).map(([version, documents, kept]) => ({
      ...{ version, documents, kept, is_regulatory: version === '7.0.0' },
      ...{ first_at: at(11, 1, 9), last_at: at(11, 2, 9), update_from: null, apply_by: null },
      ...(version === '8.5.0' && { update_from: at(12, 2, 9), apply_by: at(12, 1, 9) }),
    })),
  },
  'GET /versions/changes': {
    products: [
      {
        from: '7.0.0',
        to: '8.5.0',
        product_id: 'jean',
        count: 120,
        before: costs(2000, 800),
        after: costs(2500, 1200),
      },
    ],
    ...{ total: 1, offset: 0, limit: 25 },
    items: [
      {
        ...{ md5_id: TSHIRT.md5_id as string, product_id: 'tshirt', from: '7.0.0', to: '8.5.0', at: at(11, 2, 9) },
        ...{ product: null, reference: null },
        ...{ before: costs(1000, 300), after: costs(1300, 450) },
      },
    ],
  },
} satisfies Known;

export const SIMULATION = {
  ecs: 1200,
  pef: 950,
  method_version: '7.0.0',
  mass: 0.17,
  product_id: 'tshirt',
  durability: 0.67,
  days_of_wear: 30,
  stages: [
    { stage: 'material', label: 'Matières', ecs: 700, share: 0.58 },
    { stage: 'use', label: 'Utilisation', ecs: 500, share: 0.42 },
  ],
  impacts: {},
  md5_id: 'cccc0000000000000000000000000001',
  warnings: [{ id: 'price_unusual', severity: 'note', field: 'price', message: '900 €: usually less' }],
  exists: false,
} as never as Answer<'POST /simulate'>;
export const PREDICTION = {
  prediction_impact: 1150,
  interval: { low: 1100, high: 1200, level: 0.9 },
  model: { family: 'ridge', version: 1, trainedAt: TIME },
  warnings: [
    { code: 'missing-field', field: 'Price' },
    { code: 'unknown-field', field: 'Odd' },
  ],
} as never as Answer<'POST /predict'>;

/** The document of {@link TSHIRT}, as far as the dashboard reads it. */
export const DOCUMENT = {
  inputs: {
    product: { id: 'tshirt', name: 'T-shirt / Polo', fabric: 'knitting-mix' },
    mass: 0.17,
    materials: [
      { material: { id: 'ei-coton', name: 'Coton' }, share: 0.6, country: 'CN' },
      { material: { id: 'ei-pet', name: 'Polyester' }, share: 0.4, country: null },
    ],
    countryFabric: { code: 'IN' },
    countryDyeing: { code: 'TR' },
    countryMaking: { code: 'MA' },
    airTransportRatio: 0.25,
    price: 25.5,
    numberOfReferences: 12000,
    business: 'small-business',
  },
} as never as Answer<'GET /product/by-id/{md5_id}'>;

export const job = (status: ProductJobView['status'], more: Partial<ProductJobView> = {}): ProductJobView => ({
  id: 'job-1',
  status,
  file: { name: 'garments.csv', format: 'csv', bytes: 100 },
  planned: 2000,
  done: 1500,
  added: 1400,
  changed: 0,
  existing: 60,
  refused: 30,
  failed: 10,
  unread_columns: [],
  created_at: TIME,
  started_at: null,
  ended_at: null,
  created_by: null,
  catalogue: null,
  error: null,
  ...more,
});

const CATALOGUE_ID = '5d0a9f3c-1e0b-4c7e-9f6e-2a1b3c4d5e6f';
const catalogue = (id: string, name: string, products: number, more: Partial<CatalogueView> = {}): CatalogueView => ({
  id,
  name,
  built_in: false,
  products,
  created_at: TIME,
  created_by: 'shop',
  owner: 'shop',
  deleted_at: null,
  ...more,
});
export const CATALOGUE = catalogue(CATALOGUE_ID, 'Spring', 60);
const ofPlatform = { built_in: true, created_at: null, created_by: null, owner: null };
export const CATALOGUE_LIST = [
  catalogue('reference-grid', 'Reference grid', 7106, ofPlatform),
  catalogue('api', 'Products added without a catalogue', 2, ofPlatform),
  CATALOGUE,
  catalogue('autumn', 'Autumn', 1, { created_by: null, owner: null }),
];
export const BIN = [catalogue('winter', 'Winter', 12, { deleted_at: TIME })];

/** What a rule says of a product. */
export const warning = (message: string, severity: Warning['severity'] = 'doubtful'): Warning => ({
  ...{ id: 'mass-range', severity, field: 'mass', message },
});

const { md5_id, ...KNOWN } = TSHIRT;
export const OWN_PRODUCT: CatalogueProductView = {
  ...KNOWN,
  id: 'own-1',
  catalogue: CATALOGUE_ID,
  reference: 'TS-1',
  name: 'Crew neck',
  brand: 'Atelier',
  gtins: ['3760001000016', '96385074'],
  collection: null,
  season: 'SS27',
  tags: ['basic', 'new'],
  link: 'https://example.org/ts-1',
  md5_id: md5_id as string,
  query: { product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], price: 25.5, fading: true },
  method_version: '7.0.0',
  percentile: 68.4,
  warnings: [],
  updated_at: TIME,
  change: 'change-1',
};
/** Grams typed for kilograms. */
export const DOUBTFUL: CatalogueProductView = {
  ...OWN_PRODUCT,
  id: 'dddd',
  mass: 170,
  ecs: 900_000,
  state: 'to-check',
  warnings: [
    { id: 'mass_out_of_range', severity: 'doubtful', field: 'mass', message: '170 kg: it looks like grams' },
    { id: 'price_unusual', severity: 'note', field: 'price', message: '900 €: usually less' },
  ],
};
export const OTHER_PRODUCT: CatalogueProductView = {
  ...OWN_PRODUCT,
  method_version: '8.5.0',
  id: 'own-2',
  reference: 'TS-2',
  name: null,
  product_id: 'manteau',
  mass: null,
  ecs: null,
  percentile: null,
  gtins: [],
};

const change = (id: string, kind: CatalogueChangeView['kind'], more: Partial<CatalogueChangeView> = {}) => ({
  ...{ id, kind, at: TIME, by: 'shop', file: null, job: null, products: 1, undone_by: null },
  ...more,
});
const CHANGES: CatalogueChangeView[] = [
  change('change-3', 'undo', { by: null }),
  change('change-2', 'delete', { products: 3, undone_by: 'change-3' }),
  change('change-1', 'upload', { file: 'spring.xlsx', job: 'change-1', products: 44 }),
];
const { id: _id, catalogue: _catalogue, updated_at: _at, change: _change, percentile: _rank, ...VERSION } = OWN_PRODUCT;
const entry = (of: CatalogueChangeView, more: Partial<ProductHistory['items'][number]>) => {
  const { id, products: _products, ...facts } = of;
  return { ...facts, change: id, line: null, fields: [], before: VERSION, after: VERSION, ...more };
};
const BEFORE = {
  ...VERSION,
  name: null,
  ecs: 900,
  tags: [],
  materials: VERSION.materials.slice(0, 1),
  query: { ...VERSION.query, mass: 0.15, price: 20, fading: null, product: 'manteau', countryMaking: 'FR' },
};
export const HISTORY: ProductHistory['items'] = [
  entry(change('change-5', 'delete'), { after: null }),
  entry(change('change-4', 'change', { undone_by: 'change-6' }), {
    before: BEFORE,
    fields: ['name', 'tags', 'mass', 'materials', 'price', 'fading', 'product', 'countryMaking'],
  }),
  entry(change('change-1', 'upload', { file: 'spring.xlsx' }), { line: 1234, before: null }),
];
export const CATALOGUES = {
  'GET /catalogues': ({ query }: { query: URLSearchParams }) =>
    pageOf(query.get('deleted') === 'true' ? BIN : CATALOGUE_LIST),
  [`GET /catalogues/${CATALOGUE_ID}`]: CATALOGUE,
  [`GET /catalogues/${CATALOGUE_ID}/products`]: pageOf([OWN_PRODUCT, OTHER_PRODUCT], 60),
  [`GET /catalogues/${CATALOGUE_ID}/products/own-1`]: {
    ...OWN_PRODUCT,
    notes: [{ code: 'gtin_repeated', gtin: '96385074', catalogue: 'autumn', product: 'other-1', reference: 'B-7' }],
    simulation: DOCUMENT,
  },
  [`GET /catalogues/${CATALOGUE_ID}/products/own-1/explanation`]: EXPLANATION,
  [`GET /catalogues/${CATALOGUE_ID}/products/own-1/history`]: pageOf(HISTORY, 30),
  [`GET /catalogues/${CATALOGUE_ID}/changes`]: pageOf(CHANGES),
};

const column = (number: number, header: string, field: string | null, more: Partial<FileInspection['columns'][0]>) => ({
  ...{ column: number, header, field, how: 'label' as const, examples: [], unknown_values: [] },
  ...more,
});
const ORGANIC = { id: 'ei-coton-organic', name: 'Organic cotton' };
/** A file of three products, two columns of which are not understood, and one word. */
export const INSPECTION: FileInspection = {
  format: 'csv',
  encoding: 'windows-1252',
  separator: ';',
  sheet: null,
  header_line: 2,
  columns: [
    column(1, 'Modèle', 'product', { how: 'mapping', examples: ['Jupe', 'Jean'] }),
    column(2, 'Poids', 'mass', { examples: ['170 g'] }),
    column(3, 'Couleur', null, { how: 'unknown', examples: ['bleu'], problem: 'not understood' }),
    column(4, 'Couleur', null, { how: 'unknown', problem: 'not understood' }),
    column(5, 'Matière 1', 'material1', {
      unknown_values: [{ value: 'Coton GOTS', named: 'material', rows: 2, near: [ORGANIC] }],
    }),
    column(6, '', null, { how: 'nameless', examples: ['x'] }),
    column(7, '', null, { how: 'nameless' }),
  ],
  unmapped: ['Couleur', 'Couleur'],
  missing: [],
  fields: [
    { id: 'product', name: 'Category' },
    { id: 'mass', name: 'Mass' },
    { id: 'brand', name: 'Brand' },
    { id: 'material1', name: 'Material 1' },
  ],
  choices: { material: [{ id: 'ei-coton', name: 'Cotton' }, { id: 'ei-lin', name: 'Linen' }, ORGANIC] },
  rows: 3,
  is_complete: true,
  refused: 2,
  checked: 3,
  faults: [
    { line: 4, column: 5, header: 'Matière 1', value: 'Coton GOTS', message: 'no such name' },
    { line: 5, column: null, header: null, value: null, message: 'too many cells' },
  ],
  preview: [
    {
      ...{ reference: 'R-1', name: 'Basic', product: 'tshirt', mass: 0.17, countryMaking: 'FR' },
      materials: [{ id: 'ei-coton', share: 0.95 }, { id: 'elasthane' }],
    },
    { reference: 12, product: 'jean', mass: 'heavy', materials: 'none' },
    'no product',
  ],
};

const row = (line: number, more: Partial<JobProducts['items'][number]>): JobProducts['items'][number] => ({
  ...{ line, index: line - 2, status: 'added', reference: null, name: null, product: null, md5_id: null },
  ...{ product_id: 'tshirt', mass: 0.17, ecs: 900, ecs_per_100g: null, percentile: null, main_cause: null },
  ...{ warnings: [], detail: null },
  ...more,
});
export const RESULTS: JobProducts = pageOf(
  [
    row(2, {
      ...{ reference: 'R-1', name: 'Basic', md5_id: 'cccc', ecs: 1000, ecs_per_100g: 588.2, percentile: 68.4 },
      main_cause: 'Raw materials (60 %)',
    }),
    row(3, { md5_id: 'dddd' }),
  ],
  60,
);

const judged = (row: number, more: Partial<DeclarationReport['rows'][number]>): DeclarationReport['rows'][number] => ({
  ...{ row, reference: `T-${row}`, verdict: 'accepted', errors: [], ecs: null, misread: [], scores: null },
  ...more,
});
/** What the portal will decide about four rows, each for another reason. */
export const REPORT: DeclarationReport = {
  file: 'read',
  warnings: ['a header is misread'],
  rows: [
    judged(1, { scores: { as_portal: { ecs: 1000 }, as_given: { ecs: 1000 }, difference: 0, assumed: {} } }),
    judged(2, {
      misread: [{ column: 'Prix', text: '5-6', read_as: 56, meant: null }],
      scores: { as_portal: { ecs: 1200 }, as_given: { refusedField: 'price' }, difference: null, assumed: {} },
    }),
    judged(3, {
      reference: '',
      verdict: 'refused',
      errors: [
        { stage: 'validation', path: ['mass'], reason: 'mass_below_minimum', repair: 'write a mass in kg' },
        { stage: 'gtins', path: ['gtins', 0], reason: 'gtin_missing', repair: 'add a barcode' },
      ],
    }),
    judged(4, { verdict: 'blocked' }),
  ],
};

const NEVER = {
  ...{ created_at: null, expires_at: null, revoked_at: null, last_used_at: null, requests_30_days: 0 },
  ...{ requests_per_minute: null, products_per_day: null, products_today: 0 },
};
const KEY_LIST: readonly KeyView[] = [
  { name: 'API_KEY', role: 'admin', source: 'settings', state: 'in-force', ...NEVER },
  {
    ...{ name: 'erp', role: 'writer', source: 'database', state: 'in-force', ...NEVER },
    ...{ created_at: at(1, 1, 8), expires_at: at(12, 31, 8) },
    ...{ last_used_at: at(1, 2, 8), requests_30_days: 1234 },
    ...{ requests_per_minute: 600, products_per_day: 10_000, products_today: 1250 },
  },
  {
    name: 'old',
    role: 'reader',
    source: 'database',
    state: 'revoked',
    ...NEVER,
    revoked_at: at(1, 1, 8),
  },
];
const AUDIT: readonly AuditLine[] = [
  {
    ...{ at: at(1, 2, 8), key: 'erp', role: 'writer', address: '10.0.0.7', method: 'DELETE' },
    ...{ route: '/catalogues/:id', subject: 'spring', status: 200, request_id: 'r-2' },
  },
  {
    ...{ at: at(1, 1, 8), key: null, role: null, address: '10.0.0.8', method: 'POST' },
    ...{ route: '/product', subject: null, status: 403, request_id: 'r-1' },
  },
];
/** Keys, their use, and what was done with them. */
const stay = (...reasons: { reason: KeptReason; count: number }[]) => ({
  count: reasons.reduce((sum, { count }) => sum + count, 0),
  reasons,
});
export const RETENTION = {
  'GET /retention/preview': [
    {
      kind: 'runs',
      policy: { days: 30, newest: 50, most: null },
      goes: { count: 1234, oldest: at(1, 2, 8), newest: at(10, 2, 8), bytes: null },
      stays: stay({ reason: 'open', count: 1 }, { reason: 'newest', count: 50 }, { reason: 'succeeded', count: 2 }),
    },
    {
      kind: 'jobs',
      policy: { days: 7, newest: 0, most: 200 },
      goes: { count: 0, oldest: null, newest: null, bytes: null },
      stays: stay({ reason: 'recent', count: 12 }),
    },
    {
      kind: 'models',
      policy: { days: 90, newest: 10, most: null },
      goes: { count: 3, oldest: at(1, 2, 8), newest: at(2, 2, 8), bytes: 12_000_000 },
      stays: stay({ reason: 'newest', count: 10 }, { reason: 'serving', count: 1 }),
    },
    {
      kind: 'versions',
      policy: { days: null, newest: 0, most: null },
      goes: { count: 0, oldest: null, newest: null, bytes: null },
      stays: stay({ reason: 'recent', count: 7106 }),
    },
  ],
} satisfies Known;
export const KEYS = {
  'GET /me/usage': {
    ...{ name: 'tester', role: 'admin', limit_per_minute: 600, requests: 30, refused: 2 },
    ...{ products_per_day: 2000, products_today: 12, products: 15 },
    last_used_at: at(1, 2, 8),
    days: [
      { day: '2026-01-01', requests: 10, refused: 0, products: 3 },
      { day: '2026-01-02', requests: 20, refused: 2, products: 12 },
    ],
  } satisfies KeyUsage,
  'GET /keys': pageOf(KEY_LIST),
  'GET /audit': pageOf(AUDIT, 60),
};

/** With more questions than the form shows. */
export const ESTIMATE: Answer<'POST /estimate'> = {
  ecs: { min: 400, p5: 500, median: 1000, mean: 1100, p95: 2000, max: 3000, standard_error: 1 },
  ask: Array.from({ length: 9 }, (_, at) => ({
    field: `field-${at}`,
    words: { en: `Ask ${at}`, fr: `Demandez ${at}` },
  })),
  declaration: { published: 1771.4, declarable: 878.7, facts: {}, needs: [] },
} as never;
