import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedMongo } from '@ecobalyse/embedded-mongo';
import { freePort, startService, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wait } from './database-commands.js';
import { runHere } from './testing/run-here.js';

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

async function run(env: Record<string, string>, ...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await runHere(['db', ...args], { env });
  return { code, output: stdout + stderr };
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
  expect(other).toMatchObject({
    code: 1,
    output: expect.stringContaining('no collection of other, but tools-source: --db names another'),
  });
});

it('backs up into a folder of the time, says where, and whether backups are in time', async () => {
  const to = join(folder, 'backups');
  const from = { MONGODB_URI: source.uri, DB_NAME: 'tools-backup' };
  await client.db('tools-backup').collection('impacts').insertOne({ md5_id: 'one' });
  const check = () => run(from, 'backup', '--to', to, '--check', '--every', '1');
  const made = await run(from, 'backup', '--to', to, '--keep', '1');
  expect(made).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^dumped into .*\/\d{4}-\d\d-\d\dT[\d-]{8}Z$/m),
  });
  const [name] = await readdir(to);
  expect(await readdir(join(to, name as string))).toContain('manifest.json');
  expect(await check()).toEqual({ code: 0, output: 'the newest backup is in time\n' });
  await rm(join(to, name as string), { recursive: true });
  expect(await check()).toEqual({ code: 1, output: `${to} has no backup of the last 2 hours\n` });
  const alone = { code: 2, output: 'error: --check: expected --every beside it\n' };
  expect(await run(from, 'backup', '--to', to, '--check')).toEqual(alone);
  await client.db('tools-backup').dropDatabase();
});

it('waits for a database that starts late', async () => {
  const { hostname, port } = new URL(source.uri);
  const proxyPort = await freePort();
  const late = wait(20, `mongodb://${hostname}:${proxyPort}/?directConnection=true`);
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
  expect(output).toContain(`error: the database at 127.0.0.1:${port} cannot be used (`);
  expect(output).toContain('is MONGODB_URI right?');
  expect(output).not.toContain('hidden-word');
});

it('migrates a database, and tells what is to be done and what was', async () => {
  const env = { MONGODB_URI: source.uri, DB_NAME: 'tools-migrated' };
  await client.db('tools-migrated').dropDatabase();
  const pending = await run(env, 'migrate', '--dry-run');
  expect(pending).toMatchObject({ code: 0, output: expect.stringMatching(/^001-adopt-indexes: to be done$/m) });
  expect(await client.db('tools-migrated').listCollections().toArray()).toEqual([]);
  const done = await run(env, 'migrate');
  expect(done).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^001-adopt-indexes: \{"indexesCreated":\d+\}$/m),
  });
  const again = await run(env, 'migrate');
  expect(again).toEqual({ code: 0, output: 'the database has the form of this version\n' });
  expect((await run(env, 'migrate', '--dry-run')).output).toBe('no migration is to be done\n');
  await client.db('tools-migrated').dropDatabase();
});

it('keeps keys whose names fit, and says why others do not', async () => {
  const env = { MONGODB_URI: source.uri, DB_NAME: 'tools-keys' };
  await client.db('tools-keys').dropDatabase();
  const keys = (...words: string[]) => runHere(['keys', ...words], { env });
  const key = { code: 0, stdout: expect.stringMatching(/^eco_[\w-]{43}\n$/) };
  const added = await keys('add', 'bot', '--role', 'writer', '--expires', '90d');
  expect(added).toMatchObject(key);
  const listed = await keys('list');
  expect(listed.stdout).toMatch(/^bot +writer +created \S+ +expires \S+\n$/);
  expect(listed.stdout + listed.stderr).not.toContain(added.stdout.trim());
  const limits = async () => / {2}(\d+ requests .*|\d+ products .*)?$/m.exec((await keys('list')).stdout)?.[1];
  expect((await keys('limit', 'bot', '--requests-per-minute', '60', '--products-per-day', '500')).code).toBe(0);
  expect(await limits()).toBe('60 requests a minute  500 products a day');
  await keys('limit', 'bot', '--requests-per-minute', 'none');
  expect(await limits()).toBe('500 products a day');
  await keys('limit', 'bot', '--products-per-day', 'none');
  const rotated = await keys('rotate', 'bot');
  expect(rotated).toMatchObject(key);
  expect(rotated.stdout).not.toBe(added.stdout);
  expect((await keys('revoke', 'bot')).code).toBe(0);
  expect((await keys('list')).stdout).toMatch(/^bot +writer .* revoked \S+\n$/);
  const refused = (why: RegExp) => ({ code: 1, stdout: '', stderr: expect.stringMatching(why) });
  expect(await keys('add', 'bot', '--role', 'writer')).toEqual(refused(/the name bot is taken, or was/));
  expect(await keys('revoke', 'nobody')).toEqual(refused(/no key named nobody is in force/));
  expect(await keys('limit', 'bot', '--products-per-day', '1')).toEqual(refused(/no key named bot is in force/));
  expect(await keys('rotate', 'bot')).toEqual(refused(/no key named bot is in force/));
  const away = await keys('list', '--uri', `mongodb://127.0.0.1:${await freePort()}/`);
  expect(away).toEqual(refused(/ECONNREFUSED.*: is --uri right\?/));
  await client.db('tools-keys').dropDatabase();
});

it('computes statistics, and drops what was computed before', async () => {
  const env = { MONGODB_URI: source.uri, DB_NAME: 'tools-statistics' };
  const process = startService('packages/tools/cli/bundle/main.js', env, ['statistics']);
  await new Promise((resolve) => process.child.once('close', resolve));
  expect(process.child.exitCode, process.output()).toBe(0);
  expect(await client.db('tools-statistics').collection('stats_summary').countDocuments()).toBe(1);
  await client.db('tools-statistics').dropDatabase();
});

it('finds the database of a running npm start by its data folder, in .env', async () => {
  const port = await freePort();
  await writeFile(join(folder, '.env'), `EMBEDDED_MONGO_PORT=${port}\nDATA_DIR=${folder}\n`);
  await writeFile(join(folder, 'pnpm-workspace.yaml'), '');
  await writeFile(join(folder, 'password'), 'of-the-embedded-one\n');
  const waiting = (...more: string[]) => runHere(['db', 'wait', ...more], { env: {}, cwd: folder });
  const away = await waiting('--timeout', '1');
  expect(away.code).toBe(1);
  expect(away.stderr).toMatch(new RegExp(`^error: the database at 127.0.0.1:${port} .*is npm start running\\?`));
  const server = await startEmbeddedMongo({ dir: join(folder, 'db'), port, password: 'of-the-embedded-one' });
  try {
    expect(await waiting()).toMatchObject({ code: 0, stdout: 'the database ecobalyse answers\n' });
  } finally {
    await server.close();
  }
});
