import { spawnSync } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openWorkbench, sqlLiteral } from './workbench.js';

it('clears up after processes that were killed, and only after those', async () => {
  const { pid: ended } = spawnSync(process.execPath, ['--version']);
  const folderOf = async (pid: number) => {
    const folder = await mkdtemp(join(tmpdir(), `ecobalyse-statistics-${pid}-`));
    await writeFile(join(folder, 'work.duckdb'), 'rows');
    return folder;
  };
  const [killed, predecessor, used] = [
    await folderOf(ended),
    await folderOf(process.pid),
    await folderOf(process.ppid),
  ];
  const first = await openWorkbench({ memoryMb: 64 });
  const second = await openWorkbench({ memoryMb: 64 });
  await second.close();
  expect([killed, predecessor, used].map((folder) => existsSync(folder))).toEqual([false, false, true]);
  // The folder of the first one is still there.
  const ours = (await readdir(tmpdir())).filter((name) => name.startsWith(`ecobalyse-statistics-${process.pid}-`));
  expect(ours).toHaveLength(1);
  await first.close();
  await rm(used, { recursive: true });
});

it('gives rows as they are asked for, goes on from where it was stopped, and leaves nothing behind', async () => {
  const stop = new AbortController();
  const bench = await openWorkbench({ memoryMb: 64, threads: 1, signal: stop.signal });
  await bench.run('CREATE TABLE t AS SELECT range::INTEGER AS n FROM range(5000)');
  expect(await bench.rows('SELECT n FROM t ORDER BY n DESC LIMIT 2')).toEqual([{ n: 4999 }, { n: 4998 }]);
  expect(await bench.row('SELECT count(*)::INTEGER AS count FROM t')).toEqual({ count: 5000 });
  await expect(bench.row('SELECT n FROM t WHERE n < 0')).rejects.toThrow('no row: SELECT n FROM t WHERE n < 0');
  expect(await bench.columns('SELECT n, -n AS m FROM t WHERE n < 3 ORDER BY n')).toEqual({
    n: [0, 1, 2],
    m: [0, -1, -2],
  });
  const appender = await bench.appender('t');
  appender.appendInteger(5000);
  appender.endRow();
  appender.closeSync();
  const batches: number[] = [];
  for await (const rows of bench.stream('SELECT n FROM t')) batches.push(rows.length);
  expect(batches.length).toBeGreaterThan(1);
  expect(batches.reduce((sum, rows) => sum + rows)).toBe(5001);
  expect(await bench.row("SELECT current_setting('threads')::INTEGER AS threads")).toEqual({ threads: 1 });
  expect(await bench.row("SELECT current_setting('memory_limit') AS memory")).toEqual({ memory: '61.0 MiB' });
  const [{ folder }] = (await bench.rows<{ folder: string }>("SELECT current_setting('temp_directory') AS folder")) as [
    { folder: string },
  ];

  // A query that would take hours.
  const long = bench.run('SELECT sum(range % 7) FROM range(1000000000000)');
  setImmediate(() => stop.abort(new Error('stopping')));
  await expect(long).rejects.toThrow('stopping');
  await expect(bench.rows('SELECT 1')).rejects.toThrow('stopping');
  await expect(bench.stream('SELECT 1').next()).rejects.toThrow('stopping');
  await bench.close();
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  expect(existsSync(dirname(folder))).toBe(false);
});

it('ends a query that has not begun when its run is stopped', async () => {
  const stop = new AbortController();
  const bench = await openWorkbench({ memoryMb: 64, threads: 1, signal: stop.signal });
  // All threads for such work are taken, so that it waits its turn; some seconds long: one that goes on ends, and is no rejection.
  const taken = Array.from({ length: 4 }, () => promisify(pbkdf2)('a', 'b', 20_000, 64, 'sha512'));
  const long = bench.run('SELECT sum(range % 7) FROM range(1000000000)');
  stop.abort(new Error('stopping'));
  await expect(long).rejects.toThrow('stopping');
  await Promise.all(taken);
  await bench.close();
});

it.each([
  [0.1, '0.1::DOUBLE'],
  ["l'été", "'l''été'"],
])('%s is written as SQL %s', (value, sql) => expect(sqlLiteral(value)).toBe(sql));
