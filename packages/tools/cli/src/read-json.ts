import { readFile, stat } from 'node:fs/promises';
import { type Mapping, openMapping, parseJson, UnreadableTextError } from '@ecobalyse/product-files';
import { fileMappingSchema, inLanguage } from '@ecobalyse/schema';
import type { z } from 'zod';
import { systemMessage } from './system-message.js';
import { UsageError } from './usage.js';

/** A file as a whole. @throws UsageError for one that cannot be read. */
export async function bytesOf(file: string): Promise<Buffer> {
  try {
    if ((await stat(file)).isDirectory()) throw new Error('it is a folder');
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${systemMessage(error as NodeJS.ErrnoException)}`);
  }
}

/** What a file says in JSON, or in NDJSON as a list. @throws UsageError naming what is not as it should be. */
export async function readJson<T>(file: string, schema: z.ZodType<T>, isList = false): Promise<T> {
  const text = (await bytesOf(file)).toString();
  const isLines = isList && !text.trimStart().startsWith('[');
  let value: unknown;
  try {
    value = isLines
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(parseJson)
      : parseJson(text);
  } catch (error) {
    if (!(error instanceof UnreadableTextError)) throw error;
    throw new UsageError(`${file}: ${error.words.en}`);
  }
  const { data, error } = inLanguage('en', () => schema.safeParse(value));
  if (data !== undefined) return data;
  throw new UsageError(error?.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`).join('\n'));
}

/** Opens the mapping of a JSON file. @throws UsageError naming what is not as it should be. */
export async function readMapping(file: string): Promise<Mapping> {
  try {
    return openMapping(await readJson(file, fileMappingSchema));
  } catch (error) {
    if (error instanceof UnreadableTextError) throw new UsageError(`${file}: ${error.words.en}`);
    throw error;
  }
}
