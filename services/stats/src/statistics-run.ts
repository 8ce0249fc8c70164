import { availableParallelism } from 'node:os';
import { collectColumns, type FieldColumn } from '@ecobalyse/product-documents';
import {
  CACHE_TAGS,
  IMPACT_TYPES,
  STATISTIC_NAMES,
  STATISTICS,
  type StatisticName,
  type StatisticsSummary,
} from '@ecobalyse/schema';
import {
  asDouble,
  completeDocuments,
  countFound,
  countImpacts,
  findInputs,
  type Invalidates,
  ofOneVersion,
  openStatisticsPublication,
  type Store,
  streamFlatSources,
  withInvalidation,
} from '@ecobalyse/store';
import { computeComponents } from './analyses/components.js';
import { computeCorrelations } from './analyses/correlations.js';
import { computeDrivers } from './analyses/drivers.js';
import { computeSegments } from './analyses/segments.js';
import { computeStages } from './analyses/stages.js';
import { computeContractStatistics, countCoverage } from './contract-statistics.js';
import { type LoadReport, loadGarments } from './garment-table.js';
import { loadKeptGarments } from './kept-rows.js';
import { loadOutlierInputs, outlierColumns, outlierDocuments } from './outlier-inputs.js';
import { computeContractOnSpark, type SparkOptions } from './spark-statistics.js';
import { openWorkbench, type SqlRow, type Workbench } from './workbench.js';

export interface StatisticsRunOptions {
  store: Store;
  /** Told when the statistics were published; where there is none, the API's processes find out. */
  cache?: Invalidates | null;
  /** Memory that DuckDB may use. */
  memoryMb: number;
  /** Aborts the run; what is published stays as it is. */
  signal?: AbortSignal | undefined;
  /** Told how many documents were read so far. */
  onRead?: (read: number) => Promise<void>;
  /** Where rows are kept between two runs, so that the next one reads only what changed. */
  folder?: string | undefined;
  /** The cluster that computes the contract's statistics; DuckDB does where there is none. */
  spark?: SparkOptions | undefined;
  /** Told in a line what is done. */
  log?: ((line: string) => Promise<void>) | undefined;
}

type Fields = Record<string, unknown>;

/** Small results of the contract, in the order in which the API answers them. */
const CONTRACT_ROWS = {
  countries: 'SELECT * FROM stats_countries ORDER BY product_id, country_name',
  days_of_wear: 'SELECT * FROM stats_days_of_wear ORDER BY product_id',
  impacts: 'SELECT * EXCLUDE (impact_order) FROM stats_impacts ORDER BY product_id, impact_order',
} as const;

/** Counts of the contract; every other number of it is a double, also when it is whole. */
const COUNTS: ReadonlySet<string> = new Set(['count', 'countryFabric_count', 'countryMaking_count']);

function withDoubles(row: SqlRow): Fields {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && !COUNTS.has(name) ? asDouble(value) : value,
    ]),
  );
}

async function rankingDocuments(bench: Workbench, store: Store): Promise<Fields[]> {
  const rows = await bench.rows<{ md5_id: string; ranking: string }>(
    'SELECT md5_id, ranking FROM stats_ranking ORDER BY part, place',
  );
  const inputs = await findInputs(store, [...new Set(rows.map(({ md5_id }) => md5_id))]);
  return rows.flatMap(({ md5_id, ranking }) => {
    const product = inputs.get(md5_id)?.product as Fields | undefined;
    return product ? [{ ...product, ranking }] : [];
  });
}

/** What a run tells its readers, in plain words. */
export function notesOn(
  report: Pick<LoadReport, 'skippedDocuments' | 'faults'>,
  coverage: Readonly<Record<string, number>>,
  published: Record<string, number>,
  toCheck = 0,
): string[] {
  const uncovered = IMPACT_TYPES.filter((type) => !coverage[type]);
  const counted = (documents: number) => `${documents} document${documents === 1 ? '' : 's'}`;
  const empty = STATISTIC_NAMES.filter((name) => published[STATISTICS[name].collection] === 0);
  return [
    ...(toCheck > 0 ? [`${counted(toCheck)} to check left out: confirm or correct them`] : []),
    ...(uncovered.length > 0 ? [`no document covers ${uncovered.join(', ')}: no statistics of these impacts`] : []),
    ...(report.skippedDocuments > 0
      ? [`${counted(report.skippedDocuments)} without an identity or a product type skipped`]
      : []),
    ...report.faults.map(
      ({ field, documents, example }) =>
        `${field} is missing or not as expected in ${counted(documents)}, such as ${example}: left out of the statistics of that value`,
    ),
    ...(empty.length > 0 ? [`nothing to tell in ${empty.join(', ')}: too few documents, or none that differ`] : []),
  ];
}

/** Says that products are left out which are by another version of the method. */
const otherVersions = (version: string | null, leftOut: number): string[] =>
  leftOut > 0
    ? [
        `figures are by version ${version} of the method: ${leftOut} documents by another left out, until they are scored anew`,
      ]
    : [];

/**
 * Computes every statistic from `impacts` and publishes them.
 *
 * Documents are streamed with a projection into a DuckDB file in a temporary folder, so memory does not grow with their
 * number. Each collection is written under a temporary name and takes the place of the old one at once; when anything
 * fails before that, the old ones stay.
 *
 * @throws the reason of `signal`, or whatever the database or DuckDB said.
 */
export async function runStatistics(options: StatisticsRunOptions): Promise<StatisticsSummary> {
  const { store, cache = null, memoryMb, signal, onRead, folder, spark, log } = options;
  const startedAt = performance.now();
  await completeDocuments(store, {}, signal);
  const bench = await openWorkbench({ memoryMb, threads: availableParallelism(), signal });
  try {
    const { filter, version } = await ofOneVersion(store, { state: 'counted' });
    const report =
      folder === undefined
        ? await loadGarments(bench, streamFlatSources(store, filter, signal), onRead)
        : await loadKeptGarments(bench, store, { folder, filter, signal, onRead, log });
    const computingAt = performance.now();
    const coverage = await countCoverage(bench);
    if (spark) await computeContractOnSpark(bench, { ...spark, folder, signal, log });
    else await computeContractStatistics(bench, coverage);
    const analysingAt = performance.now();
    const publication = await openStatisticsPublication(store);
    try {
      const collections: Record<string, number> = {};
      const columns: Record<string, FieldColumn[]> = {};
      let computedAt = analysingAt;

      const { collection: outliers } = STATISTICS.outliers;
      collections[outliers] = 0;
      // Before the rest, not beside it: two queries at once on one connection end each other.
      await loadOutlierInputs(bench, store, { folder, signal, log });
      columns[outliers] = await outlierColumns(bench);

      /** Outliers are most of what is written, which keeps the database busy while the analyses keep DuckDB busy. */
      async function writeOutliers(): Promise<void> {
        for await (const batch of outlierDocuments(bench)) {
          signal?.throwIfAborted();
          await publication.writeBytes('outliers', batch);
          collections[outliers] = (collections[outliers] ?? 0) + batch.length;
        }
      }

      async function writeOthers(): Promise<void> {
        const components = await computeComponents(bench);
        const small: Partial<Record<StatisticName, readonly object[]>> = {
          stages: await computeStages(bench),
          drivers: await computeDrivers(bench),
          correlations: await computeCorrelations(bench),
          components,
          segments: await computeSegments(bench, components),
          ranking: await rankingDocuments(bench, store),
        };
        for (const [name, sql] of Object.entries(CONTRACT_ROWS)) {
          small[name as keyof typeof CONTRACT_ROWS] = (await bench.rows(sql)).map(withDoubles);
        }
        computedAt = performance.now();
        for (const [name, rows] of Object.entries(small) as [StatisticName, Fields[]][]) {
          signal?.throwIfAborted();
          const { collection } = STATISTICS[name];
          const known = new Map<string, FieldColumn>();
          collectColumns(known, rows);
          columns[collection] = [...known.values()];
          await publication.write(name, rows);
          collections[collection] = rows.length;
        }
      }

      // Settled, not abandoned: a write that ends after the others were dropped would leave a collection behind.
      for (const outcome of await Promise.allSettled([writeOutliers(), writeOthers()]))
        if (outcome.status === 'rejected') throw outcome.reason;

      const { documents } = await bench.row<{ documents: number }>(
        'SELECT count(*)::INTEGER AS documents FROM garments',
      );
      const { readMs, loadMs, ...counts } = report;
      const publishingAt = performance.now();
      const milliseconds = {
        read: readMs,
        load: loadMs,
        compute: analysingAt - computingAt,
        analyse: computedAt - analysingAt,
        write: publishingAt - computedAt,
        total: publishingAt - startedAt,
      };
      const toCheck = await countFound(store, { state: 'to-check' });
      const summary: StatisticsSummary = {
        finishedAt: new Date().toISOString(),
        method_version: version,
        ...counts,
        documents,
        coverage,
        collections,
        columns,
        milliseconds: Object.fromEntries(Object.entries(milliseconds).map(([name, ms]) => [name, Math.round(ms)])),
        notes: [
          ...notesOn(report, coverage, collections, toCheck),
          ...otherVersions(version, (await countImpacts(store)) - toCheck - report.read),
        ],
      };
      signal?.throwIfAborted();
      await withInvalidation(store, cache, {
        tags: [CACHE_TAGS.statistics],
        write: () => publication.publish(summary),
      });
      return summary;
    } catch (error) {
      // What cannot be dropped now is dropped by a later run; the reason of the failure is the one to report.
      await publication.discard().catch(() => undefined);
      throw error;
    }
  } finally {
    await bench.close();
  }
}
