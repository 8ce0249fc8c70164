import type { Readable } from 'node:stream';
import {
  CharsetError,
  charsetOf,
  type FileFormat,
  isFileFault,
  type ReadFault,
  type ReadProduct,
  readProducts,
} from '@ecobalyse/product-files';
import { MAX_JOB_PRODUCTS } from '@ecobalyse/schema';
import { addProductJobChunks, type Store } from '@ecobalyse/store';

/** Products of a chunk: what is scored, added and counted as one. */
const CHUNK_PRODUCTS = 100;
/** A chunk of long products holds fewer of them; a document of the database has an end. */
const CHUNK_CHARACTERS = 1_000_000;

/** Chunks are stored several at a time, as soon as they have so many characters together. */
const STORED_CHARACTERS = 1_000_000;

/** The upload holds more than it may: nothing of it is kept. */
export class UploadTooLargeError extends Error {
  readonly statusCode = 413;
}

/** The upload is no file of products; the message says why. */
export class UnreadableUploadError extends Error {}

/** What was uploaded. */
export interface ReceivedProducts {
  bytes: number;
  planned: number;
  chunks: number;
}

function storedText(item: ReadProduct | ReadFault, index: number): string {
  const { line } = item;
  if ('fault' in item) return JSON.stringify({ line, index, fault: item.message });
  try {
    return JSON.stringify({ line, index, product: item.product });
  } catch {
    return JSON.stringify({ line, index, fault: 'expected JSON that is nested less deeply' });
  }
}

function announcedCharset(contentType: string | undefined) {
  try {
    return charsetOf(contentType);
  } catch (error) {
    if (error instanceof CharsetError) throw new UnreadableUploadError(`content-type: ${error.message}`);
    throw error;
  }
}

/**
 * Streams the products of an upload into the chunks of a job, at the pace of the database and in flat memory: whatever the
 * size of the body, no more than about two chunks of the largest products are held.
 *
 * @throws UploadTooLargeError, UnreadableUploadError, and what the connection or the database say. The caller then removes
 * the job.
 */
export async function receiveProducts(
  store: Store,
  job: string,
  body: Readable,
  { format, contentType, maxBytes }: { format: FileFormat; contentType: string | undefined; maxBytes: number },
): Promise<ReceivedProducts> {
  const charset = announcedCharset(contentType);
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    // The connection outlives a refusal, which the client has to hear.
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new UploadTooLargeError(`The file is larger than ${maxBytes / 1_000_000} MB`);
      yield chunk;
    }
  }

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

  for await (const item of readProducts(counted(), { format, charset })) {
    if ('fault' in item && isFileFault(item)) {
      throw new UnreadableUploadError(`line ${item.line}: ${item.message}`);
    }
    if (planned === MAX_JOB_PRODUCTS)
      throw new UploadTooLargeError(`The file holds more than ${MAX_JOB_PRODUCTS} products`);
    const text = storedText(item, planned);
    planned += 1;
    texts.push(text);
    characters += text.length;
    if (texts.length === CHUNK_PRODUCTS || characters >= CHUNK_CHARACTERS) endChunk();
    if (waitingCharacters >= STORED_CHARACTERS) await storeWaiting();
  }
  if (texts.length > 0) endChunk();
  await storeWaiting();
  if (planned === 0) throw new UnreadableUploadError('expected at least one product');
  return { bytes, planned, chunks };
}
