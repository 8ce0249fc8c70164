import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openWorkbench } from './workbench.js';

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
