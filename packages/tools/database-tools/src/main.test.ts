import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startService, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitForDatabase } from './wait-for-database.js';

let source: TestMongodb;
let target: TestMongodb;
let client: MongoClient;
let folder: string;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestMongodb(), startTestMongodb()]);
  client = new MongoClient(source.uri);
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-tools-'));
  const impacts = client.db('tools-source').collection('impacts');
  await impacts.insertMany(Array.from({ length: 1500 }, (_, index) => ({ md5_id: `id-${index}`, index })));
  await impacts.createIndex({ md5_id: 1 }, { unique: true });
});
afterAll(async () => {
  await client.db('tools-source').dropDatabase();
  await client.close();
  await Promise.all([source.close(), target.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function run(env: Record<string, string>, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const process = startService('packages/tools/database-tools/dist/main.js', env, args);
  await new Promise((resolve) => process.child.once('close', resolve));
  return { code: process.child.exitCode, output: process.output() };
}

it('dumps the database of the settings and restores it into an empty server, once', async () => {
  const to = join(folder, 'dump');
  const from = { LOCAL_MONGODB_URI: source.uri, DB_NAME: 'tools-source' };
  expect(await run(from, 'dump', '--to', to)).toMatchObject({ code: 0, output: expect.stringContaining('1500') });
  expect(await readdir(to)).toContain('manifest.json');

  const into = { MONGODB_URI: target.uri, DB_NAME: 'tools-source' };
  if (source.uri === target.uri) await client.db('tools-source').dropDatabase();
  expect(await run(into, 'restore', '--from', to)).toMatchObject({ code: 0 });
  const restored = new MongoClient(target.uri);
  const impacts = restored.db('tools-source').collection('impacts');
  expect(await impacts.countDocuments()).toBe(1500);
  await expect(impacts.insertOne({ md5_id: 'id-3' })).rejects.toThrow(/duplicate/i);
  await restored.close();

  const again = await run(into, 'restore', '--from', to);
  expect(again).toMatchObject({ code: 1, output: expect.stringContaining('is there already') });
  const other = await run({ ...into, DB_NAME: 'other' }, 'restore', '--from', to);
  expect(other).toMatchObject({ code: 1, output: expect.stringContaining('no collection of other') });
});

it('waits for a database that starts late', async () => {
  const { hostname, port } = new URL(source.uri);
  const proxyPort = await freePort();
  const late = waitForDatabase(`mongodb://${hostname}:${proxyPort}/?directConnection=true`, 'tools-source', 20_000);
  const forward: Server = createServer((incoming) => {
    const outgoing = createConnection(Number(port), hostname);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => forward.listen(proxyPort, '127.0.0.1', resolve));
  await late;
  forward.close();
});

it('says which host did not answer, and never the password', async () => {
  const port = await freePort();
  const env = { MONGODB_URI: `mongodb://me:hidden-word@127.0.0.1:${port}/` };
  const { code, output } = await run(env, 'wait', '--timeout', '1');
  expect(code).toBe(1);
  expect(output).toContain(`the database at 127.0.0.1:${port} cannot be used after 1 s`);
  expect(output).not.toContain('hidden-word');
});

it.each([[['copy', '--to', 'x']], [['wait', '--timeout', 'soon']]])('explains itself: %j', async (args) => {
  const { code, output } = await run({ MONGODB_URI: source.uri }, ...args);
  expect(code).toBe(1);
  expect(output).toContain('usage:');
});
