import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A dump is a folder laid out as MongoDB's own tools lay it out, so that `mongorestore` can read it too:
 * `<database>/<collection>.bson` holds the documents one after the other, `<collection>.metadata.json` the indexes.
 * `manifest.json` is written last: without it a dump is not complete.
 */
export interface Manifest {
  readonly format: 1;
  readonly collections: readonly DumpedCollection[];
}

export interface DumpedCollection extends Fingerprint {
  readonly database: string;
  readonly collection: string;
}

/** What must be equal on both sides, whatever the order of the documents. */
export interface Fingerprint {
  readonly count: number;
  /** The sum of the SHA-256 of all documents' bytes, modulo 2^256, in hexadecimal. */
  readonly checksum: string;
}

export const MANIFEST = 'manifest.json';
const MODULUS = 1n << 256n;
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024 + 16 * 1024;

/** Adds up documents to a fingerprint. */
export function createFingerprint() {
  let count = 0;
  let sum = 0n;
  return {
    add(document: Uint8Array): void {
      count++;
      sum = (sum + BigInt(`0x${createHash('sha256').update(document).digest('hex')}`)) % MODULUS;
    },
    result: (): Fingerprint => ({ count, checksum: sum.toString(16).padStart(64, '0') }),
  };
}

/** Where a collection's files lie, without their endings; what a file system may not take is escaped as in a URL. */
export function pathOf(folder: string, database: string, collection: string): string {
  return join(folder, encodeURIComponent(database), encodeURIComponent(collection));
}

/** @throws Error when the folder holds no complete dump */
export function readManifest(folder: string): Manifest {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) throw new Error(`${file} is missing: the folder holds no dump, or one that did not end`);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  if (manifest.format !== 1) throw new Error(`${file} has format ${manifest.format}; this program reads format 1`);
  return manifest;
}

/**
 * The documents of a BSON file, one at a time.
 * @throws Error naming the file when it is cut short or is no BSON
 */
export async function* readDocuments(file: string): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let at = 0;
    while (held.length - at >= 4) {
      const length = held.readInt32LE(at);
      if (length < 5 || length > MAX_DOCUMENT_BYTES)
        throw new Error(`${file} is damaged: a document of ${length} bytes`);
      if (held.length - at < length) break;
      yield held.subarray(at, at + length);
      at += length;
    }
    held = held.subarray(at);
  }
  if (held.length > 0) throw new Error(`${file} is cut short: its last document is not complete`);
}
