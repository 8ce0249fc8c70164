import { type Fields, fieldsOf, textOf } from '@ecobalyse/product-documents';
import { endsOf, type ImpactCode, type ImpactGrouping, quartilesOf } from '@ecobalyse/schema';
import type { Document, Filter } from 'mongodb';
import type { Store } from './connection.js';
import { coveringQuery, type ImpactFilter, impactQuery } from './impact-filter.js';
import { boundsOf, type SearchBounds } from './search-bounds.js';

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
  /** Without the few values that lie so far off that all others would fall into one bin (`endsOf`). */
  bins: HistogramBin[];
  /** Values below the first bin and above the last. */
  below: number;
  above: number;
}

/** Distribution of sorted values over bins of one width; a single bin when all are equal. */
export function distributionOf(sorted: Float64Array, binCount: number): ImpactDistribution {
  const count = sorted.length;
  if (count === 0) return { count, min: null, max: null, mean: null, quartiles: null, bins: [], below: 0, above: 0 };
  const at = (index: number) => sorted[index] as number;
  const [from, to] = endsOf(sorted);
  const width = (to - from) / binCount;
  const bins: HistogramBin[] =
    from === to
      ? [{ from, to, count: 0 }]
      : Array.from({ length: binCount }, (_, index) => ({
          from: from + index * width,
          to: index === binCount - 1 ? to : from + (index + 1) * width,
          count: 0,
        }));
  let [sum, below, above, current] = [0, 0, 0, 0];
  for (const value of sorted) {
    sum += value;
    if (value < from) below += 1;
    if (value > to) above += 1;
    if (value < from || value > to) continue;
    // Compared with the bounds as they are shown, so that a bin holds what it says.
    while (current < bins.length - 1 && value >= (bins[current] as HistogramBin).to) current += 1;
    (bins[current] as HistogramBin).count += 1;
  }
  return {
    count,
    min: at(0),
    max: at(count - 1),
    mean: sum / count,
    quartiles: quartilesOf(sorted),
    bins,
    below,
    above,
  };
}

/** The documents that a filter finds and that cover an impact, without those to check unless they are asked for. */
function covering(filter: ImpactFilter, code: ImpactCode): Filter<Document> {
  const covered = coveringQuery(code);
  const found = impactQuery({ ...filter, state: filter.state ?? 'counted' });
  return covered ? { $and: [found, covered] } : found;
}

/** Distribution of an impact over the documents that a filter finds and that cover it. */
export async function impactDistribution(
  store: Store,
  filter: ImpactFilter,
  code: ImpactCode,
  binCount: number,
  bounds: SearchBounds = {},
): Promise<ImpactDistribution> {
  // One pass, since what costs is reading the documents: quartiles that are elements of the data need all values in order, with
  // which the bins come by themselves. Gathered by product type, so that no group outgrows a document.
  const groups = await store
    .collection('impacts')
    .aggregate<{ values: unknown[] }>(
      [{ $match: covering(filter, code) }, { $group: { _id: '$product_id', values: { $push: `$impacts.${code}` } } }],
      boundsOf(bounds),
    )
    .toArray();
  const isFigure = (value: unknown): value is number => Number.isFinite(value);
  const values = groups.flatMap(({ values: gathered }) => gathered.filter(isFigure));
  return distributionOf(Float64Array.from(values).sort(), binCount);
}

interface Member {
  key: string | null;
  name: string | null;
}

/** What the database groups by, and which of our groups each of its results belongs to. */
interface Grouping {
  /** An expression. */
  id: unknown;
  /** Path of the name that goes with it. */
  name?: string;
  membersOf?(id: Fields): Member[];
}

/** A country by its code, and by its name where the document has one. */
const byCountry = (field: string): Grouping => ({ id: `$inputs.${field}.code`, name: `$inputs.${field}.name` });

const GROUPINGS: Readonly<Record<ImpactGrouping, Grouping>> = {
  product: { id: '$product_id', name: '$inputs.product.name' },
  country_spinning: { id: '$_platform.query.countrySpinning' },
  country_fabric: byCountry('countryFabric'),
  country_dyeing: byCountry('countryDyeing'),
  country_making: byCountry('countryMaking'),
  // Mixes, which are fewer than documents: taken apart here, each material of a document counts once.
  material: {
    id: { ids: '$inputs.materials.material.id', names: '$inputs.materials.material.name' },
    membersOf({ ids, names }) {
      const keys: unknown[] = Array.isArray(ids) ? ids : [];
      // A material without a name is left out of the list of names.
      const labels: unknown[] = Array.isArray(names) && names.length === keys.length ? names : [];
      const members = new Map(keys.map((id, index) => [textOf(id), textOf(labels[index])]));
      return [...members].map(([key, name]) => ({ key, name }));
    },
  },
  process: {
    id: { asked: '$inputs.fabricProcess', usual: '$inputs.product.fabric' },
    membersOf: ({ asked, usual }) => [{ key: textOf(asked) ?? textOf(usual), name: null }],
  },
  scenario: { id: '$_platform.scenario' },
};

/** The widest range of figures: what is infinite, no number, or no value at all lies outside, in the database's order. */
const [LEAST, GREATEST] = [-Number.MAX_VALUE, Number.MAX_VALUE];

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

/** What the database answers for a group. */
interface GroupDocument {
  _id: { of?: unknown; isFigure: boolean };
  name: unknown;
  count: number;
  sum: number;
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
  const { id, name, membersOf }: Grouping = GROUPINGS[by];
  const value = `$impacts.${impact}`;
  const found = store.collection('impacts').aggregate<GroupDocument>(
    [
      { $match: covering(filter, impact) },
      {
        $group: {
          // By an expression, not by the filter: that would have the server walk an index over all documents.
          _id: { of: id, isFigure: { $and: [{ $gte: [value, LEAST] }, { $lte: [value, GREATEST] }] } },
          name: { $max: name ?? null },
          count: { $sum: 1 },
          sum: { $sum: value },
          min: { $min: value },
          max: { $max: value },
        },
      },
    ],
    boundsOf(bounds),
  );
  const groups = new Map<string | null, Omit<GroupDocument, '_id'> & Member>();
  for await (const { _id, ...figures } of found) {
    if (!_id.isFigure) continue;
    const members = membersOf?.(fieldsOf(_id.of)) ?? [{ key: textOf(_id.of), name: textOf(figures.name) }];
    for (const { key, name: label } of members) {
      const group = groups.get(key);
      if (!group) groups.set(key, { ...figures, key, name: label });
      else {
        group.name ??= label;
        group.count += figures.count;
        group.sum += figures.sum;
        group.min = Math.min(group.min, figures.min);
        group.max = Math.max(group.max, figures.max);
      }
    }
  }
  return [...groups.values()]
    .map(({ key, name: label, count, sum, min, max }) => ({ key, name: label, count, mean: sum / count, min, max }))
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
  /** Doubtful documents that nobody has confirmed. */
  toCheck: number;
}

/** Sums up all documents. */
export async function summarizeImpacts(store: Store, bounds: SearchBounds = {}): Promise<ImpactsSummary> {
  const impacts = store.collection('impacts');
  const edge = async (direction: 1 | -1): Promise<string | null> => {
    const found = await impacts
      .find(
        { '_platform.createdAt': { $gt: '' } },
        { projection: { _id: 0, '_platform.createdAt': 1 }, ...boundsOf(bounds) },
      )
      .sort({ '_platform.createdAt': direction, md5_id: direction })
      .limit(1)
      .next();
    return textOf(fieldsOf(found?._platform).createdAt);
  };
  // One pass: counting and listing each field by itself would have the server read everything over and over.
  const kinds = impacts.aggregate<{ _id: Fields; count: number }>(
    [
      {
        $group: {
          _id: {
            product: '$product_id',
            version: '$_platform.methodVersion',
            source: '$_platform.source',
            state: '$_platform.state',
          },
          count: { $sum: 1 },
        },
      },
    ],
    boundsOf(bounds),
  );
  const [firstAt, lastAt, found] = await Promise.all([edge(1), edge(-1), kinds.toArray()]);
  const sources = new Map<string, number>();
  for (const { _id, count } of found) {
    const source = textOf(_id.source);
    if (source) sources.set(source, (sources.get(source) ?? 0) + count);
  }
  const distinct = (field: string) => new Set(found.flatMap(({ _id }) => textOf(_id[field]) ?? []));
  return {
    documents: found.reduce((sum, { count }) => sum + count, 0),
    products: distinct('product').size,
    firstAt,
    lastAt,
    methodVersions: [...distinct('version')].sort(),
    sources: Object.fromEntries([...sources].sort()),
    toCheck: found.reduce((sum, { _id, count }) => sum + (_id.state === 'to-check' ? count : 0), 0),
  };
}
