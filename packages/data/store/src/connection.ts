import { setTimeout as wait } from 'node:timers/promises';
import {
  type Collection,
  GridFSBucket,
  MongoBulkWriteError,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoServerSelectionError,
} from 'mongodb';
import type { CollectionName, CollectionTypes } from './collections.js';
import { measureCommands } from './command-timings.js';

export interface StoreOptions {
  uri: string;
  dbName: string;
  /** Shown in the server's logs and list of connections. */
  appName: string;
  /** How long an operation waits for a server that is away before it fails. */
  serverSelectionTimeoutMs?: number;
}

/** A connection to the platform's database. */
export interface Store {
  /** The one way to documents: each collection has a known type. */
  collection<Name extends CollectionName>(name: Name): Collection<CollectionTypes[Name]>;
  /** Files beside the documents, of any size (GridFS). */
  files(name: 'tracking_artifacts'): GridFSBucket;
  /** Resolves when the server answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_CONNECTION_RETRY_MS = 500;

/**
 * Connects, and goes on trying until it succeeds: after a first connection the driver finds a server that comes back by
 * itself, but a client whose very first attempt fails stays closed.
 */
async function connectForTheFirstTime(client: MongoClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.connect();
      return;
    } catch {
      // The operations that wait for the server report why it is away.
      await wait(FIRST_CONNECTION_RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Opens the store at once; it connects in the background, however long the server is away. Operations meanwhile fail
 * with an error that {@link isStoreUnavailable} knows.
 */
export function openStore({ uri, dbName, appName, serverSelectionTimeoutMs = 5000 }: StoreOptions): Store {
  measureCommands();
  const client = new MongoClient(uri, {
    appName,
    serverSelectionTimeoutMS: serverSelectionTimeoutMs,
    connectTimeoutMS: serverSelectionTimeoutMs,
    // A server that hangs without closing its connections is noticed by a heartbeat that stays away.
    heartbeatFrequencyMS: serverSelectionTimeoutMs,
    socketTimeoutMS: 120_000,
    ignoreUndefined: true,
  });
  const closing = new AbortController();
  const connecting = connectForTheFirstTime(client, closing.signal);
  const db = client.db(dbName);
  return {
    collection: (name) => db.collection(name),
    files: (bucketName) => new GridFSBucket(db, { bucketName }),
    ping: async () => void (await db.command({ ping: 1 })),
    async close() {
      closing.abort();
      await connecting;
      await client.close();
    },
  };
}

/**
 * The driver passes the failure of its socket on as it is, when the server dies while it writes. A socket that the other
 * end has closed fails without a system call; a reset without one is a client's, whose request broke off.
 */
function isBrokenSocket({ code, syscall }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || (code === 'ECONNRESET' && (syscall === 'write' || syscall === 'read'));
}

/** What a server answers that shuts down, has no disk left, or is no longer the primary: another, or itself, takes the write later. */
const GOING_AWAY = new Set<unknown>([91, 189, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031]);

/** Whether an error means that the database is away, rather than that it refused something. */
export function isStoreUnavailable(error: unknown): boolean {
  // A write of several documents that the connection did not outlive: the driver wraps what happened to that.
  if (error instanceof MongoBulkWriteError && error.errorResponse instanceof Error) {
    return isStoreUnavailable(error.errorResponse);
  }
  if (error instanceof Error && isBrokenSocket(error)) return true;
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  return (
    error instanceof MongoError &&
    (GOING_AWAY.has(error.code) || /pool|Topology is closed|not connected|timed out/i.test(error.message))
  );
}

/** OutOfDiskSpace of MongoDB, and what Atlas answers beyond the space of a cluster. */
export function isStoreFull(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  return error.code === 14_031 || /no space (is )?left|over your space quota/i.test(error.message);
}

/** Whether an error means that a document with the same unique key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoError && error.code === 11_000;
}
