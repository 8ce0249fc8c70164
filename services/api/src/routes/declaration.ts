import { MAX_FILE_BYTES, organisationSchema, RefusedFileError } from '@ecobalyse/declaration';
import { languageOf, requireRole, tellLanguage } from '@ecobalyse/http-kit';
import {
  declarationCheckBody,
  declarationCheckQuery,
  declarationReportSchema,
  errorDetailSchema,
  failures,
  streamed,
} from '@ecobalyse/schema';
import type { FastifyPluginAsyncZod, ZodTypeProvider } from 'fastify-type-provider-zod';
import { formatOfUpload } from '../accept-upload.js';
import { checkAllButBody, sendAsIs } from '../beyond-types.js';
import { type DeclarationTask, refusedFile } from '../declaration-answers.js';
import type { ApiDependencies } from '../dependencies.js';
import { fileOf, inForm, jsonField, takeFiles, type UploadedFile } from '../file-uploads.js';
import { openProcess, ProcessEndedError } from '../processes.js';

/** A book that needs more takes nobody else's memory or time. */
const LIMITS = { memoryMb: 768, timeoutMs: 30_000, idleMs: 30_000 };

/** The bytes of a file as far as the portal looks at them: one more than it takes says that there are more. */
async function bytesOf({ body }: UploadedFile): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  // The connection outlives the reading, for the client has to hear the answer.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_FILE_BYTES) break;
  }
  body.resume();
  return Buffer.concat(parts).subarray(0, MAX_FILE_BYTES + 1);
}

/** `POST /declaration/check`: what the official portal will decide about each row of a file. Nothing is kept or sent. */
export function declarationRoutes({ access }: ApiDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    const upload = app.withTypeProvider<ZodTypeProvider>();
    upload.addHook('onRequest', requireRole(access, 'reader'));
    await takeFiles(upload as never);
    const inProcess = openProcess<DeclarationTask, string>(upload as never, 'declaration-worker', LIMITS);

    upload.post(
      '/declaration/check',
      {
        schema: {
          tags: ['Declaration'],
          security: [{ apiKey: [] }],
          operationId: 'checkDeclaration',
          summary: 'What the declaration portal will decide about each row of a file',
          description:
            'A .csv or .xlsx file of the official portal, judged as the portal does (docs/declaration.md): a line for each row, as ' +
            '`ecobalyse declare check` prints it, or one for a file that is refused whole. As JSON (`Accept`, or `format=json`) with the repair of each ' +
            'fault in words, cells that the portal misreads, and its score beside that of what is given. Nothing is kept or sent.',
          querystring: declarationCheckQuery,
          body: declarationCheckBody,
          response: {
            200: {
              description: 'A line for each row',
              content: {
                ...streamed('application/x-ndjson', '').content,
                'application/json': { schema: declarationReportSchema },
              },
            },
            ...failures(403, 422, 503),
            413: errorDetailSchema.describe('A form that is too large'),
          },
        },
        validatorCompiler: checkAllButBody,
      },
      async (request, reply) => {
        const file = await fileOf(request);
        const { query } = request;
        const { contentType, isInForm } = file;
        const isJson = /\bapplication\/json\b/i.test(request.headers.accept ?? '');
        const { format = isJson ? 'json' : 'ndjson', language = languageOf(request), rules } = query;
        const given = file.field('organisation');
        const organisation =
          given === undefined ? undefined : jsonField(request, 'organisation', given, organisationSchema);
        const ending = formatOfUpload(contentType, undefined) === 'xlsx' ? 'xlsx' : 'csv';
        const bytes = await (isInForm ? inForm(bytesOf(file)) : bytesOf(file));
        const name = query.name ?? file.name ?? `declaration.${ending}`;
        const task = { bytes, name, organisation, rules, format, language };
        const told = await inProcess(task).catch((error: unknown) => {
          if (!(error instanceof ProcessEndedError)) throw error;
          return refusedFile(new RefusedFileError('parse', 'xlsx_too_large'), task);
        });
        tellLanguage(reply, language).type(
          format === 'json' ? 'application/json; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
        );
        return sendAsIs(reply.header('cache-control', 'private, no-store'), told);
      },
    );
  };
}
