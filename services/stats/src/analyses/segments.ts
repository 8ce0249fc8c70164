import { bestOf, segmentations } from '@ecobalyse/statistics';
import { COST_COLUMNS } from '../garment-table.js';
import { type SqlRow, sqlLiteral, type Workbench } from '../workbench.js';
import type { ComponentRow } from './components.js';
import { COMPLETE_COSTS } from './stages.js';

/** Components are used until they explain this part of the variance. */
const EXPLAINED = 0.9;
/** Documents that segments are looked for on, a uniform draw by content hash. */
const SAMPLE = 1000;

const scoreSql = ({ weights, means, deviations }: ComponentRow): string =>
  Object.entries(weights)
    .map(
      ([part, weight]) =>
        `(cost_${part} - ${sqlLiteral(means[part] ?? 0)}) * ${sqlLiteral(weight / (deviations[part] ?? 1))}`,
    )
    .join(' + ');

const distanceSql = (centre: readonly number[]): string =>
  centre.map((value, axis) => `(s${axis + 1} - ${sqlLiteral(value)}) ** 2`).join(' + ');

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

  const scores = used.map((_, index) => `s${index + 1}`);
  await bench.run(`
    CREATE TEMP TABLE scored AS
    SELECT md5_id, content_hash, product_id, mass, first_material, country_making_name, ecs, ${COST_COLUMNS},
      ${used.map((component, index) => `${scoreSql(component)} AS s${index + 1}`)}
    FROM garments WHERE ${COMPLETE_COSTS}
  `);
  const sample = await bench.columns(`SELECT ${scores} FROM scored ORDER BY content_hash LIMIT ${SAMPLE}`);
  const points = (sample.s1 as number[]).map((_, index) => scores.map((score) => Number(sample[score]?.[index])));
  const candidates = segmentations(points);
  const best = bestOf(candidates);
  if (!best) return [];

  const distances = best.centres.map(distanceSql);
  await bench.run(`
    CREATE TEMP TABLE segmented AS
    SELECT *, list_position(distances, list_min(distances)) AS place, list_min(distances) AS distance
    FROM (SELECT *, [${distances}] AS distances FROM scored)
  `);
  const found = await bench.rows<SqlRow>(`
    SELECT place, count(*)::INTEGER AS documents, count(*) / (SELECT count(*) FROM segmented) AS share,
      favg(ecs) AS mean_cost, quantile_disc(ecs, 0.5) AS median_cost,
      arg_min(md5_id, (distance, md5_id)) AS typical,
      ${COST_COLUMNS.map((column) => `favg(${column}) AS ${column}`)}
    FROM segmented GROUP BY place ORDER BY mean_cost, place
  `);
  const products = await bench.rows<{ place: number; product_id: string; documents: number }>(
    'SELECT place, product_id, count(*)::INTEGER AS documents FROM segmented GROUP BY ALL ORDER BY documents DESC, product_id',
  );
  const typical = await bench.rows<SqlRow>(`
    SELECT md5_id, product_id, mass, first_material, country_making_name, ecs FROM segmented
    WHERE md5_id IN (${found.map((row) => sqlLiteral(String(row.typical)))})
  `);
  const silhouettes = Object.fromEntries([...candidates].map(([count, { silhouette }]) => [count, silhouette]));

  return found.map(({ place, documents, share, mean_cost, median_cost, typical: identity, ...parts }, index) => {
    const commonest = products.find((row) => row.place === place);
    return {
      segment: index + 1,
      documents: Number(documents),
      share,
      mean_cost,
      median_cost,
      typical_product: commonest?.product_id ?? '',
      typical_product_share: (commonest?.documents ?? 0) / Number(documents),
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
