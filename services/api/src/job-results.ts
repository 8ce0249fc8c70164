import { flattenImpact } from '@ecobalyse/product-documents';
import {
  filledFields,
  orderedFields,
  percentileOf,
  type ResultRow,
  refusedTable,
  resultTable,
  type WrittenCell,
  type WrittenTable,
} from '@ecobalyse/product-files';
import type { Language, ProductResultLine, Words } from '@ecobalyse/schema';
import { findFlatSources, type ProductJob, referenceCosts, type Store, streamProductJobRows } from '@ecobalyse/store';

/** A line of a result as it is kept, and what was kept of its row. */
type KeptLine = Omit<ProductResultLine, 'detail'> & { detail?: Words | string };
interface Kept {
  product?: unknown;
  cells?: readonly (string | number)[];
}

/** The lines of a result with their rows, chunk by chunk. */
async function* keptRows(store: Store, job: string): AsyncGenerator<{ line: KeptLine; kept: Kept }[]> {
  for await (const { result, products } of streamProductJobRows(store, job)) {
    const kept: Kept[] = JSON.parse(products ?? '[]');
    const lines = result.split('\n').filter((text) => text !== '');
    yield lines.map((text, at) => ({ line: JSON.parse(text), kept: kept[at] ?? {} }));
  }
}

const isRefused = ({ line }: { line: KeptLine }) => line.status === 'refused' || line.status === 'failed';
const textOf = (detail: KeptLine['detail'], language: Language) =>
  typeof detail === 'object' ? detail[language] : detail;

/** The columns that the products of some rows fill; the rows are read once more for that. */
async function fieldsOf(store: Store, job: string, isWanted: (row: { line: KeptLine }) => boolean) {
  const fields = new Set<string>();
  for await (const rows of keptRows(store, job)) {
    for (const row of rows) if (isWanted(row)) for (const field of filledFields(row.kept.product)) fields.add(field);
  }
  return orderedFields(fields);
}

/** Tells where costs, in Pts, stand among those of garments of their type in the reference grid; null where there are none. */
export function percentiles(store: Store) {
  const grid = new Map<unknown, Promise<Float64Array>>();
  return async (type: unknown, ecs: number | undefined): Promise<number | null> => {
    if (ecs === undefined || type === null || type === undefined) return null;
    const costs = grid.get(type) ?? referenceCosts(store, String(type));
    grid.set(type, costs);
    return percentileOf(await costs, ecs);
  };
}

/** The result of a job as a table: what its user calls each product, its cost, where that stands and what makes it up. */
export async function resultOfJob(store: Store, { _id }: ProductJob, language: Language): Promise<WrittenTable> {
  const { headers, widths, cells } = resultTable(await fieldsOf(store, _id, () => true), language);
  const percentileIn = percentiles(store);

  async function* rows(): AsyncGenerator<WrittenCell[][]> {
    for await (const some of keptRows(store, _id)) {
      const sources = await findFlatSources(
        store,
        some.flatMap(({ line }) => line.md5_id ?? []),
      );
      const told = some.map(async ({ line, kept }): Promise<WrittenCell[]> => {
        const { ecs, md5_id, detail } = line;
        const source = sources.get(md5_id ?? '');
        const flat = source && flattenImpact(source).row;
        const row: ResultRow = {
          ...line,
          identity: md5_id,
          flat,
          percentile: await percentileIn(flat?.product_id, ecs),
          reason: textOf(detail, language),
          product: kept.product,
        };
        return cells(row);
      });
      yield await Promise.all(told);
    }
  }
  return { headers, widths, rows: rows() };
}

/** The rows of a job that were not added, as they were sent, behind the reason: to be corrected and sent again. */
export async function refusedOfJob(
  store: Store,
  { _id, columns = null }: ProductJob,
  language: Language,
): Promise<WrittenTable> {
  const fields = columns ? [] : await fieldsOf(store, _id, isRefused);
  const { headers, widths, cells } = refusedTable(columns, fields, language);
  async function* rows(): AsyncGenerator<WrittenCell[][]> {
    for await (const some of keptRows(store, _id)) {
      yield some.filter(isRefused).map(({ line, kept }) => cells({ ...kept, reason: textOf(line.detail, language) }));
    }
  }
  return { headers, widths, rows: rows() };
}
