import { Readable } from 'node:stream';
import { writeDeclarations } from '@ecobalyse/declaration';
import { languageOf, requireRole } from '@ecobalyse/http-kit';
import { TABLE_WRITERS, writeZip } from '@ecobalyse/product-files';
import {
  catalogueDeclarationAnswer,
  catalogueDeclarationQuery,
  catalogueExportQuery,
  catalogueNotFound,
  catalogueParams,
  failures,
  isBuiltIn,
  streamed,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { sendAsIs } from '../beyond-types.js';
import {
  declarationsAsJson,
  declareCatalogue,
  exportLines,
  exportTable,
  leftOutCsv,
  productsOf,
} from '../catalogue-files.js';
import { ownCatalogue } from '../catalogue-views.js';
import type { ApiDependencies } from '../dependencies.js';
import { asFile, BINARY, sendLines, sendTable, TABLES } from '../file-answers.js';
import { toCatalogueFilter } from '../impact-filters.js';

/** `/catalogues/{id}/export` and `/declaration`: the products of a catalogue as files. */
export function catalogueFileRoutes({ store, access }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Catalogues'], security: [{ apiKey: [] }], params: catalogueParams };
  const failuresOf = { ...failures(403, 422, 503), ...catalogueNotFound };

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    app.get(
      '/catalogues/:id/export',
      {
        schema: {
          ...common,
          operationId: 'exportCatalogue',
          summary: 'The products of a catalogue as a file that can be read again',
          description:
            'All that the filters let through, by reference, with all that their owner told of them. As lines of JSON with ecs and md5_id, which ' +
            'are passed over when they are read; as a table with cost, cost per 100 g, percentile within its type of the reference grid and ' +
            'what adds most to the cost.',
          querystring: catalogueExportQuery,
          response: {
            200: {
              description: 'The products',
              content: {
                ...streamed('application/x-ndjson', '').content,
                ...TABLES,
                'application/json': { schema: z.array(z.record(z.string(), z.unknown())) },
              },
            },
            ...failuresOf,
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { format, language = languageOf(request) } = request.query;
        const filter = toCatalogueFilter(request.query);
        if (!isBuiltIn(id)) await ownCatalogue(store, viewerOf(request), id);
        const read = () => productsOf(store, id, filter, language);
        if (format === 'ndjson' || format === 'json')
          return sendLines(reply, format, language, id, exportLines(read()));
        return sendTable(reply, format, language, id, await exportTable(store, read, language));
      },
    );

    app.get(
      '/catalogues/:id/declaration',
      {
        schema: {
          ...common,
          operationId: 'declareCatalogue',
          summary: 'The products of a catalogue as files of the declaration portal',
          description:
            'One file in the portal’s 70 columns; an archive (.zip) of several where it would be larger than the portal takes, or where products are ' +
            'left out: left-out.csv names each with the reason. As JSON: bodies of the portal’s API, and what is left out. Left out is what the ' +
            'file cannot say and what the portal would refuse (docs/declaration.md). Nothing is sent.',
          querystring: catalogueDeclarationQuery,
          response: {
            200: {
              description: 'The declarations',
              content: {
                'text/csv': BINARY,
                [TABLE_WRITERS.xlsx.contentType]: BINARY,
                'application/zip': BINARY,
                'application/json': { schema: catalogueDeclarationAnswer },
              },
            },
            ...failuresOf,
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { format, language = languageOf(request), brand_id } = request.query;
        if (!isBuiltIn(id)) await ownCatalogue(store, viewerOf(request), id);
        const declared = await declareCatalogue(store, id, toCatalogueFilter(request.query), brand_id, language);
        const nameOf = (ending: string) => `${id}-declaration.${ending}`;
        if (format === 'json') {
          asFile(reply, language, nameOf('json'), 'application/json; charset=utf-8');
          return sendAsIs(reply, Readable.from(declarationsAsJson(declared), { objectMode: false }));
        }
        let count = 0;
        async function* counted() {
          for await (const some of declared.declarations) {
            count += some.length;
            yield some;
          }
        }
        const files = writeDeclarations(counted(), format, language);
        const begun = [await files.next(), await files.next()];
        if (begun[1]?.done && declared.leftOut.length === 0) {
          asFile(reply, language, nameOf(format), TABLE_WRITERS[format].contentType);
          return sendAsIs(reply, begun[0]?.value);
        }
        async function* parts(): AsyncGenerator<readonly [string, Buffer]> {
          let number = 0;
          for await (const file of continued(begun, files)) {
            if (count === 0) break;
            number += 1;
            yield [`declaration-${number}.${format}`, file];
          }
          if (declared.leftOut.length > 0) yield ['left-out.csv', leftOutCsv(declared.leftOut, language)];
        }
        asFile(reply, language, nameOf('zip'), 'application/zip');
        return sendAsIs(reply, writeZip(parts()));
      },
    );
  };
}

/** What was taken of a generator already, and what is left of it. */
async function* continued<T>(begun: readonly IteratorResult<T, void>[], others: AsyncGenerator<T, void>) {
  for (const { done, value } of begun) if (!done) yield value as T;
  yield* others;
}
