import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdPauses } from '@ecobalyse/test-servers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type DataFolder, processStart, takeDataFolder } from './data-folder.js';

let path: string;
const said: string[] = [];
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'ecobalyse-data-'));
  said.length = 0;
});
afterEach(() => {
  release();
  rmSync(path, { recursive: true });
});

const taken: DataFolder[] = [];
async function take(reset = false, at = path, products?: string) {
  const folder = await takeDataFolder(at, reset, (line) => said.push(line), products);
  taken.push(folder);
  return folder;
}
const release = () => {
  for (const folder of taken.splice(0)) folder.release();
};

/** A process that runs until it is stopped. */
async function startProcess() {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  const pid = child.pid as number;
  return { pid, started: processStart(pid), child, ended: once(child, 'exit') };
}

const note = (launcher: object, parts: object[]) =>
  writeFileSync(join(path, 'processes.json'), JSON.stringify({ launcher, parts }));
const ENDED = { pid: 1, started: 'long ago' };

it('refuses a folder on which another launcher runs', async () => {
  const { pid, started, child, ended } = await startProcess();
  note({ pid, started }, []);
  await expect(take()).rejects.toThrow(new RegExp(`runs already.*process ${pid}.*DATA_DIR`));
  child.kill();
  await ended;
});

it('stops what a killed launcher left behind, and no process that was given the id of one later', async () => {
  const [left, later] = await Promise.all([startProcess(), startProcess()]);
  note(ENDED, [
    { name: 'api', pid: left.pid, started: left.started },
    { name: 'redis', pid: later.pid, started: 'long ago' },
  ]);
  await take();
  await left.ended;
  expect(said.join()).toMatch(new RegExp(`stopping api \\(process ${left.pid}\\)`));
  expect(later.child.exitCode ?? later.child.signalCode).toBeNull();
  later.child.kill();
  await later.ended;
});

it('kills what was left behind and does not heed SIGTERM, after ten seconds', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  const pid = child.pid as number;
  note(ENDED, [{ name: 'api', pid, started: processStart(pid) }]);
  vi.useFakeTimers({ toFake: ['performance'] });
  const pauses = holdPauses();
  try {
    const taking = take();
    await pauses.begun();
    vi.advanceTimersByTime(9999);
    expect(await pauses.next()).toBe(50);
    await pauses.begun();
    vi.advanceTimersByTime(1);
    expect(child.signalCode).toBeNull();
    await pauses.next();
    await taking;
    expect(await ended).toEqual([null, 'SIGKILL']);
  } finally {
    pauses.release();
    vi.useRealTimers();
    child.kill('SIGKILL');
  }
});

it('notes which processes run, so that the next start finds them', async () => {
  const { pid, child, ended } = await startProcess();
  const folder = await take();
  folder.record([
    { name: 'api', pid },
    { name: 'gone', pid: undefined },
  ]);
  await expect(take()).rejects.toThrow(new RegExp(`process ${process.pid}`));
  folder.release();
  await expect(take()).resolves.toBeDefined();
  child.kill();
  await ended;
});

it('lets one of several that start at the same moment have it, and the others leave its note alone', async () => {
  const starts = await Promise.allSettled(Array.from({ length: 5 }, () => take()));
  expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const start of starts)
    if (start.status === 'rejected') expect(String(start.reason)).toMatch(/runs already on.*DATA_DIR/);
  taken[0]?.record([]);
  await expect(take()).rejects.toThrow(new RegExp(`process ${process.pid}`));
  expect(existsSync(join(path, 'processes.json'))).toBe(true);
});

it.each([
  '',
  'null',
  '{"launcher":',
  '[]',
  '{"launcher":{"pid":0,"started":"1"},"parts":[]}',
  '{"launcher":{"pid":1,"started":"1"},"parts":[{"name":"api","pid":-1,"started":"1"}]}',
  '\0'.repeat(300),
])('takes a note that cannot be read for left behind: %j', async (note) => {
  writeFileSync(join(path, 'processes.json'), note);
  await take();
  expect(said.join()).toMatch(/processes\.json cannot be read/);
});

it('goes on when its note cannot be written, and says so once', async () => {
  const folder = await take();
  mkdirSync(join(path, 'processes.json.tmp', 'in-the-way'), { recursive: true });
  folder.record([]);
  folder.record([]);
  expect(said).toEqual([expect.stringMatching(/processes\.json cannot be written/)]);
});

it.each([
  ['/proc/x/y', /DATA_DIR: \/proc\/x\/y cannot be used: no folder can be made there/],
  ['/etc/hostname', /DATA_DIR: \/etc\/hostname cannot be used: it is a file/],
  ['/etc/hostname/x/y', /DATA_DIR: .* a part of it is a file/],
  [`/tmp/${'x'.repeat(300)}`, /DATA_DIR: .* the name is too long/],
])('names the setting when %s cannot be used', (at, reason) => expect(take(false, at)).rejects.toThrow(reason));

it('names the setting of the products, and makes that folder', async () => {
  await expect(take(false, path, '/etc/hostname')).rejects.toThrow(/PRODUCTS_FOLDER: \/etc\/hostname cannot be used/);
  const products = join(path, 'elsewhere', 'mine');
  expect((await take(false, path, products)).products).toBe(products);
  expect([existsSync(products), existsSync(join(path, 'products'))]).toEqual([true, false]);
});

it('takes a long path with spaces and accents', async () => {
  const long = join(path, 'é à', ...Array.from({ length: 10 }, () => 'été où'.repeat(5)));
  expect(long.length).toBeGreaterThan(300);
  expect(existsSync((await take(false, long)).redis)).toBe(true);
});

it('refuses the folder of a newer version, and goes on with an older one or one without a version', async () => {
  const version = join(path, 'version');
  await take();
  const own = Number(readFileSync(version, 'utf8'));
  release();
  for (const [text, given] of [
    [String(own + 1), undefined],
    [String(own), String(own)],
    ['0', String(own)],
    ['', String(own)],
  ] as const) {
    writeFileSync(version, text);
    if (given === undefined) await expect(take()).rejects.toThrow(/newer version .*DATA_DIR/);
    else await take();
    expect(readFileSync(version, 'utf8').trim()).toBe(given ?? text);
    release();
  }
});

it('sets files of Redis aside, and deletes nothing', async () => {
  const folder = await take();
  expect(folder.setRedisAside()).toBeUndefined();
  writeFileSync(join(folder.redis, 'appendonly.aof'), 'damaged');
  const aside = folder.setRedisAside() as string;
  expect(readFileSync(join(aside, 'appendonly.aof'), 'utf8')).toBe('damaged');
  expect(readdirSync(folder.redis)).toEqual([]);
});

it('deletes the data of the embedded parts on request, and only that', async () => {
  const kept = ['mine.txt', 'products/mine.csv'];
  const data = ['mongodb/data', 'redis/data'];
  for (const folder of ['mongodb', 'redis', 'products']) mkdirSync(join(path, folder));
  for (const file of [...data, ...kept]) writeFileSync(join(path, file), '');
  const there = (files: string[]) => files.map((file) => existsSync(join(path, file)));
  await take();
  release();
  expect(there(data)).toEqual([true, true]);
  await take(true);
  expect(there(data)).toEqual([false, false]);
  expect(there(kept)).toEqual([true, true]);
});

it('resets no folder that it did not write: that of another Redis may stand there', async () => {
  mkdirSync(join(path, 'redis'));
  await expect(take(true)).rejects.toThrow(`--reset: DATA_DIR: ${path} was not written by the platform`);
  expect(readdirSync(path)).toEqual(['redis']);
});

it('names a file of the folder that is a folder', async () => {
  mkdirSync(join(path, 'version'));
  await expect(take()).rejects.toThrow(`DATA_DIR: ${join(path, 'version')} cannot be used: it is a folder`);
});

it('takes a process that has ended for ended, also where nobody asks about it, as in a bare container', async () => {
  // Becomes another program, which does not know that it has a child.
  const child = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [pid] = await once(child.stdout, 'data');
    await expect.poll(() => readFileSync(`/proc/${Number(pid)}/stat`, 'utf8')).toMatch(/\) Z /);
    expect(processStart(Number(pid))).toBeUndefined();
    expect(processStart(child.pid as number)).toBeDefined();
  } finally {
    child.kill();
  }
});
