import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'bson';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDraw } from '../test-support/random.js';
import { indexField } from './catalogue.js';
import { checkDataFile, noteClosed, walkMs } from './data-file.js';
import { openStorage } from './records.js';

const SEED = 7;
const DAMAGES = 6;
const PAGE = 4096;
const FIRST_PAGE = 2;

let dir: string;
let whole: Buffer;
const file = () => join(dir, 'data.lmdb');
const note = () => `${file()}-closed`;

const documentOf = (n: number) =>
  Buffer.from(serialize({ _id: n, group: n % 7, name: `n${n}`, text: 'x'.repeat(n % 5 === 0 ? 9000 : 60) }));

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'data-file-'));
  const storage = openStorage(dir);
  const fill = (ns: string, count: number) =>
    storage.transaction(() => {
      const collection = storage.create(ns);
      const fields = [indexField({ path: 'name', direction: 1 }), indexField({ path: 'group', direction: -1 })];
      storage.addIndex(collection, { name: 'name', fields, unique: false, sparse: false });
      for (let n = 0; n < count; n++) storage.insert(collection, documentOf(n));
      return collection;
    });
  await fill('test.rows', 900);
  const gone = await fill('test.gone', 300);
  // Its pages become free ones, among those in use.
  await storage.transaction(() => storage.drop(gone));
  await storage.purgeDropped();
  await storage.close();
  whole = readFileSync(file());
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Reads all that a start and the queries after it read. */
async function readAll(): Promise<void> {
  const storage = openStorage(dir);
  try {
    for (const collection of storage.collections.values()) {
      for (let after = 0; ; ) {
        const found = storage.scan(collection, after, 200);
        after = found.at(-1)?.id ?? 0;
        if (found.length === 0) break;
      }
      for (const index of collection.indexes) storage.countEntries(index);
    }
  } finally {
    await storage.close();
  }
}

describe('a data file', () => {
  it('that was closed in order is not looked through, and one that changed since is', () => {
    expect(readFileSync(note(), 'utf8')).toMatch(/^\d+ bytes/);
    expect(() => checkDataFile(file())).not.toThrow();
    // The note holds for one start, which may end otherwise.
    expect(existsSync(note())).toBe(false);
    writeFileSync(file(), whole.subarray(0, whole.length / 2));
    writeFileSync(note(), `${whole.length} bytes, written at 1\n`);
    expect(() => checkDataFile(file())).toThrow(
      `${file()} is damaged, or no data file of this server (the file is cut`,
    );
  });

  it.each<[string, (text: string) => string, boolean]>([
    ['as its note says', (text) => text, false],
    ['of another size', (text) => text.replace(/^\d+/, '1'), true],
    ['of the same size, and was written since', (text) => text.replace(/at .*/, 'at 1'), true],
  ])('that is %s', (_, change, isLookedThrough) => {
    const path = join(dir, 'foreign.lmdb');
    writeFileSync(path, 'no data file');
    noteClosed(path);
    writeFileSync(`${path}-closed`, change(readFileSync(`${path}-closed`, 'utf8')));
    if (isLookedThrough) expect(() => checkDataFile(path)).toThrow('no data file of this server');
    else checkDataFile(path);
  });

  it('is whole without pages at its end that were let go of before they were written, and not without others', async () => {
    const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
    const own = mkdtempSync(join(dir, 'short-'));
    const path = join(own, 'data.lmdb');
    const root = open({ path, noSubdir: true, maxDbs: 16, ...binary });
    const entries = root.openDB('entries', binary);
    const keys = Array.from({ length: 900 }, (_, n) => Buffer.from(String(n).padStart(8, '0')));
    const [kept, letGo] = [keys.slice(0, 100), keys.slice(100)];
    root.transactionSync(() => {
      for (const key of kept) entries.putSync(key, Buffer.alloc(900, 1));
    });
    for (const some of [letGo.slice(0, 400), letGo]) {
      root.transactionSync(() => {
        for (const key of some) entries.putSync(key, Buffer.alloc(900, 1));
        for (const key of some.toReversed()) entries.removeSync(key);
      });
    }
    await root.flushed;
    const { lastPageNumber } = root.getStats() as { lastPageNumber: number };
    await root.close();
    const short = readFileSync(path);
    expect(short.length).toBeLessThan((lastPageNumber + 1) * PAGE);
    expect(() => checkDataFile(path)).not.toThrow();
    writeFileSync(path, short.subarray(0, 10 * PAGE));
    expect(() => checkDataFile(path)).toThrow('(the file is cut short)');
    expect(readdirSync(own).filter((name) => name.includes('copy'))).toEqual([]);
  });

  it.each([1, 2, 8, 40, 200])('that is %i pages shorter is refused, or has lost nothing', async (pages) => {
    writeFileSync(file(), whole.subarray(0, whole.length - pages * PAGE));
    rmSync(note(), { force: true });
    try {
      checkDataFile(file());
    } catch (error) {
      expect(String(error)).toContain('(the file is cut short)');
      return;
    }
    await readAll();
    const storage = openStorage(dir);
    const rows = storage.collection('test.rows');
    expect(rows?.count).toBe(900);
    await storage.transaction(() => {
      for (let n = 1000; n < 1300; n++) storage.insert(rows as never, documentOf(n));
    });
    await storage.close();
    await readAll();
  });

  it.each([
    [0, 120_000],
    [4_000_000, 124_000],
    [9_000_000_000, 9_120_000],
  ])('of %i bytes may take %i ms to be looked through', (bytes, ms) => {
    expect(walkMs(bytes)).toBe(ms);
  });

  it('that was not closed in order is looked through, and is sound after writes and deletions', async () => {
    writeFileSync(file(), whole);
    rmSync(note(), { force: true });
    expect(() => checkDataFile(file())).not.toThrow();
    await readAll();
    expect(whole.length / PAGE).toBeGreaterThan(500);
  });

  it(`with ${DAMAGES} random damages is refused, or can be read without end of the process (seed ${SEED})`, async () => {
    const draw = createDraw(SEED);
    let refused = 0;
    for (let n = 0; n < DAMAGES; n++) {
      const damaged = Buffer.from(whole);
      // A run of pages, so that trees are met as well as documents.
      const start = (FIRST_PAGE + draw.below(whole.length / PAGE - FIRST_PAGE - 12)) * PAGE;
      for (let at = 0; at < PAGE * (n % 3 === 0 ? 12 : 1); at++) damaged[start + at] = draw.below(256);
      writeFileSync(file(), damaged);
      rmSync(note(), { force: true });
      await readAll().catch((error: Error) => {
        // A damaged document is an answer; LMDB's end of the process would not be.
        expect(error.message).toContain(`${file()} is damaged`);
        if (error.message.includes('no data file of this server')) refused++;
      });
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(DAMAGES);
  }, 60_000);
});
