import { Readable } from 'node:stream';
import { RefusedError, requireRole } from '@ecobalyse/http-kit';
import { FLAT_COLUMNS, flattenFields, flattenImpact } from '@ecobalyse/product-documents';
import {
  failures,
  impactExportQuery,
  STATISTICS,
  statisticNotFound,
  statisticParams,
  statisticQuery,
} from '@ecobalyse/schema';
import { findStatisticsSummary, streamFlatSources, streamStatistic } from '@ecobalyse/store';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { sendAsIs } from '../beyond-types.js';
import type { ApiDependencies } from '../dependencies.js';
import { toImpactFilter } from '../impact-filters.js';
import { EXPORT_FORMATS, type ExportFormat, type ExportRow, mapBatches } from '../table-export.js';
import { idPart } from './statistic-requests.js';

const IMPACT_FORMATS = ['parquet', 'csv', 'ndjson'] as const satisfies ExportFormat[];
const STATISTIC_FORMATS = ['csv', 'parquet'] as const satisfies ExportFormat[];

type ExportDependencies = Pick<ApiDependencies, 'store' | 'access'>;

const exportFailures = { ...failures(403, 422, 503), ...statisticNotFound };

const fileOf = (format: ExportFormat) => ({
  description: 'The file',
  content: {
    [EXPORT_FORMATS[format].contentType.split(';')[0] as string]: { schema: z.string().meta({ format: 'binary' }) },
  },
});

/** Waits for the first batch, so that nothing found and a database that is away still have their own status. */
async function withFirstBatch<T>(batches: AsyncGenerator<T[]>): Promise<AsyncGenerator<T[]>> {
  const first = await batches.next();
  if (first.done) throw new RefusedError('not_found');
  return (async function* () {
    yield first.value;
    yield* batches;
  })();
}

/**
 * The exports: flat tables of the `impacts` documents and of each statistic, streamed from the database cursor to the client
 * at the client's pace. Memory does not grow with the table: the most that is held is one row group of a Parquet file.
 */
export function exportRoutes({ store, access }: ExportDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Exports'], security: [{ apiKey: [] }] };

  async function sendFile<T>(
    reply: FastifyReply,
    name: string,
    format: ExportFormat,
    columns: Parameters<(typeof EXPORT_FORMATS)['csv']['encode']>[0],
    documents: AsyncGenerator<T[]>,
    toRow: (document: T) => ExportRow,
  ): Promise<never> {
    const { contentType, encode } = EXPORT_FORMATS[format];
    const rows = mapBatches(await withFirstBatch(documents), toRow);
    const file = Readable.from(encode(columns, rows), { objectMode: false });
    // A client that is gone by now leaves generators that nobody has begun to read: they do not end the cursor.
    file.once('close', () => void documents.return(undefined).catch(() => undefined));
    reply
      .type(contentType)
      .header('content-disposition', `attachment; filename="${name}.${format}"`)
      .header('cache-control', 'private, no-store');
    return sendAsIs(reply, file);
  }

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    for (const format of IMPACT_FORMATS) {
      app.get(
        `/export/impacts.${format}`,
        {
          schema: {
            ...common,
            operationId: `exportProducts${idPart(format)}`,
            summary: `Every product as a flat table (${format})`,
            description: `One row for each document of impacts. Columns: ${FLAT_COLUMNS.map(({ name, about }) => `\`${name}\` (${about})`).join(', ')}.`,
            querystring: impactExportQuery,
            response: { 200: fileOf(format), ...exportFailures },
          },
        },
        async ({ query: { product_id, ...filters } }, reply) => {
          const products = [...(filters.product ?? []), ...(product_id === undefined ? [] : [product_id])];
          const filter = toImpactFilter({ ...filters, product: products.length > 0 ? products : undefined });
          return sendFile(
            reply,
            'impacts',
            format,
            FLAT_COLUMNS,
            streamFlatSources(store, filter),
            (document) => flattenImpact(document).row,
          );
        },
      );
    }

    for (const format of STATISTIC_FORMATS) {
      app.get(
        `/stats/:name.${format}`,
        {
          schema: {
            ...common,
            operationId: `exportStatistic${idPart(format)}`,
            summary: `A statistic as a flat table (${format})`,
            description:
              'Every document of the statistic, also where its own route answers fewer. Nested fields have names with ' +
              'dots; lists are JSON text.',
            params: statisticParams,
            querystring: statisticQuery.omit({ limit: true }),
            response: { 200: fileOf(format), ...exportFailures },
          },
        },
        async ({ params: { name }, query: { product_id, impact_type } }, reply) => {
          const summary = await findStatisticsSummary(store);
          if (!summary) throw new RefusedError('statistics_missing');
          const filter = { productId: product_id, impactType: impact_type };
          const { collection } = STATISTICS[name];
          const columns = summary.columns[collection] ?? [];
          return sendFile(reply, collection, format, columns, streamStatistic(store, name, filter), (document) =>
            flattenFields(document),
          );
        },
      );
    }
  };
}
