import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedMongo } from '@ecobalyse/embedded-mongo';

/** A database server for a test file. */
export interface TestMongodb {
  readonly uri: string;
  close(): Promise<void>;
}

/** The server that `MONGODB_URI` names, or by default the embedded one, on a free port and a temporary folder. */
export async function startTestMongodb(): Promise<TestMongodb> {
  if (process.env.MONGODB_URI) return { uri: process.env.MONGODB_URI, close: async () => undefined };
  const dir = await mkdtemp(join(tmpdir(), 'ecobalyse-mongodb-'));
  const server = await startEmbeddedMongo({ dir, port: 0 });
  return {
    uri: server.uri,
    async close() {
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A store's database, for tests that write what the platform never would, and clear up after themselves. */
export function databaseOf<Database>(store: { collection(name: 'impacts'): { readonly db: Database } }): Database {
  return store.collection('impacts').db;
}

/** What emptying needs to know of a store. */
type Emptied = { collections(): Promise<{ deleteMany(filter: object): Promise<unknown> }[]> };

/** Removes all documents of a store's database. Its indexes stay: making them anew takes longer than most tests. */
export async function emptyDatabase(store: { collection(name: 'impacts'): { readonly db: Emptied } }): Promise<void> {
  for (const collection of await databaseOf(store).collections()) await collection.deleteMany({});
}
