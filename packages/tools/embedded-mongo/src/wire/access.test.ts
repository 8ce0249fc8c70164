import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BSON, type Document, MongoClient, type MongoClientOptions } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../index.js';
import { removeFolder, temporaryFolder } from '../test-support/database.js';
import { CLIENT } from '../test-support/process.js';

const PASSWORD = 'a-password-of-this-test';
let dir: string;
let server: EmbeddedMongo;
let owner: MongoClient;

const withLogin = (user: string, password: string, more = 'authSource=admin'): string =>
  `${server.uri.replace('//', `//${user}:${password}@`)}/?directConnection=true&${more}`;

beforeAll(async () => {
  dir = temporaryFolder();
  server = await startEmbeddedMongo({ dir: join(dir, 'data'), password: PASSWORD });
  owner = await new MongoClient(withLogin('ecobalyse', PASSWORD), CLIENT).connect();
  await owner.db('test').collection('rows').insertOne({ secret: 1 });
});
afterAll(async () => {
  await owner.close();
  await server.close();
  removeFolder(dir);
});

async function as<T>(uri: string, use: (client: MongoClient) => Promise<T>, options?: MongoClientOptions): Promise<T> {
  const client = new MongoClient(uri, { ...CLIENT, ...options });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

describe('a server with a password', () => {
  const COMMANDS: Document[] = [
    { find: 'rows' },
    { aggregate: 'rows', pipeline: [], cursor: {} },
    { count: 'rows' },
    { distinct: 'rows', key: 'secret' },
    { getMore: BSON.Long.fromNumber(1), collection: 'rows' },
    { killCursors: 'rows', cursors: [] },
    { explain: { find: 'rows' } },
    { insert: 'api_keys', documents: [{ name: 'mine', role: 'admin' }] },
    { update: 'rows', updates: [{ q: {}, u: { $set: { secret: 2 } } }] },
    { delete: 'rows', deletes: [{ q: {}, limit: 0 }] },
    { findAndModify: 'rows', query: {}, remove: true },
    { create: 'more' },
    { drop: 'rows' },
    { dropDatabase: 1 },
    { createIndexes: 'rows', indexes: [{ key: { a: 1 }, name: 'a' }] },
    { dropIndexes: 'rows', index: '*' },
    { listIndexes: 'rows' },
    { listCollections: 1 },
    { collStats: 'rows' },
    { dbStats: 1 },
    { validate: 'rows' },
    { serverStatus: 1 },
    { hostInfo: 1 },
    { getParameter: '*' },
    { killSessions: [] },
  ];

  it.each(COMMANDS)('does nothing for a stranger: %o', async (command) => {
    await as(server.uri, async (stranger) => {
      await expect(stranger.db('test').command(command)).rejects.toMatchObject({ code: 13, codeName: 'Unauthorized' });
      for (const name of ['listDatabases', 'renameCollection'])
        await expect(stranger.db('admin').command({ [name]: 1 })).rejects.toMatchObject({ code: 13 });
    });
    expect(await owner.db('test').collection('rows').find().toArray()).toMatchObject([{ secret: 1 }]);
    expect(await owner.db('test').listCollections().toArray()).toHaveLength(1);
  });

  it('answers a stranger who only asks whether it is there', async () => {
    await as(server.uri, async (stranger) => {
      for (const name of ['hello', 'isMaster', 'ping', 'buildInfo', 'connectionStatus', 'logout'])
        expect(await stranger.db('admin').command({ [name]: 1 })).toMatchObject({ ok: 1 });
    });
  });

  it.each([
    ['a wrong password', () => withLogin('ecobalyse', 'wrong-password')],
    ['no such user', () => withLogin('somebody', PASSWORD)],
    ['another database of users', () => withLogin('ecobalyse', PASSWORD, 'authSource=test')],
    ['another mechanism', () => withLogin('ecobalyse', PASSWORD, 'authMechanism=SCRAM-SHA-1')],
  ])('refuses %s', async (_, uri) => {
    await as(uri(), (client) =>
      expect(client.db('test').command({ ping: 1 })).rejects.toMatchObject({
        code: 18,
        codeName: 'AuthenticationFailed',
      }),
    );
  });

  it('tells who is logged in, and forgets it on logout', async () => {
    await as(
      withLogin('ecobalyse', PASSWORD),
      async (client) => {
        const admin = client.db('admin');
        expect((await admin.command({ connectionStatus: 1 })).authInfo).toEqual({
          authenticatedUsers: [{ user: 'ecobalyse', db: 'admin' }],
          authenticatedUserRoles: [{ role: 'root', db: 'admin' }],
        });
        await admin.command({ logout: 1 });
        await expect(admin.command({ listDatabases: 1 })).rejects.toMatchObject({ code: 13 });
      },
      { maxPoolSize: 1 },
    );
  });

  it('lets many in at once', async () => {
    await as(
      withLogin('ecobalyse', PASSWORD),
      async (client) => {
        const counts = Array.from({ length: 40 }, () => client.db('test').collection('rows').countDocuments());
        expect(new Set(await Promise.all(counts))).toEqual(new Set([1]));
      },
      { minPoolSize: 40 },
    );
  });

  it('closes a connection that guesses, and one that sends much before it is logged in', async () => {
    const { hostname, port } = new URL(server.uri);
    const open = async () => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      await once(socket, 'connect');
      return { socket, closed: once(socket, 'close'), received: () => socket.bytesRead };
    };
    const message = (fields: Document): Buffer => {
      const body = BSON.serialize({ ...fields, $db: 'admin' });
      const header = Buffer.alloc(21);
      header.writeInt32LE(21 + body.length, 0);
      header.writeInt32LE(2013, 12);
      return Buffer.concat([header, body]);
    };
    const guess = message({ saslContinue: 1, conversationId: 1, payload: new BSON.Binary(Buffer.from('c=biws')) });
    const guesser = await open();
    guesser.socket.resume().write(Buffer.concat(Array.from({ length: 100 }, () => guess)));
    await guesser.closed;
    const answer = guesser.received() / 3;
    expect(answer).toBeGreaterThan(21);
    expect(answer).toBeLessThan(200);

    const flooder = await open();
    flooder.socket
      .resume()
      .write(message({ insert: 'x', documents: [{ text: 'x'.repeat(1_000_000) }] }).subarray(0, 100));
    await flooder.closed;
    expect(flooder.received()).toBe(0);
  });

  it('does not take a password that clients may spell differently', async () => {
    for (const password of ['', 'short', 'pässword-of-ümlauts'])
      await expect(startEmbeddedMongo({ dir: join(dir, 'other'), password })).rejects.toThrow('printable ASCII');
  });
});
