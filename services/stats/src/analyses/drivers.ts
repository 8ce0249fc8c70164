import { DRIVER_FACTORS, type DriverStatistic } from '@ecobalyse/schema';
import type { Workbench } from '../workbench.js';
import { type CentredModel, shareVariance } from './explained-variance.js';

type Factor = (typeof DRIVER_FACTORS)[number];

/** The groups of each factor; those of the mass are tenths of the documents, within a product type its own. */
const GROUPS: Readonly<Record<Exclude<Factor, 'mass'>, string>> = {
  product: 'product_id',
  main_material: "coalesce(main_material, '')",
  country: "coalesce(country_fabric, '')",
  fabric_process: "coalesce(fabric_process, '')",
  scenario: "coalesce(scenario, '')",
};
const NAMED = Object.entries(GROUPS);
const MASS_CUTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Where the variance is looked at: in the whole base, or within each product type, where the type is no factor. */
const SCOPES = [
  { scope: "'all'", factors: DRIVER_FACTORS },
  { scope: 'product', factors: DRIVER_FACTORS.filter((factor) => factor !== 'product') },
] as const;

const KNOWN = 'FROM garments WHERE ecs IS NOT NULL AND mass IS NOT NULL';

/** Cost, mass and groups of each document. Groups are numbers of a few bytes to DuckDB, which counts them in a third of the time. */
async function loadFacts(bench: Workbench): Promise<void> {
  for (const [factor, group] of NAMED) {
    await bench.run(`DROP TYPE IF EXISTS group_of_${factor}`);
    await bench.run(`CREATE TYPE group_of_${factor} AS ENUM (SELECT DISTINCT ${group} AS name ${KNOWN} ORDER BY name)`);
  }
  const groups = NAMED.map(([factor, group]) => `(${group})::group_of_${factor} AS ${factor}`);
  await bench.run(`CREATE OR REPLACE TEMP TABLE driver_facts AS SELECT ecs, mass AS kg, ${groups} ${KNOWN}`);
}

/**
 * Documents of each group of a factor, and of each pair of groups of two factors: a row names one or two groups. Mass is in
 * tenths and the cost less its mean, both within the scope. Documents that are alike in all factors are added up first: they are a fraction
 * of the rows, and every grouping goes through what is left.
 */
function pairCounts(scope: string, factors: readonly Factor[]): string {
  const pairs = factors.flatMap((a, index) => factors.slice(index).map((b) => [...new Set([a, b])]));
  return `
    WITH scopes AS (
      SELECT ${scope} AS scope, favg(ecs) AS mean, quantile_disc(kg, [${MASS_CUTS}]) AS cuts FROM driver_facts GROUP BY 1
    ), classed AS (
      SELECT scope, ecs - mean AS cost, ${NAMED.map(([factor]) => factor)},
        ${MASS_CUTS.map((_, index) => `(kg > cuts[${index + 1}])::UTINYINT`).join(' + ')} AS mass
      FROM driver_facts JOIN scopes ON scope = ${scope}
    ), alike AS (
      SELECT scope, ${factors}, count(*) AS documents, fsum(cost) AS sum, fsum(cost * cost) AS squares
      FROM classed GROUP BY scope, ${factors}
    )
    SELECT scope, ${factors}, sum(documents)::INTEGER AS documents, fsum(sum) AS sum, fsum(squares) AS squares
    FROM alike
    GROUP BY GROUPING SETS (${pairs.map((pair) => `(scope, ${pair})`)})
  `;
}

/** Documents of a group of factor `a`, or of a pair of groups. */
interface GroupCount {
  a: Factor;
  groupOfA: string;
  b: Factor | undefined;
  groupOfB: string;
  documents: number;
  sum: number;
  squares: number;
}

/** Reads the counts of every scope. */
async function countPairs(
  bench: Workbench,
  scope: string,
  factors: readonly Factor[],
): Promise<Map<string, GroupCount[]>> {
  const scopes = new Map<string, GroupCount[]>();
  const columns = await bench.columns(pairCounts(scope, factors));
  const number = (name: string, row: number) => columns[name]?.[row] as number;
  for (const [row, scope] of (columns.scope ?? []).entries()) {
    const counts = scopes.get(String(scope)) ?? [];
    scopes.set(String(scope), counts);
    const [a, b] = factors.filter((factor) => columns[factor]?.[row] !== null) as [Factor, Factor?];
    counts.push({
      a,
      groupOfA: String(columns[a]?.[row]),
      b,
      groupOfB: b === undefined ? '' : String(columns[b]?.[row]),
      documents: number('documents', row),
      sum: number('sum', row),
      squares: number('squares', row),
    });
  }
  return scopes;
}

/** The model whose columns are the indicators of the groups of each factor, but for the first group of each. */
function indicatorModel(counts: readonly GroupCount[], factors: readonly Factor[]) {
  const groups = factors.map((factor) =>
    counts
      .filter(({ a, b }) => a === factor && b === undefined)
      .sort((first, second) => (first.groupOfA < second.groupOfA ? -1 : 1)),
  );
  const sumOf = (field: 'documents' | 'squares') => (groups[0] ?? []).reduce((sum, group) => sum + group[field], 0);
  const documents = sumOf('documents');
  const columns = groups.flatMap((ofFactor) => ofFactor.slice(1));
  const name = (factor: Factor, group: string) => `${factor}=${group}`;
  const places = new Map(columns.map(({ a, groupOfA }, index) => [name(a, groupOfA), index]));

  const gram = columns.map((first) =>
    Float64Array.from(columns, (second) => (-first.documents * second.documents) / documents),
  );
  const add = (row: number, column: number, count: number) => {
    const products = gram[row] as Float64Array;
    products[column] = (products[column] as number) + count;
  };
  for (const { a, groupOfA, b, groupOfB, documents: together } of counts) {
    const row = places.get(name(a, groupOfA));
    const column = b === undefined ? row : places.get(name(b, groupOfB));
    if (row === undefined || column === undefined) continue;
    add(row, column, together);
    if (row !== column) add(column, row, together);
  }
  const model: CentredModel = {
    gram,
    // The target is centred, so its products with centred columns are its sums in the groups.
    cross: Float64Array.from(columns, ({ sum }) => sum),
    total: sumOf('squares'),
    factors: factors.map((factor) => columns.flatMap(({ a }, index) => (a === factor ? [index] : []))),
  };
  return { model, documents, groups: groups.map(({ length }) => length) };
}

/** `stats_drivers`: what explains the differences of `ecs`, in the whole base and within each product type. */
export async function computeDrivers(bench: Workbench): Promise<DriverStatistic[]> {
  const rows: DriverStatistic[] = [];
  await loadFacts(bench);
  for (const { scope, factors } of SCOPES) {
    const scopes = await countPairs(bench, scope, factors);
    for (const name of [...scopes.keys()].sort()) {
      const { model, documents, groups } = indicatorModel(scopes.get(name) ?? [], factors);
      const { alone, shapley, together } = shareVariance(model);
      rows.push(
        ...factors.map((factor, index) => ({
          product_id: name,
          factor,
          documents,
          groups: groups[index] as number,
          eta_squared: alone[index] as number,
          shapley: shapley[index] as number,
          shapley_share: together > 0 ? (shapley[index] as number) / together : null,
          r_squared: together,
        })),
      );
    }
  }
  return rows;
}
