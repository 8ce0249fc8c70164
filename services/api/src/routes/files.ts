import { languageOf, RefusedError, requireRole, tellLanguage } from '@ecobalyse/http-kit';
import { checkProduct } from '@ecobalyse/product-documents';
import { inspectProducts, TEMPLATE_FORMATS, templateWriter, writeTemplate } from '@ecobalyse/product-files';
import {
  errorDetailSchema,
  failures,
  fileMappingSchema,
  inLanguage,
  inspectionSchema,
  type Language,
  MOST_MAPPINGS,
  mappingParams,
  messageSchema,
  pageQuery,
  productBatchBody,
  productBatchQuery,
  savedMappingSchema,
  savedMappingsAnswer,
  templateQuery,
  type Words,
} from '@ecobalyse/schema';
import {
  deleteFileMapping,
  findFileMapping,
  listFileMappings,
  type SavedFileMapping,
  saveFileMapping,
} from '@ecobalyse/store';
import { simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod, ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { formatOfUpload } from '../accept-upload.js';
import { checkAllButBody, sendAsIs } from '../beyond-types.js';
import type { ApiDependencies } from '../dependencies.js';
import { fileOf, inForm, mappingOf, opened, takeFiles } from '../file-uploads.js';
import { announcedCharset, withinBytes } from '../receive-products.js';
import { openWorkbookProcess } from '../workbook-process.js';

const TEMPLATE_NAMES: Words = { fr: 'modele-produits', en: 'products-template' };
const mappingNotFound = { 404: errorDetailSchema.describe('No mapping of that name') };

const shown = ({ name, mapping, updatedAt, updatedBy }: SavedFileMapping) => ({
  name,
  mapping,
  updated_at: updatedAt.toISOString(),
  updated_by: updatedBy,
});

/** What the platform would refuse of a product, by the field. */
function refusals(product: unknown, language: Language): Readonly<Record<string, string>> {
  const checked = checkProduct(product);
  if ('faults' in checked) {
    return Object.fromEntries(checked.faults[language].map((fault) => [fault.split(/[.:]/)[0], fault]));
  }
  try {
    inLanguage(language, () => simulateTotals(checked.product));
    return {};
  } catch (error) {
    if (error instanceof TextileQueryError) return error.errors;
    throw error;
  }
}

/** `/files…`: how a file of products is understood, before anything is added; mappings that are kept for files to come. */
export function fileRoutes({ store, access, productJobLimits }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Files'], security: [{ apiKey: [] }] };

  return async (app) => {
    await app.register(async (scope) => {
      const upload = scope.withTypeProvider<ZodTypeProvider>();
      upload.addHook('onRequest', requireRole(access, 'reader'));
      await takeFiles(upload as never);
      const readWorkbookSheets = openWorkbookProcess(scope);
      upload.post(
        '/files/inspect',
        {
          config: { longBody: true },
          schema: {
            ...common,
            operationId: 'inspectFile',
            summary: 'How a file of products is understood',
            description:
              'Of a file as POST /product/batch takes it (docs/files.md): what each column holds, what is missing, the first faults with what ' +
              'to write instead, and the first products. Nothing is kept. Corrections come as `mapping`: the name of a saved one, or ' +
              'as JSON in a field of the form that stands before the file.',
            querystring: productBatchQuery,
            body: productBatchBody,
            response: {
              200: inspectionSchema,
              ...failures(403, 422, 503),
              ...mappingNotFound,
              413: errorDetailSchema.describe('More bytes than a file may have'),
            },
          },
          // The body is a stream, read product by product.
          validatorCompiler: checkAllButBody,
        },
        async (request, reply) => {
          const file = await fileOf(request);
          const language = languageOf(request);
          const { body, contentType, isInForm } = file;
          try {
            const inspected = inspectProducts(withinBytes(body, productJobLimits.maxBytes), {
              format: formatOfUpload(contentType, request.query.name ?? file.name),
              charset: announcedCharset(contentType),
              mapping: await mappingOf(store, request, file, request.query.mapping),
              readWorkbookSheets,
              language,
              check: (product) => refusals(product, language),
            });
            return tellLanguage(reply, language).send(await (isInForm ? inForm(inspected) : inspected));
          } finally {
            // Read to its end, so that the client, which may still be sending, gets to hear the answer.
            body.resume();
          }
        },
      );
    });

    app.get(
      '/files/template',
      {
        onRequest: requireRole(access, 'reader'),
        schema: {
          ...common,
          operationId: 'getTemplate',
          summary: 'A file of products to be filled in',
          description:
            'Its columns, an example, and in a workbook what may be written, to choose from. As CSV it has the separator and the decimal ' +
            'mark of the spreadsheets of its language.',
          querystring: templateQuery,
          response: {
            200: {
              description: 'The file',
              content: Object.fromEntries(
                TEMPLATE_FORMATS.map((format) => [
                  templateWriter(format, 'en').contentType.split(';')[0],
                  { schema: z.string().meta({ format: 'binary' }) },
                ]),
              ),
            },
            ...failures(403, 422),
          },
        },
      },
      async (request, reply) => {
        const { format, language = languageOf(request) } = request.query;
        tellLanguage(reply, language)
          .type(templateWriter(format, language).contentType)
          .header('content-disposition', `attachment; filename="${TEMPLATE_NAMES[language]}.${format}"`)
          .header('cache-control', 'private, no-store');
        return sendAsIs(reply, writeTemplate(format, language));
      },
    );

    await app.register(async (scope) => {
      const mappings = scope.withTypeProvider<ZodTypeProvider>();
      mappings.addHook('onRequest', requireRole(access, 'reader', 'writer'));

      mappings.get(
        '/files/mappings',
        {
          schema: {
            ...common,
            operationId: 'listMappings',
            summary: 'The saved mappings, by name',
            querystring: pageQuery,
            response: { 200: savedMappingsAnswer, ...failures(403, 422, 503) },
          },
        },
        async ({ query }) => {
          const { total, items } = await listFileMappings(store, query);
          return { total, ...query, items: items.map(shown) };
        },
      );

      mappings.get(
        '/files/mappings/:name',
        {
          schema: {
            ...common,
            operationId: 'getMapping',
            summary: 'A saved mapping',
            params: mappingParams,
            response: { 200: savedMappingSchema, ...failures(403, 422, 503), ...mappingNotFound },
          },
        },
        async ({ params: { name } }) => {
          const found = await findFileMapping(store, name);
          if (!found) throw new RefusedError('mapping_unknown');
          return shown(found);
        },
      );

      mappings.put(
        '/files/mappings/:name',
        {
          schema: {
            ...common,
            operationId: 'saveMapping',
            summary: 'Save a mapping for files to come, in place of one of the same name',
            params: mappingParams,
            body: fileMappingSchema,
            response: {
              200: savedMappingSchema,
              ...failures(403, 422, 503),
              409: errorDetailSchema.describe('As many mappings are kept as may be'),
            },
          },
        },
        async (request) => {
          const { name } = request.params;
          request.subject = name;
          opened(request.body, ['body']);
          const updatedBy = request.caller?.name ?? null;
          const saved = await saveFileMapping(store, { name, mapping: request.body, updatedBy }, MOST_MAPPINGS);
          if (!saved) throw new RefusedError('too_many_mappings', { most: MOST_MAPPINGS });
          return shown(saved);
        },
      );

      mappings.delete(
        '/files/mappings/:name',
        {
          schema: {
            ...common,
            operationId: 'deleteMapping',
            summary: 'Delete a saved mapping',
            params: mappingParams,
            response: { 200: messageSchema, ...failures(403, 422, 503), ...mappingNotFound },
          },
        },
        async (request) => {
          const { name } = request.params;
          request.subject = name;
          if (!(await deleteFileMapping(store, name))) throw new RefusedError('mapping_unknown');
          return { message: `Mapping ${name} deleted` };
        },
      );
    });
  };
}
