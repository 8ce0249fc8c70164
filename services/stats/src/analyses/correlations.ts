import { MATERIAL_FAMILIES } from '@ecobalyse/product-documents';
import { COST_COLUMNS } from '../garment-table.js';
import type { Workbench } from '../workbench.js';
import { pearsonMatrix, spearmanMatrix } from './correlation.js';

/** Variables of the matrices, all of them columns of `garments`. */
export const CORRELATED: readonly string[] = [
  'mass',
  'material_count',
  ...Object.values(MATERIAL_FAMILIES).map((family) => `share_${family}`),
  'durability',
  'days_of_wear',
  'air_share',
  ...COST_COLUMNS,
  'ecs',
  'pef',
];

/**
 * Documents that the matrices are computed on, at most: a uniform draw, since it goes by the hash of the content. The
 * standard error of a coefficient is then below 0.005.
 */
const SAMPLE = 50_000;

const METHODS = [
  ['pearson', pearsonMatrix],
  ['spearman', spearmanMatrix],
] as const;

/** A row of `stats_correlations`. */
export interface CorrelationRow {
  method: 'pearson' | 'spearman';
  variable: string;
  documents: number;
  coefficients: Record<string, number | null>;
}

/** `stats_correlations`: both matrices over the documents that have every variable. */
export async function computeCorrelations(bench: Workbench): Promise<CorrelationRow[]> {
  const complete = `FROM garments WHERE ${CORRELATED.map((variable) => `${variable} IS NOT NULL`).join(' AND ')}`;
  // Which they are is found by two columns alone: whole rows take three times as long to put in order.
  const sample = await bench.columns(`
    SELECT ${CORRELATED} FROM garments
    WHERE rowid IN (SELECT rowid FROM (SELECT rowid, content_hash ${complete} ORDER BY content_hash LIMIT ${SAMPLE}))
    ORDER BY content_hash
  `);
  const columns = CORRELATED.map((variable) => Float64Array.from(sample[variable] as number[]));
  const documents = columns[0]?.length ?? 0;
  if (documents < 2) return [];
  return METHODS.flatMap(([method, compute]) => {
    const matrix = compute(columns);
    return CORRELATED.map((variable, row) => ({
      method,
      variable,
      documents,
      coefficients: Object.fromEntries(CORRELATED.map((other, column) => [other, matrix[row]?.[column] ?? null])),
    }));
  });
}
