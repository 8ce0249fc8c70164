import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processStart, takeDataFolder } from './data-folder.js';

let path: string;
const said: string[] = [];
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'ecobalyse-data-'));
  said.length = 0;
});
afterEach(() => rmSync(path, { recursive: true }));

const take = (reset = false) => takeDataFolder(path, reset, (line) => said.push(line));

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

it('deletes the data of the embedded parts on request, and only that', async () => {
  mkdirSync(join(path, 'mongodb'));
  for (const file of ['mongodb/data', 'mine.txt']) writeFileSync(join(path, file), '');
  await take();
  expect(existsSync(join(path, 'mongodb', 'data'))).toBe(true);
  await take(true);
  expect(existsSync(join(path, 'mongodb', 'data'))).toBe(false);
  expect(existsSync(join(path, 'mine.txt'))).toBe(true);
});
