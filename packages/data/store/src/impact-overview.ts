import type { ImpactCode, ImpactGrouping } from '@ecobalyse/schema';
import type { Document } from 'mongodb';
import type { Store } from './connection.js';
import { coveringQuery, type ImpactFilter, impactQuery } from './impact-filter.js';
import { boundsOf, type SearchBounds } from './search-bounds.js';

/** Small documents: a large batch saves round trips. */
const BATCH = 10_000;

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/**
 * The documents that a filter finds, projected. What is made of them is worked out here rather than by a pipeline: not every
 * MongoDB-compatible server has the accumulators, and quartiles are not among MongoDB's own before version 7.
 */
function projected(
  store: Store,
  query: Document,
  fields: readonly string[],
  bounds: SearchBounds,
): AsyncIterable<Fields> {
  return store.db.collection('impacts').find(query, {
    projection: Object.fromEntries([['_id', 0], ...fields.map((field) => [field, 1])]),
    batchSize: BATCH,
    ...boundsOf(bounds),
  });
}

/** How many values lie in `[from, to[`; the last bin holds the greatest value too. */
export interface HistogramBin {
  from: number;
  to: number;
  count: number;
}

export interface ImpactDistribution {
  count: number;
  /** Null, as what follows, when nothing was found. */
  min: number | null;
  max: number | null;
  mean: number | null;
  /** Q1, median, Q3: elements of the data, the smallest whose rank is at least ceil(p n) (CONTRACT, "Collections"). */
  quartiles: [number, number, number] | null;
  bins: HistogramBin[];
}

/** Distribution of sorted values over bins of one width; a single bin when all are equal. */
export function distributionOf(sorted: Float64Array, binCount: number): ImpactDistribution {
  const count = sorted.length;
  if (count === 0) return { count, min: null, max: null, mean: null, quartiles: null, bins: [] };
  const at = (index: number) => sorted[index] as number;
  const [min, max] = [at(0), at(count - 1)];
  const quantile = (p: number) => at(Math.ceil(p * count) - 1);
  const width = (max - min) / binCount;
  const bins: HistogramBin[] =
    min === max
      ? [{ from: min, to: max, count: 0 }]
      : Array.from({ length: binCount }, (_, index) => ({
          from: min + index * width,
          to: index === binCount - 1 ? max : min + (index + 1) * width,
          count: 0,
        }));
  let sum = 0;
  let current = 0;
  for (const value of sorted) {
    sum += value;
    // Compared with the bounds as they are shown, so that a bin holds what it says.
    while (current < bins.length - 1 && value >= (bins[current] as HistogramBin).to) current += 1;
    (bins[current] as HistogramBin).count += 1;
  }
  return { count, min, max, mean: sum / count, quartiles: [quantile(0.25), quantile(0.5), quantile(0.75)], bins };
}

/** The documents that a filter finds and that cover an impact. */
function covering(filter: ImpactFilter, code: ImpactCode): Document {
  const covered = coveringQuery(code);
  return covered ? { $and: [impactQuery(filter), covered] } : impactQuery(filter);
}

/** Distribution of an impact over the documents that a filter finds and that cover it. */
export async function impactDistribution(
  store: Store,
  filter: ImpactFilter,
  code: ImpactCode,
  binCount: number,
  bounds: SearchBounds = {},
): Promise<ImpactDistribution> {
  const values: number[] = [];
  for await (const { impacts } of projected(store, covering(filter, code), [`impacts.${code}`], bounds)) {
    const value = fieldsOf(impacts)[code];
    if (isNumber(value)) values.push(value);
  }
  return distributionOf(Float64Array.from(values).sort(), binCount);
}

interface Member {
  key: string | null;
  name: string | null;
}

interface Grouping {
  fields: readonly string[];
  membersOf(document: Fields): Member[];
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** A country by its code, and by its name where the document has one. */
const byCountry = (field: string): Grouping => ({
  fields: [`inputs.${field}.code`, `inputs.${field}.name`],
  membersOf({ inputs }) {
    const { code, name } = fieldsOf(fieldsOf(inputs)[field]);
    return [{ key: text(code), name: text(name) }];
  },
});

const GROUPINGS: Readonly<Record<ImpactGrouping, Grouping>> = {
  product: {
    fields: ['product_id', 'inputs.product.name'],
    membersOf: ({ product_id, inputs }) => [
      { key: text(product_id), name: text(fieldsOf(fieldsOf(inputs).product).name) },
    ],
  },
  country_spinning: {
    fields: ['_platform.query.countrySpinning'],
    membersOf: ({ _platform }) => [{ key: text(fieldsOf(fieldsOf(_platform).query).countrySpinning), name: null }],
  },
  country_fabric: byCountry('countryFabric'),
  country_dyeing: byCountry('countryDyeing'),
  country_making: byCountry('countryMaking'),
  material: {
    fields: ['inputs.materials.material.id', 'inputs.materials.material.name'],
    membersOf({ inputs }) {
      const { materials } = fieldsOf(inputs);
      const members = new Map<string | null, Member>();
      for (const entry of Array.isArray(materials) ? materials : []) {
        const { id, name } = fieldsOf(fieldsOf(entry).material);
        members.set(text(id), { key: text(id), name: text(name) });
      }
      return [...members.values()];
    },
  },
  process: {
    fields: ['inputs.fabricProcess', 'inputs.product.fabric'],
    membersOf({ inputs }) {
      const { fabricProcess, product } = fieldsOf(inputs);
      return [{ key: text(fabricProcess) ?? text(fieldsOf(product).fabric), name: null }];
    },
  },
  scenario: {
    fields: ['_platform.scenario'],
    membersOf: ({ _platform }) => [{ key: text(fieldsOf(_platform).scenario), name: null }],
  },
};

/** Documents of a group, and what they have of an impact. */
export interface ImpactGroup {
  /** Null for documents that do not have the field. */
  key: string | null;
  /** Null where documents hold only the key. */
  name: string | null;
  count: number;
  mean: number;
  min: number;
  max: number;
}

/**
 * The documents that a filter finds and that cover an impact, grouped, with the greatest mean first. A document with several
 * materials counts in the group of each.
 */
export async function groupImpacts(
  store: Store,
  filter: ImpactFilter,
  by: ImpactGrouping,
  impact: ImpactCode = 'ecs',
  bounds: SearchBounds = {},
): Promise<ImpactGroup[]> {
  const { fields, membersOf } = GROUPINGS[by];
  const groups = new Map<
    string | null,
    { name: string | null; count: number; sum: number; min: number; max: number }
  >();
  for await (const document of projected(store, covering(filter, impact), [`impacts.${impact}`, ...fields], bounds)) {
    const value = fieldsOf(document.impacts)[impact];
    if (!isNumber(value)) continue;
    for (const { key, name } of membersOf(document)) {
      const group = groups.get(key);
      if (!group) groups.set(key, { name, count: 1, sum: value, min: value, max: value });
      else {
        group.name ??= name;
        group.count += 1;
        group.sum += value;
        group.min = Math.min(group.min, value);
        group.max = Math.max(group.max, value);
      }
    }
  }
  return [...groups]
    .map(([key, { name, count, sum, min, max }]) => ({ key, name, count, mean: sum / count, min, max }))
    .sort((a, b) => b.mean - a.mean || String(a.key).localeCompare(String(b.key)));
}

/** What the collection holds. */
export interface ImpactsSummary {
  documents: number;
  products: number;
  /** When the oldest and the newest document were added; null when there is none. */
  firstAt: string | null;
  lastAt: string | null;
  methodVersions: string[];
  /** Documents by where they come from. */
  sources: Record<string, number>;
}

/** Sums up all documents. */
export async function summarizeImpacts(store: Store, bounds: SearchBounds = {}): Promise<ImpactsSummary> {
  const impacts = store.db.collection('impacts');
  const edge = async (direction: 1 | -1): Promise<string | null> => {
    const found = await impacts
      .find(
        { '_platform.createdAt': { $gt: '' } },
        { projection: { _id: 0, '_platform.createdAt': 1 }, ...boundsOf(bounds) },
      )
      .sort({ '_platform.createdAt': direction, md5_id: direction })
      .limit(1)
      .next();
    return text(fieldsOf(found?._platform).createdAt);
  };
  const products = new Set<string>();
  const methodVersions = new Set<string>();
  const sources = new Map<string, number>();
  let documents = 0;
  // One pass: counting and listing each field by itself would have the server read everything over and over.
  const count = async () => {
    const fields = ['product_id', '_platform.methodVersion', '_platform.source'];
    for await (const { product_id, _platform } of projected(store, {}, fields, bounds)) {
      const { methodVersion, source } = fieldsOf(_platform);
      documents += 1;
      if (text(product_id)) products.add(product_id as string);
      if (text(methodVersion)) methodVersions.add(methodVersion as string);
      if (text(source)) sources.set(source as string, (sources.get(source as string) ?? 0) + 1);
    }
  };
  const [firstAt, lastAt] = await Promise.all([edge(1), edge(-1), count()]);
  return {
    documents,
    products: products.size,
    firstAt,
    lastAt,
    methodVersions: [...methodVersions].sort(),
    sources: Object.fromEntries([...sources].sort()),
  };
}
