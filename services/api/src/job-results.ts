import { catalogueProductId, fieldsOf as fieldsOfProduct, flattenImpact } from '@ecobalyse/product-documents';
import {
  costPer100g,
  filledFields,
  mainCause,
  orderedFields,
  type ResultRow,
  refusedTable,
  resultTable,
  type WrittenCell,
  type WrittenTable,
} from '@ecobalyse/product-files';
import {
  type Finding,
  type JobProducts,
  type JobProductsQuery,
  type Language,
  type ProductResultLine,
  type Warning,
  type Words,
  warningsIn,
} from '@ecobalyse/schema';
import {
  findFlatSources,
  findGtinHolders,
  findProductJobChunk,
  type ProductJob,
  type Store,
  streamProductJobResult,
  streamProductJobRows,
  type Viewer,
} from '@ecobalyse/store';
import { openPercentiles } from './percentiles.js';

/** A line of a result as it is kept, and what was kept of its row. */
type KeptLine = Omit<ProductResultLine, 'detail' | 'warnings'> & { detail?: Words | string; warnings?: Finding[] };
interface Kept {
  product?: unknown;
  cells?: readonly (string | number)[];
}

const linesOf = (result: string): KeptLine[] =>
  result
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
const keptOf = (products: string | undefined): Kept[] => JSON.parse(products ?? '[]');

/** The lines of a result with their rows, chunk by chunk. */
async function* keptRows(store: Store, job: string): AsyncGenerator<{ line: KeptLine; kept: Kept }[]> {
  for await (const { result, products } of streamProductJobRows(store, job)) {
    const kept = keptOf(products);
    yield linesOf(result).map((line, at) => ({ line, kept: kept[at] ?? {} }));
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

/** A line of a result as its reader is told it. */
type ToldLine = Omit<KeptLine, 'warnings'> & ResultRow & { findings: Warning[] };

const GTIN_REPEATED = (gtin: string, reference: string): Words => ({
  fr: `${gtin} : « ${reference} » a le même code-barres`,
  en: `${gtin}: "${reference}" has the same barcode number`,
});

/** The barcode numbers of a row of a file. */
const gtinsOf = ({ product }: Kept): readonly string[] => {
  const { gtins } = fieldsOfProduct(product);
  return [gtins ?? []].flat().map(String);
};

/** Tells which products of a catalogue have barcode numbers that others have, too, in whatever catalogue somebody sees. */
async function openGtinNotes(store: Store, viewer: Viewer, catalogue: string | null, some: readonly { kept: Kept }[]) {
  const holders =
    catalogue === null
      ? []
      : await findGtinHolders(
          store,
          viewer,
          some.flatMap(({ kept }) => gtinsOf(kept)),
        );
  return (reference: string | undefined, kept: Kept): Finding[] =>
    gtinsOf(kept).flatMap((asked) =>
      holders
        .filter((other) => other.gtin === asked && !(other.catalogue === catalogue && other.reference === reference))
        .map((other) => ({
          id: 'gtin_repeated',
          severity: 'note' as const,
          field: 'gtins',
          message: GTIN_REPEATED(asked, other.reference),
        })),
    );
}

/** Tells what became of some products of a job. */
function openTelling(store: Store, viewer: Viewer, { catalogue = null }: ProductJob, language: Language) {
  const place = openPercentiles(store);
  return async (some: readonly { line: KeptLine; kept: Kept }[]) => {
    const sources = await findFlatSources(
      store,
      some.flatMap(({ line }) => line.md5_id ?? []),
    );
    const notesOf = await openGtinNotes(store, viewer, catalogue, some);
    const told = some.map(async ({ line: { warnings: found = [], ...line }, kept }): Promise<ToldLine> => {
      const { ecs, md5_id, detail, reference } = line;
      const warnings = [...found, ...notesOf(reference, kept)];
      const source = sources.get(md5_id ?? '');
      const now = source && flattenImpact(source).row;
      const { product_id, mass } = now ?? {};
      // Lines of earlier versions of the platform do not tell it.
      const { method_version = now?.method_version as string | null | undefined } = line;
      // What was scored by another version since is made up otherwise.
      const flat = now?.method_version === method_version ? now : { product_id, mass, method_version };
      return {
        ...line,
        identity: md5_id,
        flat,
        percentile: await place({ product_id, ecs, method_version }),
        findings: warningsIn(warnings, language),
        warnings: warnings.map(({ message }) => message[language]),
        reason: textOf(detail, language),
        product: kept.product,
      };
    });
    return Promise.all(told);
  };
}

/** The result of a job as a table, as its viewer sees it: what its user calls each product, its cost, where that stands and what makes it up. */
export async function resultOfJob(
  store: Store,
  viewer: Viewer,
  job: ProductJob,
  language: Language,
): Promise<WrittenTable> {
  const { _id } = job;
  const { headers, widths, cells } = resultTable(await fieldsOf(store, _id, () => true), language);
  const tell = openTelling(store, viewer, job, language);
  async function* rows(): AsyncGenerator<WrittenCell[][]> {
    for await (const some of keptRows(store, _id)) yield (await tell(some)).map(cells);
  }
  return { headers, widths, rows: rows() };
}

/** REF-2 stands before REF-10. */
const REFERENCES = new Intl.Collator('en', { numeric: true });

/** A page of the products of a job, with what the table of its result tells of each. */
export async function productsOfJob(
  store: Store,
  viewer: Viewer,
  job: ProductJob,
  { outcome, sort: { by, descending }, offset, limit }: JobProductsQuery,
  language: Language,
): Promise<JobProducts> {
  const { _id, catalogue = null } = job;
  const found: { line: KeptLine; chunk: number; at: number }[] = [];
  let chunks = 0;
  for await (const result of streamProductJobResult(store, _id)) {
    for (const [at, line] of linesOf(result).entries()) {
      if (outcome === undefined || isRefused({ line }) === (outcome === 'refused'))
        found.push({ line, chunk: chunks, at });
    }
    chunks += 1;
  }
  const total = found.length;
  if (by !== 'line' || descending) {
    const sign = descending ? -1 : 1;
    // What has none stands last, whatever the direction.
    const compare = (one: KeptLine, other: KeptLine): number => {
      const [a, b] = [one[by], other[by]];
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
      return sign * (typeof a === 'number' ? a - Number(b) : REFERENCES.compare(a, String(b)));
    };
    found.sort(({ line: one }, { line: other }) => compare(one, other) || one.index - other.index);
  }
  const shown = found.slice(offset, offset + limit);
  const kept = new Map<number, Kept[]>();
  for (const { chunk } of shown) {
    if (!kept.has(chunk)) kept.set(chunk, keptOf((await findProductJobChunk(store, _id, chunk))?.products));
  }
  const rows = await openTelling(
    store,
    viewer,
    job,
    language,
  )(shown.map(({ line, chunk, at }) => ({ line, kept: kept.get(chunk)?.[at] ?? {} })));
  const items = rows.map((row): JobProducts['items'][number] => {
    const { line, index, status, reference = null, md5_id = null, ecs = null, flat, percentile = null, reason } = row;
    const method_version = typeof flat?.method_version === 'string' ? flat.method_version : null;
    const key = reference ?? md5_id;
    const name = fieldsOfProduct(row.product).name;
    return {
      ...{ line, index, status, reference, md5_id, ecs, method_version, percentile },
      name: typeof name === 'string' ? name : null,
      product: catalogue !== null && ecs !== null && key !== null ? catalogueProductId(catalogue, key) : null,
      product_id: typeof flat?.product_id === 'string' ? flat.product_id : null,
      mass: typeof flat?.mass === 'number' ? flat.mass : null,
      ecs_per_100g: costPer100g(row),
      main_cause: mainCause(row, language),
      warnings: row.findings,
      detail: reason ?? null,
    };
  });
  return { total, offset, limit, items };
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

/** Lines of a result, whose texts are kept in every language; those of earlier versions are texts in one. */
export async function* inReadersLanguage(result: AsyncIterable<string>, language: Language): AsyncGenerator<string> {
  const pick = (key: string, value: string | Words) =>
    (key === 'detail' || key === 'message') && typeof value === 'object' ? value[language] : value;
  for await (const lines of result) {
    const isKept = /"(?:detail|message)":\{/.test(lines);
    yield isKept ? lines.replace(/.+/g, (line) => JSON.stringify(JSON.parse(line, pick))) : lines;
  }
}
