import { bestOf, segmentations } from '@ecobalyse/statistics';
import { COST_COLUMNS } from '../garment-table.js';
import { type SqlRow, sqlLiteral, type Workbench } from '../workbench.js';
import type { ComponentRow } from './components.js';
import { COMPLETE_COSTS } from './stages.js';

/** Components are used until they explain this part of the variance. */
const EXPLAINED = 0.9;
/** Documents that segments are looked for on, a uniform draw by content hash. */
const SAMPLE = 1000;

/** The score of a document on a component. */
const scoreSql = ({ weights, means, deviations }: ComponentRow): string => {
  const slopes = Object.entries(weights).map(([part, weight]) => ({ part, slope: weight / (deviations[part] ?? 1) }));
  const offset = slopes.reduce((sum, { part, slope }) => sum - slope * (means[part] ?? 0), 0);
  return [...slopes.map(({ part, slope }) => `cost_${part} * ${sqlLiteral(slope)}`), sqlLiteral(offset)].join(' + ');
};

/** A product is many times as fast as a power. */
const squareSql = (difference: string) => `(${difference}) * (${difference})`;
const distanceSql = (centre: readonly number[]): string =>
  centre.map((value, axis) => squareSql(`s${axis + 1} - ${sqlLiteral(value)}`)).join(' + ');

/** A row of `stats_segments`. */
export type SegmentRow = Record<string, unknown> & { segment: number; documents: number };

/**
 * `stats_segments`: groups of documents of a like cost structure, the cheapest first. Every document belongs to the segment
 * whose centre is nearest.
 */
export async function computeSegments(bench: Workbench, components: readonly ComponentRow[]): Promise<SegmentRow[]> {
  const enough = components.findIndex(({ cumulative_variance }) => cumulative_variance >= EXPLAINED) + 1;
  const used = components.slice(0, enough);
  if (used.length === 0) return [];

  const scores = used.map((component, index) => `${scoreSql(component)} AS s${index + 1}`);
  const sample = await bench.columns(`
    SELECT ${scores}
    FROM (SELECT * FROM garments WHERE ${COMPLETE_COSTS} ORDER BY content_hash LIMIT ${SAMPLE}) ORDER BY content_hash
  `);
  const axes = Object.values(sample) as number[][];
  const points = (axes[0] ?? []).map((_, index) => axes.map((values) => values[index] as number));
  const candidates = segmentations(points);
  const best = bestOf(candidates);
  if (!best) return [];

  const places = best.centres.map((_, index) => index + 1);
  const found = await bench.rows<SqlRow & { products: { key: string; value: bigint }[] }>(`
    SELECT CASE ${places.map((place) => `WHEN d${place} = distance THEN ${place}`).join(' ')} END AS place,
      count(*)::INTEGER AS documents, favg(ecs) AS mean_cost, quantile_disc(ecs, 0.5) AS median_cost,
      arg_min(md5_id, (distance, md5_id)) AS typical, map_entries(histogram(product_id)) AS products,
      ${COST_COLUMNS.map((column) => `favg(${column}) AS ${column}`)}
    FROM (
      SELECT *, least(${places.map((place) => `d${place}`)}) AS distance
      FROM (
        SELECT *, ${best.centres.map((centre, index) => `${distanceSql(centre)} AS d${index + 1}`)}
        FROM (SELECT *, ${scores} FROM garments WHERE ${COMPLETE_COSTS})
      )
    )
    GROUP BY 1 ORDER BY mean_cost, place
  `);
  const all = found.reduce((sum, { documents }) => sum + Number(documents), 0);
  const typical = await bench.rows<SqlRow>(`
    SELECT md5_id, product_id, mass, main_material, country_making_name, ecs FROM garments
    WHERE md5_id IN (${found.map((row) => sqlLiteral(String(row.typical)))})
  `);
  const silhouettes = Object.fromEntries([...candidates].map(([count, { silhouette }]) => [count, silhouette]));

  return found.map(({ place, documents, mean_cost, median_cost, typical: identity, products, ...parts }, index) => {
    const [commonest] = products.sort((a, b) => Number(b.value - a.value) || (a.key < b.key ? -1 : 1));
    return {
      segment: index + 1,
      documents: Number(documents),
      share: Number(documents) / all,
      mean_cost,
      median_cost,
      typical_product: commonest?.key ?? '',
      typical_product_share: Number(commonest?.value ?? 0) / Number(documents),
      typical_document: typical.find(({ md5_id }) => md5_id === identity) ?? {},
      centre: Object.fromEntries(
        (best.centres[Number(place) - 1] ?? []).map((value, axis) => [String(axis + 1), value]),
      ),
      mean_parts: Object.fromEntries(
        Object.entries(parts).map(([column, value]) => [column.replace('cost_', ''), value]),
      ),
      silhouette: best.silhouette,
      silhouettes,
    };
  });
}
