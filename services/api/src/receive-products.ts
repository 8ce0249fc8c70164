import type { Readable } from 'node:stream';
import { fault, invalidRequest, RefusedError } from '@ecobalyse/http-kit';
import {
  CharsetError,
  charsetOf,
  type FileFormat,
  isFileFault,
  type Mapping,
  type ReadFault,
  type ReadProduct,
  readProducts,
  unreadHeaders,
  type WorkbookReader,
} from '@ecobalyse/product-files';
import { MAX_JOB_PRODUCTS, type Words } from '@ecobalyse/schema';
import { addProductJobChunks, type Store } from '@ecobalyse/store';

/** Products of a chunk: what is scored, added and counted as one. */
const CHUNK_PRODUCTS = 100;
/** A chunk of long products holds fewer of them; a document of the database has an end. */
const CHUNK_CHARACTERS = 1_000_000;

/** Chunks are stored several at a time, as soon as they have so many characters together. */
const STORED_CHARACTERS = 1_000_000;

const TOO_DEEP: Words = {
  en: 'expected JSON that is nested less deeply',
  fr: 'attendu : du JSON moins profondément imbriqué',
};

/** The upload is no file of products. */
const unreadable = (msg: Words) => invalidRequest({ loc: ['body'], msg, type: 'products' });

/** What was uploaded. */
export interface ReceivedProducts {
  format: FileFormat;
  bytes: number;
  planned: number;
  chunks: number;
  /** Headers of a table. */
  columns: readonly string[] | null;
  /** Those of them that are not read, though nobody said so. */
  unreadColumns: readonly string[];
}

function storedText(item: ReadProduct | ReadFault, index: number): string {
  const { line, cells } = item;
  if ('fault' in item) return JSON.stringify({ line, index, fault: item.message, product: item.known, cells });
  try {
    return JSON.stringify({ line, index, product: item.product, cells });
  } catch {
    return JSON.stringify({ line, index, fault: TOO_DEEP });
  }
}

/** The charset that a content-type announces. @throws RefusedError for one that we do not read. */
export function announcedCharset(contentType: string | undefined) {
  try {
    return charsetOf(contentType);
  } catch (error) {
    if (error instanceof CharsetError) throw unreadable(error.words);
    throw error;
  }
}

/** The bytes of an upload. @throws RefusedError as soon as they are more than `maxBytes`. */
export async function* withinBytes(body: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  // The connection outlives a refusal, which the client has to hear.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RefusedError('file_too_large', { most: maxBytes / 1_000_000 });
    yield chunk;
  }
}

/**
 * Streams the products of an upload into the chunks of a job, at the pace of the database and in flat memory: whatever the
 * size of the body, no more than about two chunks of the largest products are held.
 *
 * @throws RefusedError for what is too large or no file of products, and what the connection or the database say. The caller then removes
 * the job.
 */
export async function receiveProducts(
  store: Store,
  job: string,
  body: Readable,
  options: {
    /** As announced; found out when absent. */
    format: FileFormat | undefined;
    contentType: string | undefined;
    mapping?: Mapping | undefined;
    maxBytes: number;
    readWorkbookSheets: WorkbookReader;
  },
): Promise<ReceivedProducts> {
  const { maxBytes, mapping, readWorkbookSheets } = options;
  const charset = announcedCharset(options.contentType);
  let format: FileFormat = options.format ?? 'csv';
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of withinBytes(body, maxBytes)) {
      bytes += chunk.length;
      yield chunk;
    }
  }

  let columns: string[] | null = null;
  let unreadColumns: string[] = [];
  let planned = 0;
  let chunks = 0;
  let texts: string[] = [];
  let characters = 0;
  let waiting: string[] = [];
  let waitingCharacters = 0;
  function endChunk(): void {
    waiting.push(`[${texts.join(',')}]`);
    waitingCharacters += characters;
    texts = [];
    characters = 0;
  }
  async function storeWaiting(): Promise<void> {
    if (waiting.length === 0) return;
    await addProductJobChunks(store, job, chunks, waiting);
    chunks += waiting.length;
    waiting = [];
    waitingCharacters = 0;
  }

  for await (const item of readProducts(counted(), {
    format: options.format,
    charset,
    mapping,
    readWorkbookSheets,
    onHeader: (header) => {
      columns = header.columns.map(({ header }) => header);
      unreadColumns = unreadHeaders(header.columns);
    },
    onFormat: (found) => {
      format = found;
    },
  })) {
    if ('fault' in item && isFileFault(item)) {
      const { line, message } = item;
      throw unreadable({ en: `line ${line}: ${message.en}`, fr: `ligne ${line} : ${message.fr}` });
    }
    if (planned === MAX_JOB_PRODUCTS) throw new RefusedError('too_many_products', { most: MAX_JOB_PRODUCTS });
    const text = storedText(item, planned);
    planned += 1;
    texts.push(text);
    characters += text.length;
    if (texts.length === CHUNK_PRODUCTS || characters >= CHUNK_CHARACTERS) endChunk();
    if (waitingCharacters >= STORED_CHARACTERS) await storeWaiting();
  }
  if (texts.length > 0) endChunk();
  await storeWaiting();
  if (planned === 0) throw invalidRequest(fault('products_missing', ['body'], { type: 'products' }));
  return { format, bytes, planned, chunks, columns, unreadColumns };
}
