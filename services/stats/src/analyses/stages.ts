import { COST_PARTS } from '@ecobalyse/schema';
import { COST_COLUMNS } from '../garment-table.js';
import type { SqlRow, Workbench } from '../workbench.js';

/** Documents whose cost is known in every part: what the analyses work on. */
export const COMPLETE_COSTS = ['ecs', ...COST_COLUMNS].map((column) => `${column} IS NOT NULL`).join(' AND ');

const partRows = (part: string, order: number) => `
  INSERT INTO stats_stages
  SELECT coalesce(product_id, 'all'), ${order}, '${part}', documents, mean, q[2], q[1], q[3],
    mean / nullif(ecs, 0), deviation, deviation / nullif(mean, 0)
  FROM (
    SELECT product_id, count(*)::INTEGER AS documents, favg(cost_${part}) AS mean, favg(ecs) AS ecs,
      quantile_disc(cost_${part}, [0.25, 0.5, 0.75]) AS q, stddev_pop(cost_${part}) AS deviation
    FROM garments WHERE ${COMPLETE_COSTS}
    GROUP BY GROUPING SETS ((product_id), ())
  )
  WHERE documents > 0
`;

/** `stats_stages`: what makes up the cost, for each product type and for `all`. */
export async function computeStages(bench: Workbench): Promise<SqlRow[]> {
  await bench.run(`
    CREATE TABLE stats_stages (
      product_id VARCHAR, stage_order INTEGER, stage VARCHAR, documents INTEGER, mean DOUBLE, median DOUBLE,
      Q1 DOUBLE, Q3 DOUBLE, share DOUBLE, deviation DOUBLE, variation DOUBLE
    )
  `);
  for (const [order, part] of COST_PARTS.entries()) await bench.run(partRows(part, order));
  return bench.rows(
    "SELECT * EXCLUDE (stage_order) FROM stats_stages ORDER BY product_id <> 'all', product_id, stage_order",
  );
}
