import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'bson';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { indexField } from './catalogue.js';
import { openLmdbFile } from './lmdb-file.js';
import { matchingChunks, planQuery } from './query.js';
import { openStorage, type Storage } from './records.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'catalogue-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const fill = (storage: Storage, ns: string, count: number) =>
  storage.transaction(() => {
    const collection = storage.create(ns);
    const fields = [indexField({ path: 'n', direction: 1 })];
    storage.addIndex(collection, { name: 'n', fields, unique: false, sparse: false });
    for (let n = 0; n < count; n++) storage.insert(collection, Buffer.from(serialize({ _id: n, n })));
    return collection;
  });

/** Keys of the whole file: documents, and entries of indexes. */
async function keysInFile(): Promise<number[]> {
  const file = openLmdbFile(dir);
  const counts = [file.records, file.entries].map((table) => [...table.getKeys({})].length);
  await file.close();
  return counts;
}

it('documents are counted when they are on the disk, as reads find them, and not before', async () => {
  const storage = openStorage(dir);
  const kept = await fill(storage, 'test.kept', 3);
  const seen: unknown[] = [];
  const look = () => seen.push([kept.count, storage.scan(kept, 0, 10).length]);
  const write = (n: number) =>
    storage.transaction(() => {
      storage.insert(kept, Buffer.from(serialize({ _id: n, n })));
      return kept.count;
    });
  const writes = [write(10), write(11)];
  look();
  // What two transactions of one commit meet is what was there before both.
  expect(await Promise.all(writes)).toEqual([3, 3]);
  look();
  const [record] = storage.scan(kept, 0, 1);
  await storage.transaction(() => storage.remove(kept, record?.id as number, record?.bytes as Buffer));
  look();
  expect(seen).toEqual([
    [3, 3],
    [5, 5],
    [4, 4],
  ]);
  await storage.close();
});

describe('what is dropped', () => {
  it('leaves the file: a collection of one document more than a chunk, with its indexes', async () => {
    const storage = openStorage(dir);
    await fill(storage, 'test.kept', 3);
    const gone = await fill(storage, 'test.gone', 4001);
    await storage.transaction(() => storage.drop(gone));
    await storage.purgeDropped();
    await storage.close();
    expect(await keysInFile()).toEqual([3, 6]);
  });

  it('ends the searches that go on in it', async () => {
    const storage = openStorage(dir);
    const gone = await fill(storage, 'test.gone', 300);
    const filter = { matches: () => true, conditions: [] };
    const chunks = matchingChunks(storage, gone, filter, planQuery(gone, { filter }));
    expect(chunks.next().value).toHaveLength(16);
    await storage.transaction(() => storage.drop(gone));
    expect(() => chunks.next()).toThrow('collection dropped: test.gone');
    await storage.close();
  });

  it('leaves the file at the next start when it is closed meanwhile, and with what was dropped meanwhile', async () => {
    const storage = openStorage(dir);
    const [one, other] = [await fill(storage, 'test.one', 9000), await fill(storage, 'test.other', 5)];
    await storage.transaction(() => storage.drop(one));
    const purging = storage.purgeDropped();
    await storage.transaction(() => storage.drop(other));
    // One deletes for all that ask.
    expect(storage.purgeDropped()).toBe(purging);
    await storage.close();
    expect((await keysInFile())[0]).toBeGreaterThan(0);

    const again = openStorage(dir);
    await again.purgeDropped();
    await again.close();
    expect(await keysInFile()).toEqual([0, 0]);
  });

  it('leaves the file at the next start when the process ends before', async () => {
    const storage = openStorage(dir);
    const [kept, gone] = [await fill(storage, 'test.kept', 3), await fill(storage, 'test.gone', 5)];
    await storage.transaction(() => {
      storage.drop(gone);
      const [, index] = kept.indexes;
      if (index) storage.dropIndex(kept, index);
    });
    await storage.close();
    expect(await keysInFile()).toEqual([8, 16]);
    const again = openStorage(dir);
    expect([...again.collections.keys()]).toEqual(['test.kept']);
    await again.purgeDropped();
    await again.close();
    expect(await keysInFile()).toEqual([3, 3]);
  });

  it('is also the collection whose name another one takes', async () => {
    const storage = openStorage(dir);
    await fill(storage, 'test.old', 5);
    const next = await fill(storage, 'test.next', 2);
    await storage.transaction(() => storage.rename(next, 'test.old'));
    await storage.purgeDropped();
    expect([...storage.collections].map(([ns, { count }]) => [ns, count])).toEqual([['test.old', 2]]);
    await storage.close();
    expect(await keysInFile()).toEqual([2, 4]);
  });
});

it('an opened file goes on counting where it was', async () => {
  const storage = openStorage(dir);
  const rows = await fill(storage, 'test.rows', 7);
  const { nextRecord, indexes } = rows;
  await storage.close();
  const again = openStorage(dir);
  const found = again.collection('test.rows');
  expect(found).toMatchObject({ count: 7, nextRecord, uuid: rows.uuid });
  expect(found?.indexes.map(({ name, id }) => [name, id])).toEqual(indexes.map(({ name, id }) => [name, id]));
  // No id is given twice.
  const other = await fill(again, 'test.other', 1);
  expect(Math.min(other.id, ...other.indexes.map(({ id }) => id))).toBeGreaterThan(
    Math.max(rows.id, ...indexes.map(({ id }) => id)),
  );
  await again.close();
});
