import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { sheetsOf } from '@ecobalyse/product-files';
import { openStore, type Store } from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiveProducts } from './receive-products.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

/** Characters of a product in its chunk, beside those that are repeated. */
const AROUND = '{"line":1,"index":0,"product":{"a":""}}'.length;
const linesOf = (count: number, characters = 0) => `{"a":"${'x'.repeat(characters)}"}\n`.repeat(count);
async function receive(text: string, maxBytes = 100_000_000) {
  const job = randomUUID();
  const half = text.length >> 1;
  const body = Readable.from([Buffer.from(text.slice(0, half)), Buffer.from(text.slice(half))]);
  return {
    job,
    ...(await receiveProducts(store, job, body, {
      format: 'ndjson',
      contentType: undefined,
      maxBytes,
      readWorkbookSheets: sheetsOf,
    })),
  };
}

describe('the chunks of an upload', () => {
  it.each([
    ['one product', linesOf(1), [1]],
    ['as many as a chunk holds', linesOf(100), [100]],
    ['one more', linesOf(101), [100, 1]],
    ['more than are stored at once', linesOf(450, 5000), [100, 100, 100, 100, 50]],
    ['a million characters', linesOf(5, 250_000 - AROUND), [4, 1]],
    ['a few less', linesOf(5, 250_000 - AROUND - 1), [5]],
  ])('hold every product once, in order: %s', async (_what, text, sizes) => {
    const planned = sizes.reduce((sum, size) => sum + size);
    const { job, ...received } = await receive(text);
    const file = { columns: null, unreadColumns: [], format: 'ndjson', bytes: text.length };
    expect(received).toEqual({ ...file, planned, chunks: sizes.length });
    const chunks = await store.collection('product_job_chunks').find({ job }).sort({ n: 1 }).toArray();
    expect(chunks.map(({ n }) => n)).toEqual(sizes.map((_, n) => n));
    const held = chunks.map(({ products }) => JSON.parse(products as string) as { line: number; index: number }[]);
    expect(held.map(({ length }) => length)).toEqual(sizes);
    const order = Array.from({ length: planned }, (_, index) => ({ line: index + 1, index }));
    expect(held.flat().map(({ line, index }) => ({ line, index }))).toEqual(order);
  });
});

it('what can be read of a row is kept with what is wrong in it', async () => {
  const job = randomUUID();
  const body = Readable.from([Buffer.from('Réf;Catégorie;Masse;Matière 1\nR1;Boxer;0,1;Coton\n')]);
  await receiveProducts(store, job, body, {
    ...{ format: 'csv', contentType: undefined, maxBytes: 1000, readWorkbookSheets: sheetsOf },
  });
  const chunk = await store.collection('product_job_chunks').findOne({ job });
  expect(JSON.parse(chunk?.products as string)).toMatchObject([
    {
      fault: { en: expect.stringContaining('calecon or slip') },
      product: { reference: 'R1', mass: 0.1, materials: [{ id: 'ei-coton' }] },
    },
  ]);
});

describe('the limits of an upload', () => {
  it('are its bytes: as many as it may have, and one more', async () => {
    const text = linesOf(200);
    expect((await receive(text, text.length)).planned).toBe(200);
    await expect(receive(text, text.length - 1)).rejects.toMatchObject({ refusal: 'file_too_large' });
  });

  it('are a hundred thousand products', async () => {
    const text = '{}\n'.repeat(100_000);
    expect((await receive(text)).planned).toBe(100_000);
    await expect(receive(`${text}{}\n`)).rejects.toMatchObject({
      refusal: 'too_many_products',
      values: { most: 100_000 },
    });
  });

  it('are one product at least', async () => {
    await expect(receive('\n')).rejects.toMatchObject({ refusal: 'invalid_request' });
  });
});
