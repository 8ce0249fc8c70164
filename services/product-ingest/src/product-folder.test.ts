import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { type FileReport, fileAway, hasChanged, openListed, type WaitingFile, waitingFiles } from './product-folder.js';

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
  expect(await readFile(join(folder, 'processed', '20261130T120000Z-01234567-a.json'), 'utf8')).toBe('[1]');
  expect(await readdir(folder)).toEqual(['processed']);
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

const first = async () => (await waitingFiles(folder)).files[0] as WaitingFile;

it.each<[string, () => Promise<unknown>, boolean]>([
  ['nothing', async () => undefined, false],
  ['more of it', () => appendFile(path, ' '), true],
  ['as much of it', () => writeFile(path, '[2]'), true],
  ['its name, and back', () => rename(path, `${path}.x`).then(() => rename(`${path}.x`, path)), true],
])('knows that a file is another when what changed is %s', async (_, change, isAnother) => {
  const file = await first();
  await change();
  expect(await hasChanged(file)).toBe(isAnother);
  const handle = await openListed(file);
  await handle?.close();
  expect(handle === undefined).toBe(isAnother);
});

it('counts a file that is gone as filed away, with its report', async () => {
  const file = await first();
  await rm(path);
  expect(await hasChanged(file)).toBe(false);
  expect(await fileAway(folder, file, report)).toBe(true);
  expect(await filed()).toEqual(['20261130T120000Z-01234567-a.json.report.json']);
});

it('files away on another device, and puts back what was written to meanwhile', async ({ skip }) => {
  const other = await mkdtemp('/dev/shm/products-').catch(() => undefined);
  if (other === undefined || (await stat(other)).dev === (await stat(folder)).dev)
    return skip('there is but one device');
  try {
    await symlink(other, join(folder, 'processed'));
    const file = await first();
    await appendFile(path, ' ');
    expect(await fileAway(folder, file, report)).toBe(false);
    expect([await readFile(path, 'utf8'), await filed()]).toEqual(['[1] ', []]);
    expect(await fileAway(folder, await first(), report)).toBe(true);
    expect(await filed()).toEqual(['20261130T120000Z-01234567-a.json', '20261130T120000Z-01234567-a.json.report.json']);
    expect(await readdir(folder)).toEqual(['processed']);
  } finally {
    await rm(other, { recursive: true });
  }
});

it.each([
  [`${'x'.repeat(145)}.json`, `${'x'.repeat(145)}.json`],
  [`${'x'.repeat(146)}.json`, `${'x'.repeat(30)}~[0-9a-f]{8}.json`],
  [`${'é'.repeat(72)}a.json`, `${'é'.repeat(72)}a.json`],
  [`${'é'.repeat(73)}.json`, `${'é'.repeat(30)}~[0-9a-f]{8}.json`],
])('cuts a name only beyond 150 bytes: %s', async (name, kept) => {
  await rename(path, join(folder, name));
  expect(await fileAway(folder, await first(), report)).toBe(true);
  expect((await filed())[0]).toMatch(new RegExp(`^20261130T120000Z-01234567-${kept}$`));
});

it.each([
  ['a minute', 60_000, true],
  ['more than a minute', 60_001, false],
])('believes a time that is %s ahead: clocks differ that much, %s', async (_, aheadMs, isBelieved) => {
  await utimes(path, 0, 1e11);
  const { ctimeMs } = await stat(path);
  vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(ctimeMs) - aheadMs });
  onTestFinished(() => void vi.useRealTimers());
  expect((await first()).changedMs).toBe(isBelieved ? ctimeMs : 0);
});

it('finds the oldest file first, by name those of one time, and says of the rest why it stays', async () => {
  await rm(path);
  const ages = { 'b.csv': 30, 'a.csv': 10, 'c.tsv': 30, 'd.jsonl': 20 };
  for (const [name, age] of Object.entries(ages)) {
    await writeFile(join(folder, name), 'x');
    await utimes(join(folder, name), 0, 1e9 - age);
  }
  for (const name of ['.a.csv', 'a.csv~', '~$a.csv', 'z.csv.TMP', 'y.csv.part', 'x.crdownload', 'w.filepart', 'v.doc'])
    await writeFile(join(folder, name), 'x');
  await mkdir(join(folder, 'processed'));
  const { files, notes } = await waitingFiles(folder);
  expect(files.map(({ name, size, changedMs }) => [name, size, changedMs])).toEqual([
    ['b.csv', 1, 999_999_970_000],
    ['c.tsv', 1, 999_999_970_000],
    ['d.jsonl', 1, 999_999_980_000],
    ['a.csv', 1, 999_999_990_000],
  ]);
  const copied = 'still being copied, by its name';
  expect(notes).toEqual([
    {
      name: 'v.doc',
      reason: 'left alone: its name ends with none of .csv, .json, .jsonl, .ndjson, .ods, .tsv, .xls, .xlsx',
    },
    ...['w.filepart', 'x.crdownload', 'y.csv.part', 'z.csv.TMP'].map((name) => ({ name, reason: copied })),
  ]);
});

it('a time in the future is none of a change: that of the file system counts then, or the file has waited long enough', async () => {
  const hour = 3_600_000;
  const seen = async () => (await waitingFiles(folder)).files[0] as WaitingFile;
  await utimes(path, 1e9, 1e9);
  expect((await seen()).changedMs).toBe(1e12);
  const future = (Date.now() + hour) / 1000;
  await utimes(path, future, future);
  const { ctimeMs } = await stat(path);
  try {
    vi.useFakeTimers({ toFake: ['Date'], now: ctimeMs + 1000 });
    expect(await seen()).toMatchObject({ changedMs: ctimeMs, size: 3 });
    vi.setSystemTime(1e12);
    expect((await seen()).changedMs).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
