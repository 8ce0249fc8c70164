import { percentileOf } from '@ecobalyse/product-files';
import { type CostUnit, groupBy, type PlacedProduct, type Standing, type Words } from '@ecobalyse/schema';
import { quantileOf, sorted } from './describe.js';
import { costOf, type Garment, whichOf } from './garments.js';
import portal from './portal-medians.json' with { type: 'json' };
import { type Kind, kindOf, reasonOf } from './reasons.js';
import { productName, sentence } from './words.js';

/** What products are compared with: costs by type, or only their medians. */
export interface Against {
  readonly name: Words;
  /** Null where medians alone are known. */
  readonly garments: readonly Garment[] | null;
  readonly median: (product: string, per: CostUnit) => number | null;
}

const MEDIANS: Readonly<Record<string, number | undefined>> = portal.medians;
/** Where the medians of the portal are from. */
export const PORTAL_SOURCE: string = portal.source;

/** The medians that the declaration portal publishes, in Pts per 100 g. */
export const PORTAL_MEDIANS: Against = {
  name: { en: 'Declaration portal', fr: 'Portail de déclaration' },
  garments: null,
  median: (product, per) => (per === '100g' ? (MEDIANS[product] ?? null) : null),
};

const medianOf = (values: Iterable<number>): number => quantileOf(sorted(values), 0.5);
const medianOrNull = (values: readonly number[]): number | null => (values.length === 0 ? null : medianOf(values));

/** The products of a catalogue as what others are compared with. */
export function againstGarments(name: Words, garments: readonly Garment[]): Against {
  const byType = groupBy(garments, ({ product_id }) => product_id);
  return {
    name,
    garments,
    median(product, per) {
      const own = byType.get(product);
      return own ? medianOf(own.map((garment) => costOf(garment, per))) : null;
    },
  };
}

const BESIDE: Words = { en: '“{product}” in “{name}”', fr: '« {product} » dans « {name} »' };

type StandingFigures = Omit<Standing['catalogues'][number], 'id' | 'name' | 'method_version' | 'products' | 'left_out'>;

/**
 * Where the products of a catalogue stand beside others: each among those of its type, the best and the worst by how many
 * times the median of their type they cost.
 *
 * @param asked ids of products that are told whatever their place.
 */
export function standing(
  garments: readonly Garment[],
  against: Against,
  per: CostUnit,
  limit: number,
  asked: readonly string[],
): StandingFigures {
  const others = groupBy(against.garments ?? [], ({ product_id }) => product_id);
  const types = [...groupBy(garments, ({ product_id }) => product_id)].flatMap(([product, own]) => {
    const median = against.median(product, per);
    if (median === null) return [];
    const there = others.get(product) ?? null;
    const costs = there && sorted(there.map((garment) => costOf(garment, per)));
    let kind: Kind | undefined;
    const beside = sentence(BESIDE, { product: productName(product), name: against.name });
    const members = own.map((garment) => {
      const cost = costOf(garment, per);
      return {
        garment,
        cost,
        percentile: costs && percentileOf(costs, cost),
        ratio: cost / median,
        reason() {
          // Of published medians only the cost is known: what is usual is then that of the catalogue itself.
          kind ??= kindOf(there ?? own, per);
          return reasonOf(garment, kind, beside, median);
        },
      };
    });
    return [{ product, median, costs, members }];
  });
  const placed = types.flatMap(({ members }) => members);
  const cheaper = (members: typeof placed) => members.filter(({ ratio }) => ratio < 1).length / members.length;
  const ordered = [...placed].sort((a, b) => a.ratio - b.ratio || (a.garment.id < b.garment.id ? -1 : 1));
  const told = ({ garment, cost, percentile, ratio, reason }: (typeof placed)[number]): PlacedProduct => ({
    ...whichOf(garment),
    cost,
    percentile,
    ratio,
    ...reason(),
  });
  return {
    placed: placed.length,
    percentile: medianOrNull(placed.flatMap(({ percentile }) => percentile ?? [])),
    ratio: medianOrNull(placed.map(({ ratio }) => ratio)),
    cheaper: placed.length === 0 ? null : cheaper(placed),
    types: types
      .map(({ product, median, costs, members }) => {
        const own = medianOf(members.map(({ cost }) => cost));
        return {
          product_id: product,
          name: productName(product),
          count: members.length,
          median: own,
          against_count: costs?.length ?? null,
          against_median: median,
          percentile: costs && percentileOf(costs, own),
          ratio: own / median,
          cheaper: cheaper(members),
        };
      })
      .sort((a, b) => a.ratio - b.ratio || (a.product_id < b.product_id ? -1 : 1)),
    best: ordered.slice(0, limit).map(told),
    // None of a small catalogue is both.
    worst: ordered.slice(limit).reverse().slice(0, limit).map(told),
    asked: placed.filter(({ garment }) => asked.includes(garment.id)).map(told),
  };
}
