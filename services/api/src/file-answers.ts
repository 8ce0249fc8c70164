import { Readable } from 'node:stream';
import { tellLanguage } from '@ecobalyse/http-kit';
import { PRODUCTS_SHEET, TABLE_WRITERS, type TableFormat, type WrittenTable } from '@ecobalyse/product-files';
import type { Language } from '@ecobalyse/schema';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { sendAsIs } from './beyond-types.js';

/** Answers that are files of products. */

const LINE_TYPES = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const;

/** Says that an answer is a file of one reader. */
export const asFile = (reply: FastifyReply, language: Language, name: string, type: string) =>
  tellLanguage(reply, language)
    .type(type)
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'private, no-store');

/** Sends a table in one of its forms. */
export function sendTable(
  reply: FastifyReply,
  format: TableFormat,
  language: Language,
  name: string,
  table: WrittenTable,
): never {
  const { contentType, ending, write } = TABLE_WRITERS[format];
  asFile(reply, language, `${name}.${ending}`, contentType);
  return sendAsIs(reply, write(table, PRODUCTS_SHEET[language]));
}

/** A file that is no text, in a document of the API. */
export const BINARY = { schema: z.string().meta({ format: 'binary' }) };

/** The forms of a table in a document of the API. */
export const TABLES = Object.fromEntries(
  Object.values(TABLE_WRITERS).map(({ contentType }) => [contentType.split(';')[0], BINARY]),
);

/** Lines of NDJSON as one array. */
async function* inArray(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let before = '[';
  for await (const some of lines) {
    if (some === '') continue;
    yield before + some.trimEnd().replaceAll('\n', ',');
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** Sends lines of NDJSON, or the same as one array. */
export function sendLines(
  reply: FastifyReply,
  format: keyof typeof LINE_TYPES,
  language: Language,
  name: string,
  lines: AsyncIterable<string>,
): never {
  asFile(reply, language, `${name}.${format}`, LINE_TYPES[format]);
  return sendAsIs(reply, Readable.from(format === 'json' ? inArray(lines) : lines, { objectMode: false }));
}
