import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { open } from 'lmdb';
import { MongoClient, type MongoServerError } from 'mongodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedMongo } from './index.js';
import { type Row, removeFolder, temporaryFolder } from './test-support/database.js';
import { CLIENT, SERVER_MAIN, startProcess, useServers } from './test-support/process.js';

const servers = useServers();

describe('starting and stopping', () => {
  it('a second process on the same folder is refused', async () => {
    await servers.start();
    await expect(servers.start()).rejects.toThrow(
      `The data folder ${servers.dir} is in use by another embedded server process.`,
    );
  });

  it('a file that a process has open which the lock does not see, as in another container, is refused', async () => {
    const server = await servers.start();
    expect(await server.end('SIGTERM')).toBe(0);
    const other = open({ path: join(servers.dir, 'data.lmdb'), noSubdir: true });
    expect([...other.getKeys()]).toHaveLength(3);
    await expect(servers.start()).rejects.toThrow('data.lmdb is in use by another process');
    await other.close();
    await servers.start();
  });

  it('asks for the password of its environment, of all printable characters, as the image of MongoDB does', async () => {
    const password = `a b${String.fromCharCode(...Array.from({ length: 94 }, (_, at) => at + 33))}`;
    const args = [SERVER_MAIN, '--dir', servers.dir, '--port', '0'];
    const server = await startProcess(process.execPath, args, { MONGO_INITDB_ROOT_PASSWORD: password });
    servers.adopt(server);
    const asked = (login: string) => {
      const client = new MongoClient(server.uri.replace('//', `//${login}`), CLIENT);
      return client
        .db('test')
        .command({ find: 'rows' })
        .finally(() => client.close());
    };
    await expect(asked('')).rejects.toMatchObject({ code: 13 });
    await expect(asked(`ecobalyse:${encodeURIComponent(password)}@`)).resolves.toMatchObject({ ok: 1 });
    expect(await server.end('SIGTERM')).toBe(0);
  });

  it('a taken port is named', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await expect.poll(() => other.listening).toBe(true);
    const { port } = other.address() as { port: number };
    const args = [SERVER_MAIN, '--dir', servers.dir, '--port', String(port)];
    await expect(startProcess(process.execPath, args)).rejects.toThrow(
      `code 1: embedded-mongo: port ${port} is already in use`,
    );
    other.close();
  });

  it.each([
    [['--port', '0'], '--dir is missing'],
    [['--dir', 'DIR', '--port', 'x'], '--port x is not a number'],
    [['--dir', 'DIR', '--port', '0', '--host', '0.0.0.0'], 'host 0.0.0.0 is not a loopback address'],
    [['--dir', 'DIR', '--frobnicate'], "Unknown option '--frobnicate'"],
    [['--dir', 'DIR', '--port', '0', '--password-file', 'DIR/none'], '--password-file DIR/none cannot be read: ENOENT'],
  ])('refuses %j', async (args, message) => {
    const inFolder = (text: string): string => text.replace('DIR', servers.dir);
    const started = startProcess(process.execPath, [SERVER_MAIN, ...args.map(inFolder)]);
    await expect(started).rejects.toThrow(inFolder(message));
  });

  it.each([
    [{ host: '192.168.0.1' }, 'is not a loopback address'],
    [{ dir: '/dev/null' }, 'The data folder /dev/null cannot be made: EEXIST'],
    [{ dir: '/dev/null/x' }, 'The data folder /dev/null/x cannot be made: '],
    [{ dir: '/proc/x/y' }, 'The data folder /proc/x/y cannot be made: '],
  ])('refuses %j', async (options, message) => {
    await expect(startEmbeddedMongo({ dir: servers.dir, port: 0, ...options })).rejects.toThrow(message);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s finishes what is running and ends with 0', async (signal) => {
    const server = await servers.start();
    const client = await new MongoClient(server.uri, { ...CLIENT, retryWrites: false }).connect();
    const rows = client.db('test').collection<Row>('rows');
    const writes = Promise.allSettled(Array.from({ length: 50 }, (_, i) => rows.insertOne({ _id: i })));
    expect(await server.end(signal)).toBe(0);
    const stored = (await writes).filter(({ status }) => status === 'fulfilled').length;
    await client.close();
    const again = await servers.start();
    const second = await new MongoClient(again.uri, CLIENT).connect();
    expect(await second.db('test').collection('rows').countDocuments()).toBeGreaterThanOrEqual(stored);
    await second.close();
  });

  it('serves a Unix socket, and writes nothing outside its folder', async () => {
    const socket = join(servers.dir, 'mongo.sock');
    const server = await servers.start('--socket', socket);
    expect(server.uri).toContain(encodeURIComponent(socket));
    const client = await new MongoClient(server.uri, CLIENT).connect();
    await client.db('test').collection('rows').insertOne({ a: 1 });
    expect(await client.db('test').collection('rows').countDocuments()).toBe(1);
    await client.close();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(
      readdirSync(servers.dir)
        .filter((name) => !name.startsWith('data.lmdb'))
        .filter((name) => existsSync(join(servers.dir, name))),
    ).toEqual([]);
  });
});

describe('data files that cannot be used', () => {
  const file = () => join(servers.dir, 'data.lmdb');
  const start = () => startEmbeddedMongo({ dir: servers.dir, port: 0 });
  /** That of a server that was closed in order. */
  let whole: Buffer;
  beforeAll(async () => {
    const dir = temporaryFolder();
    const server = await startEmbeddedMongo({ dir, port: 0 });
    const client = await new MongoClient(server.uri, CLIENT).connect();
    await client
      .db('test')
      .collection('rows')
      .insertMany(Array.from({ length: 500 }, (__, n) => ({ n, text: 'x'.repeat(2000) })));
    await client.close();
    await server.close();
    whole = readFileSync(join(dir, 'data.lmdb'));
    removeFolder(dir);
  });

  it.each([
    ['text', () => Buffer.from('this is no database\n'.repeat(1000)), 'is damaged, or no data file of this server'],
    ['a few bytes', () => Buffer.from('x'), 'is damaged, or no data file of this server'],
    ['zeros', () => Buffer.alloc(100_000), 'is damaged, or no data file of this server'],
  ])('%s', async (_, content, message) => {
    writeFileSync(file(), content());
    await expect(start()).rejects.toThrow(`${file()} ${message}`);
  });

  it.each([
    ['cut short', () => whole.subarray(0, whole.length - 4096)],
    ['cut in two', () => whole.subarray(0, whole.length / 2)],
    ['with a damaged beginning', () => Buffer.concat([Buffer.alloc(4096), whole.subarray(4096)])],
    [
      'of another LMDB format',
      () => {
        const other = Buffer.from(whole);
        other.writeUInt32LE(9, 28);
        return other;
      },
    ],
    [
      'with nothing behind its beginning',
      () => Buffer.concat([whole.subarray(0, 8192), Buffer.alloc(whole.length - 8192)]),
    ],
  ])('a file %s', async (_, damage) => {
    writeFileSync(file(), damage());
    await expect(start()).rejects.toThrow(`${file()} is damaged, or no data file of this server (`);
  });

  it('a file of a newer version', async () => {
    writeFileSync(file(), whole);
    const root = open({ path: file(), noSubdir: true, keyEncoding: 'binary', encoding: 'binary' });
    const meta = root.openDB('meta', { keyEncoding: 'binary', encoding: 'binary' });
    await meta.put(Buffer.from('format'), Buffer.from([0, 0, 0, 2]));
    await root.close();
    await expect(start()).rejects.toThrow(`${file()} has format 2; this server reads up to format 1`);
  });

  it('a file of another program', async () => {
    const root = open({ path: file(), noSubdir: true });
    await root.openDB('accounts', {}).put('a', 1);
    await root.close();
    await expect(start()).rejects.toThrow(`${file()} belongs to another program`);
  });

  it('damaged documents give errors, and the server goes on', async () => {
    const damaged = Buffer.from(whole);
    // Before each text stands its length.
    const text = 'x'.repeat(2000);
    for (let at = whole.indexOf(text); at !== -1; at = whole.indexOf(text, at + 2000)) damaged.fill(0xff, at - 4, at);
    writeFileSync(file(), damaged);
    const server = await start();
    const client = await new MongoClient(server.uri, CLIENT).connect();
    await expect(client.db('test').collection('rows').find({ nothing: 1 }).toArray()).rejects.toThrow(
      'a stored document is damaged',
    );
    expect((await client.db('test').command({ ping: 1 })).ok).toBe(1);
    await client.close();
    await server.close();
  });
});

/** A name space of its own lets any user mount a small file system, where the kernel allows that. */
const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /tmp']).status === 0;

describe('a folder that cannot be written', () => {
  it(canMount ? 'is named' : 'NOT TESTED HERE: this machine does not allow mounting a read-only folder', async () => {
    if (!canMount) return;
    const script = 'mount -t tmpfs -o ro none "$1" || exit 77; exec "$2" "$3" --dir "$1" --port 0';
    const args = ['-rm', 'sh', '-c', script, 'sh', servers.dir, process.execPath, SERVER_MAIN];
    await expect(startProcess('unshare', args)).rejects.toThrow(
      `${servers.dir} and the files in it have to be readable and writable for this user: Read-only file system`,
    );
  });
});

describe('a low limit of open files', () => {
  it('is told when connections have no more room, and the server goes on', async () => {
    const script = 'ulimit -n 45; exec "$1" "$2" --dir "$3" --port 0';
    const args = ['-c', script, 'sh', process.execPath, SERVER_MAIN, servers.dir];
    const server = await startProcess('sh', args);
    servers.adopt(server);
    const port = Number(new URL(server.uri).port);
    const sockets = Array.from({ length: 60 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    await expect.poll(() => server.errors()).toContain('the limit of open files (ulimit -n) is 45');
    for (const socket of sockets) socket.destroy();
    const client = await new MongoClient(server.uri, CLIENT).connect();
    await client.db('test').collection('rows').insertOne({ a: 1 });
    expect(await client.db('test').collection('rows').countDocuments()).toBe(1);
    await client.close();
  });
});

const SMALL_DISK = `
  mount -t tmpfs -o size=6m none "$1" || exit 77
  "$2" "$3" --dir "$1/data" --port 0
  mount -o remount,size=60m "$1"
  exec "$2" "$3" --dir "$1/data" --port 0`;
describe('a full disk', () => {
  it(
    canMount
      ? 'gives a write error and no damage'
      : 'NOT TESTED HERE: this machine does not allow mounting a small file system',
    async () => {
      if (!canMount) return;
      const server = await startProcess('unshare', [
        '-rm',
        'sh',
        '-c',
        SMALL_DISK,
        'sh',
        servers.dir,
        process.execPath,
        SERVER_MAIN,
      ]);
      servers.adopt(server);
      const second = new Promise<string>((resolve) => {
        server.child.stdout?.on('data', (chunk: Buffer) => resolve(/mongodb:\S+/.exec(chunk.toString())?.[0] ?? ''));
      });
      const client = await new MongoClient(server.uri, CLIENT).connect();
      const rows = client.db('test').collection('rows');
      let stored = 0;
      const fill = async (): Promise<void> => {
        for (;;) {
          await rows.insertMany(Array.from({ length: 10 }, () => ({ text: 'x'.repeat(10_000) })));
          stored += 10;
        }
      };
      const errors = (await Promise.allSettled([fill(), fill(), fill()])).map(
        (result) => (result as PromiseRejectedResult).reason,
      );
      const codes = errors.map((error: MongoServerError) => error.code);
      expect(codes).toContain(14031);
      await client.close();
      // The server has ended by itself; with more space the next one finds everything that was acknowledged.
      const again = await new MongoClient(await second, CLIENT).connect();
      const count = await again.db('test').collection('rows').countDocuments();
      expect(count).toBeGreaterThanOrEqual(stored);
      expect(await again.db('test').command({ validate: 'rows' })).toMatchObject({ valid: true });
      await again.db('test').collection('rows').insertOne({ again: true });
      await again.close();
    },
  );
});
