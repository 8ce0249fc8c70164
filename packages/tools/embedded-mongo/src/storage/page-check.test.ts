import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'bson';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDraw } from '../test-support/random.js';
import { checkDataFile } from './data-file.js';
import { indexField, openStorage } from './storage.js';

const SEED = 7;
const DAMAGES = 90;
const PAGE = 4096;
const FIRST_PAGE = 2;

let source: string;
let whole: Buffer;
let dir: string;
const file = () => join(dir, 'data.lmdb');

const documentOf = (n: number) =>
  Buffer.from(serialize({ _id: n, group: n % 7, name: `n${n}`, text: 'x'.repeat(n % 5 === 0 ? 9000 : 60) }));

beforeAll(async () => {
  source = mkdtempSync(join(tmpdir(), 'page-check-'));
  const storage = openStorage(source);
  const fill = (ns: string, count: number) =>
    storage.transaction(() => {
      const collection = storage.create(ns);
      storage.addIndex(collection, {
        name: 'name',
        fields: [indexField({ path: 'name', direction: 1 }), indexField({ path: 'group', direction: -1 })],
        unique: false,
        sparse: false,
      });
      for (let n = 0; n < count; n++) storage.insert(collection, documentOf(n));
      return collection;
    });
  await fill('test.rows', 900);
  const gone = await fill('test.gone', 300);
  // Its pages become free ones, among those in use.
  await storage.transaction(() => storage.drop(gone));
  await storage.purgeDropped();
  await storage.close();
  whole = readFileSync(join(source, 'data.lmdb'));
});
afterAll(() => rmSync(source, { recursive: true }));
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'page-check-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Whether a file is refused; reads all of it where it is not. */
async function isRefused(content: Buffer): Promise<boolean> {
  writeFileSync(file(), content);
  try {
    checkDataFile(file());
  } catch (error) {
    expect((error as Error).message).toMatch(`${file()} is damaged: page `);
    return true;
  }
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
  } catch (error) {
    // A damaged document is an answer; LMDB's end of the process would not be.
    expect((error as Error).message).toContain('is damaged');
  } finally {
    await storage.close();
  }
  return false;
}

describe('the pages of a data file', () => {
  it('are sound after writes, deletions and a normal end', () => {
    copyFileSync(join(source, 'data.lmdb'), file());
    expect(() => checkDataFile(file())).not.toThrow();
    expect(whole.length / PAGE).toBeGreaterThan(500);
  });

  it('that are overwritten with zeros are found, wherever something refers to them', () => {
    writeFileSync(file(), whole);
    const fd = openSync(file(), 'r+');
    const zeros = Buffer.alloc(PAGE);
    const found: number[] = [];
    for (let page = FIRST_PAGE; page < whole.length / PAGE; page++) {
      writeSync(fd, zeros, 0, PAGE, page * PAGE);
      try {
        checkDataFile(file());
      } catch (error) {
        expect((error as Error).message).toContain(`page ${page} `);
        found.push(page);
      }
      writeSync(fd, whole, page * PAGE, PAGE, page * PAGE);
    }
    closeSync(fd);
    // 180 documents of three pages each, of which the first has a header; the trees; the rest is free.
    expect(found.length).toBeGreaterThan(200);
  });

  it(`with ${DAMAGES} random damages are refused, or can be read without end of the process (seed ${SEED})`, async () => {
    const draw = createDraw(SEED);
    let refused = 0;
    for (let n = 0; n < DAMAGES; n++) {
      const damaged = Buffer.from(whole);
      const start = (FIRST_PAGE + draw.below(whole.length / PAGE - FIRST_PAGE)) * PAGE;
      if (n % 3 === 0) for (let at = 0; at < PAGE; at++) damaged[start + at] = draw.below(256);
      else {
        const at = start + draw.below(n % 3 === 1 ? 24 : 80);
        damaged[at] = (damaged[at] as number) ^ (1 << draw.below(8));
      }
      if (await isRefused(damaged)) refused++;
    }
    expect(refused).toBeGreaterThan(DAMAGES / 10);
    expect(refused).toBeLessThan(DAMAGES);
  });
});
