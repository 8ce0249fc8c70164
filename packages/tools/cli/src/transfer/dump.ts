import { once } from 'node:events';
import { createWriteStream, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { BSON, type Collection, type Document, type MongoClient } from 'mongodb';
import {
  createFingerprint,
  type DumpedCollection,
  type Fingerprint,
  MANIFEST,
  type Manifest,
  pathOf,
} from './dump-format.js';

/** Tells how far a transfer is, one line per collection. */
export type Report = (line: string) => void;

/**
 * Writes all collections of some databases into an empty folder, streaming. Writes that happen meanwhile may or may
 * not be part of it.
 * @param databases their names
 * @throws Error when the folder is not empty, or when a collection cannot be read
 */
export async function dump(
  client: MongoClient,
  databases: readonly string[],
  folder: string,
  report: Report,
): Promise<Manifest> {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`--to ${folder} is not empty: name a new folder for the dump`);
  const collections: DumpedCollection[] = [];
  for (const database of databases) {
    const found = await client.db(database).listCollections().toArray();
    for (const { name, type } of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (type !== 'collection' || name.startsWith('system.')) {
        report(
          `${database}.${name}: left out, as it is ${name.startsWith('system.') ? "the server's own" : `a ${type}`}`,
        );
        continue;
      }
      const fingerprint = await dumpCollection(client.db(database).collection(name), pathOf(folder, database, name));
      collections.push({ database, collection: name, ...fingerprint });
      report(`${database}.${name}: ${fingerprint.count} documents`);
    }
  }
  const manifest: Manifest = { format: 1, collections };
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

async function dumpCollection(collection: Collection<Document>, path: string): Promise<Fingerprint> {
  mkdirSync(dirname(path), { recursive: true });
  const indexes = await collection.listIndexes().toArray();
  const metadata = { indexes, collectionName: collection.collectionName, type: 'collection', options: {} };
  writeFileSync(`${path}.metadata.json`, BSON.EJSON.stringify(metadata, { relaxed: false }));
  const file = createWriteStream(`${path}.bson`, { flags: 'wx' });
  const fingerprint = await readFingerprint(collection, async (document) => {
    if (!file.write(document)) await once(file, 'drain');
  });
  file.end();
  await finished(file);
  return fingerprint;
}

/** Reads a whole collection as raw documents and adds them up. */
export async function readFingerprint(
  collection: Collection<Document>,
  use: (document: Uint8Array) => Promise<void> = async () => undefined,
): Promise<Fingerprint> {
  const fingerprint = createFingerprint();
  for await (const raw of collection.find({}, { raw: true, batchSize: 500 })) {
    // With `raw`, what the driver types as a document is its bytes.
    const document = raw as unknown as Uint8Array;
    fingerprint.add(document);
    await use(document);
  }
  return fingerprint.result();
}
