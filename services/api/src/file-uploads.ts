import type { Readable } from 'node:stream';
import { fault, invalidRequest, languageOf, RefusedError } from '@ecobalyse/http-kit';
import { type Mapping, MappingError, openMapping } from '@ecobalyse/product-files';
import { type FileMapping, fileMappingSchema, inLanguage } from '@ecobalyse/schema';
import { findFileMapping, type Store } from '@ecobalyse/store';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CONTENT_TYPES } from './accept-upload.js';

/** Bytes of a field of a form beside its file. */
const FIELD_BYTES = 512 * 1024;

/** What reading a form says of one that is none, or was cut off: its reader has no class for that. */
export const inForm = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: NodeJS.ErrnoException) => {
    const isOfForm = error.code?.startsWith('FST_') || /multipart/i.test(error.message);
    throw isOfForm ? invalidRequest(fault('form_invalid', ['body'], { type: 'products' })) : error;
  });

/** Lets routes take files as bodies, whatever their type, and as the file of a form: of a browser, or curl -F. */
export async function takeFiles(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(CONTENT_TYPES, (_request, payload, done) => done(null, payload));
  // A file that is too large is refused where its bytes are counted.
  const limits = { files: 1, fields: 10, fieldSize: FIELD_BYTES, fileSize: Number.POSITIVE_INFINITY };
  await app.register(multipart, { limits });
}

/** A file as it comes. */
export interface UploadedFile {
  readonly body: Readable;
  readonly contentType: string | undefined;
  readonly name: string | undefined;
  readonly isInForm: boolean;
  /** A field of the form that stands before the file. */
  readonly field: (name: string) => string | undefined;
}

/** The file of a request. @throws RefusedError without one. */
export async function fileOf(request: FastifyRequest): Promise<UploadedFile> {
  const part = request.isMultipart() ? await inForm(request.file()) : undefined;
  const body = part?.file ?? (request.body as Readable | null | undefined);
  if (!body) throw invalidRequest(fault('body_missing', ['body'], { type: 'missing' }));
  return {
    body,
    contentType: part?.mimetype ?? request.headers['content-type'],
    name: part?.filename,
    isInForm: part !== undefined,
    field: (name) => {
      const field = [part?.fields[name]].flat()[0];
      return field?.type === 'field' ? String(field.value) : undefined;
    },
  };
}

/** The JSON of a form's field. @throws RefusedError naming what is not as it should be. */
export function jsonField<T>(request: FastifyRequest, name: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidRequest(fault('json_invalid', ['body', name]));
  }
  const read = inLanguage(languageOf(request), () => {
    const { data, error } = schema.safeParse(value);
    const faults = error?.issues.map(({ path, message }) => ({
      loc: ['body', name, ...path.map(String)],
      msg: message,
      type: 'value_error',
    }));
    return { data, faults };
  });
  if (read.faults) throw invalidRequest(...read.faults);
  return read.data as T;
}

/** Opens a mapping. @throws RefusedError for one that names what we do not know. */
export function opened(mapping: FileMapping, loc: string[]): Mapping {
  try {
    return openMapping(mapping);
  } catch (error) {
    if (error instanceof MappingError) throw invalidRequest({ loc, msg: error.words, type: 'mapping' });
    throw error;
  }
}

/** What the author of a file says of it: by a form's field `mapping`, or by the name of a saved one. */
export async function mappingOf(
  store: Store,
  request: FastifyRequest,
  { field }: UploadedFile,
  name: string | undefined,
): Promise<Mapping | undefined> {
  const text = field('mapping');
  if (text !== undefined) {
    return opened(jsonField(request, 'mapping', text, fileMappingSchema), ['body', 'mapping']);
  }
  if (name === undefined) return undefined;
  const saved = await findFileMapping(store, name);
  if (!saved) throw new RefusedError('mapping_unknown');
  return opened(saved.mapping, ['query', 'mapping']);
}
