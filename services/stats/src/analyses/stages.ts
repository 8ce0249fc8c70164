import { COST_PARTS, type StageStatistic } from '@ecobalyse/schema';
import { COST_COLUMNS } from '../garment-table.js';
import type { Workbench } from '../workbench.js';

/** Documents whose cost is known in every part: what the analyses work on. */
export const COMPLETE_COSTS = ['ecs', ...COST_COLUMNS].map((column) => `${column} IS NOT NULL`).join(' AND ');

/** Of each scope at once: mean, quartiles and deviation of each part, and the mean cost. */
interface Scope {
  product_id: string;
  documents: number;
  ecs: number;
  means: number[];
  quartiles: [number, number, number][];
  deviations: number[];
}

const list = (of: (column: string) => string) => `[${COST_COLUMNS.map(of)}]`;

/** Two queries take less time than one with grouping sets, which holds every value twice. */
const scopesBy = (scope: string) => `
  SELECT ${scope} AS product_id, count(*)::INTEGER AS documents, favg(ecs) AS ecs,
    ${list((column) => `favg(${column})`)} AS means,
    ${list((column) => `quantile_disc(${column}, [0.25, 0.5, 0.75])`)} AS quartiles,
    ${list((column) => `stddev_pop(${column})`)} AS deviations
  FROM garments WHERE ${COMPLETE_COSTS} GROUP BY 1 ORDER BY 1
`;

const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** `stats_stages`: what makes up the cost, for each product type and for `all`. */
export async function computeStages(bench: Workbench): Promise<StageStatistic[]> {
  const scopes = [
    ...(await bench.rows<Scope>(scopesBy("'all'"))),
    ...(await bench.rows<Scope>(scopesBy('product_id'))),
  ];
  return scopes.flatMap(({ product_id, documents, ecs, means, quartiles, deviations }) =>
    COST_PARTS.map((stage, part) => {
      const [mean, deviation] = [means[part] as number, deviations[part] as number];
      const [Q1, median, Q3] = quartiles[part] as [number, number, number];
      const share = ratio(mean, ecs);
      return {
        product_id,
        stage,
        documents,
        mean,
        median,
        Q1,
        Q3,
        share,
        deviation,
        variation: ratio(deviation, mean),
      };
    }),
  );
}
