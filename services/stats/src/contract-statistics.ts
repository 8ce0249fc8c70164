import { IMPACT_TYPES } from '@ecobalyse/schema';
import type { Workbench } from './workbench.js';

/**
 * The original's five collections (CONTRACT, "Collections"), as tables of the workbench. `quantile_disc` is the discrete
 * quantile of the contract: the smallest element whose rank is at least ceil(p n).
 */

/** Bits of the greatest value of a product type that its mean looks at; more than a double has, and 36 are left for the sum. */
const MEAN_BITS = 90;

/** Rows of a product type that have a value, as `x`, and the power of two that makes whole numbers of them. */
const valuesOf = (column: string) => `
  SELECT product_id, ${column} AS x, scale
  FROM garments JOIN (
    SELECT product_id, pow(2, ${MEAN_BITS} - ceil(log2(greatest(max(abs(${column})), 1e-200)))) AS scale
    FROM garments GROUP BY product_id
  ) USING (product_id)
  WHERE ${column} IS NOT NULL`;

/** The mean of whole numbers, to the last digit: the same in whatever order the rows come, and however threads share them. */
const MEAN = 'sum((x * scale)::HUGEINT)::DOUBLE / any_value(scale) / count(*)';

const COUNTRIES = `
  CREATE TABLE stats_countries AS
  WITH fabric AS (
    SELECT product_id, country_fabric_name AS country_name, count(*) AS documents
    FROM garments WHERE country_fabric_name IS NOT NULL GROUP BY ALL
  ), making AS (
    SELECT product_id, country_making_name AS country_name, count(*) AS documents
    FROM garments WHERE country_making_name IS NOT NULL GROUP BY ALL
  ), totals AS (
    SELECT product_id, count(*) AS documents FROM garments GROUP BY ALL
  )
  SELECT product_id, country_name,
    coalesce(fabric.documents, 0)::INTEGER AS countryFabric_count,
    coalesce(making.documents, 0)::INTEGER AS countryMaking_count,
    totals.documents::INTEGER AS count
  FROM fabric FULL OUTER JOIN making USING (product_id, country_name) JOIN totals USING (product_id)
`;

const DAYS_OF_WEAR = `
  CREATE TABLE stats_days_of_wear AS
  SELECT product_id, q[1] AS Q1, q[2] AS mediane, q[3] AS Q3, min, max, moyenne
  FROM (
    SELECT product_id, quantile_disc(x, [0.25, 0.5, 0.75]) AS q, min(x) AS min, max(x) AS max, ${MEAN} AS moyenne
    FROM (${valuesOf('days_of_wear')}) GROUP BY product_id
  )
`;

const IMPACTS_TABLE = `
  CREATE TABLE stats_impacts (
    product_id VARCHAR, impact_order INTEGER, impact_type VARCHAR,
    Q1 DOUBLE, median DOUBLE, Q3 DOUBLE, mean DOUBLE, min DOUBLE, max DOUBLE, seuil_min DOUBLE, seuil_max DOUBLE
  )
`;

const impactRows = (type: string, order: number) => `
  INSERT INTO stats_impacts
  SELECT product_id, ${order}, '${type}', q[1], q[2], q[3], mean, min, max,
    q[1] - 1.5 * (q[3] - q[1]), q[3] + 1.5 * (q[3] - q[1])
  FROM (
    SELECT product_id, quantile_disc(x, [0.25, 0.5, 0.75]) AS q, ${MEAN} AS mean, min(x) AS min, max(x) AS max
    FROM (${valuesOf(type)}) GROUP BY product_id
  )
`;

const OUTLIERS_TABLE = `
  CREATE TABLE stats_outliers (product_id VARCHAR, md5_id VARCHAR, impact_order INTEGER, impact_type VARCHAR)
`;

const outlierRows = (type: string) => `
  INSERT INTO stats_outliers
  SELECT product_id, md5_id, impact_order, impact_type
  FROM garments JOIN stats_impacts AS bounds USING (product_id)
  WHERE bounds.impact_type = '${type}' AND bounds.min < bounds.max
    AND (garments.${type} <= seuil_min OR garments.${type} >= seuil_max)
`;

/** The first documents in an order of their cost. */
const ranked = (ranking: string, part: number, order: string, count: number) => `
  SELECT '${ranking}' AS ranking, ${part} AS part, row_number() OVER (ORDER BY ${order}) AS place, md5_id
  FROM (SELECT ecs, md5_id FROM garments WHERE ecs IS NOT NULL ORDER BY ${order} LIMIT ${count})`;

const RANKING = `
  CREATE TABLE stats_ranking AS
  ${ranked('highest_impact', 1, 'ecs DESC, md5_id', 10)}
  UNION ALL
  ${ranked('lowest_impact', 2, 'ecs, md5_id', 20)}
`;

/** Documents that cover each impact, by `impact_type`. */
export function countCoverage(bench: Workbench): Promise<Record<string, number>> {
  return bench.row(`SELECT ${IMPACT_TYPES.map((type) => `count(${type})::INTEGER AS ${type}`)} FROM garments`);
}

/** Computes the five tables; `coverage` tells which impacts have documents at all. */
export async function computeContractStatistics(
  bench: Workbench,
  coverage: Readonly<Record<string, number>>,
): Promise<void> {
  await bench.run(COUNTRIES);
  await bench.run(DAYS_OF_WEAR);
  await bench.run(IMPACTS_TABLE);
  await bench.run(OUTLIERS_TABLE);
  for (const [order, type] of IMPACT_TYPES.entries()) {
    if (!coverage[type]) continue;
    await bench.run(impactRows(type, order));
    await bench.run(outlierRows(type));
  }
  await bench.run(RANKING);
}
