import { appendFile, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FileReport, fileAway, type WaitingFile, waitingFiles } from './product-folder.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'products-'));
  path = join(folder, 'a.json');
  await writeFile(path, '[1]');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const report: FileReport = {
  file: 'a.json',
  processedAt: '2026-11-30T12:00:00.000Z',
  runId: '0123456789',
  products: 1,
  added: 1,
  alreadyThere: 0,
  refused: [],
  ignoredColumns: [],
  notRead: null,
};
const filed = () => readdir(join(folder, 'processed'));

it('files away what was read, with a report', async () => {
  const { files } = await waitingFiles(folder);
  expect(await fileAway(folder, files[0] as WaitingFile, report)).toBe(true);
  expect(await filed()).toEqual(['20261130T120000Z-01234567-a.json', '20261130T120000Z-01234567-a.json.report.json']);
});

it.each([
  [
    'another of the same size and time that took its place',
    '[2]',
    async () => {
      await writeFile(join(folder, '.new'), '[2]');
      await utimes(join(folder, '.new'), 1e9, 1e9);
      await rename(join(folder, '.new'), path);
    },
  ],
  ['what was written to since', '[1][2]', () => appendFile(path, '[2]')],
])('leaves %s where it is, until it is read', async (_, text, change) => {
  await utimes(path, 1e9, 1e9);
  const { files } = await waitingFiles(folder);
  await change();
  expect(await fileAway(folder, files[0] as WaitingFile, report)).toBe(false);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect(await filed()).toEqual([]);
});
