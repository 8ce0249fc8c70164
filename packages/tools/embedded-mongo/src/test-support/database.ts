import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, type Document, MongoClient, type MongoClientOptions } from 'mongodb';
import { afterAll, beforeAll } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../index.js';

/** A folder of its own for a test's data. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'embedded-mongo-'));
}

export function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** A document of a test: any fields, and an _id of the test's own. */
export interface Row extends Document {
  _id: number | string;
}

export interface TestServer {
  readonly uri: string;
  readonly client: MongoClient;
  /** A database for this test file alone. */
  readonly db: Db;
}

/** Starts a server for one test file: the one of `MONGODB_URI`, or by default an embedded one in an empty folder. */
export function useDatabase(options: MongoClientOptions = {}): TestServer {
  return useServer(process.env.MONGODB_URI, options);
}

/** Starts an embedded server for one test file, whatever `MONGODB_URI` says. */
export function useEmbedded(options: MongoClientOptions = {}): TestServer {
  return useServer(undefined, options);
}

function useServer(given: string | undefined, options: MongoClientOptions): TestServer {
  let server: EmbeddedMongo | undefined;
  let dir: string | undefined;
  let client: MongoClient | undefined;
  let uri = given;
  const name = `conformance_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  beforeAll(async () => {
    if (uri === undefined) {
      dir = temporaryFolder();
      server = await startEmbeddedMongo({ dir });
      uri = server.uri;
    }
    client = await new MongoClient(uri, options).connect();
  });
  afterAll(async () => {
    await client?.db(name).dropDatabase();
    await client?.close();
    await server?.close();
    if (dir) removeFolder(dir);
  });
  const started = <T>(v: T | undefined): T => {
    if (v === undefined) throw new Error('the test server has not started yet');
    return v;
  };
  return {
    get uri() {
      return started(uri);
    },
    get client() {
      return started(client);
    },
    get db() {
      return started(client).db(name);
    },
  };
}
