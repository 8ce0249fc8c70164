import { buffer } from 'node:stream/consumers';
import { sheetsOf, type Workbook, writeWorkbook } from '@ecobalyse/product-files';
import Fastify from 'fastify';
import { afterAll, expect, it, vi } from 'vitest';
import { openProcess, ProcessEndedError } from './processes.js';

// A process that nobody hears of would be waited for.
vi.setConfig({ testTimeout: 60_000 });

const app = Fastify();
afterAll(() => app.close());

const LIMITS = { memoryMb: 24, timeoutMs: 60_000, idleMs: 60_000 };
const workbooks = (limits = LIMITS) => openProcess<Uint8Array, Workbook>(app, 'workbook-worker', limits);
const bookOf = (rows: number) =>
  buffer(writeWorkbook([{ name: 'a', headers: ['a'], rows: [Array(rows).fill(['x'.repeat(32_000)])] }]));
const SMALL = await bookOf(2);

it('a workbook that takes more memory than it may ends its process and nothing else: the next one is read', async () => {
  const inProcess = workbooks();
  const large = inProcess(await bookOf(2000));
  const next = inProcess(SMALL);
  await expect(large).rejects.toThrow(ProcessEndedError);
  expect(await next).toEqual(await sheetsOf(SMALL));
  expect(await inProcess(SMALL)).toEqual(await sheetsOf(SMALL));
});

it('so does one that takes more time', async () => {
  await expect(workbooks({ ...LIMITS, timeoutMs: 1 })(SMALL)).rejects.toThrow(ProcessEndedError);
});

it('what fails for another reason says so, and more than 20 that wait are told to come later', async () => {
  const inProcess = workbooks();
  await expect(inProcess(null as never)).rejects.toThrow(/null/);
  const done = Array.from({ length: 22 }, () => inProcess(SMALL));
  await expect(done[21]).rejects.toThrow('Too much is under way');
  await Promise.all(done.slice(0, 21));
});
