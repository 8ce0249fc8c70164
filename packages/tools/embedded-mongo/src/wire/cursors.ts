import { documentValue, fromValues, int64 } from '../bson/values.js';
import { fail } from '../errors.js';
import type { Batches } from '../language/aggregate.js';
import { createPace, type Pace } from '../pace.js';
import { okReply } from './reply.js';

/** An open result: what was not sent yet. */
interface Cursor {
  readonly id: bigint;
  readonly ns: string;
  readonly iterator: AsyncIterator<Buffer[]>;
  /** Of the command that opened it; it works for each `getMore` in turn. */
  readonly pace: Pace;
  /** What is left of its time: while nothing is asked of it, none passes. */
  leftMs: number;
  waiting: Buffer[];
  lastUsed: number;
  busy: boolean;
}

const IDLE_MS = 10 * 60 * 1000;
/** A reply stays below the 16 MiB of one document; the rest is room for the reply's own fields. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024 - 16 * 1024;
export const DEFAULT_BATCH = 101;

export type Cursors = ReturnType<typeof createCursors>;

/** The cursors of one server. */
export function createCursors() {
  const open = new Map<bigint, Cursor>();
  // Ids are random in their beginning so that those of an earlier server process are not mistaken for ours.
  let lastId = (BigInt(Math.floor(Math.random() * 2 ** 31)) << 31n) | 1n;
  const sweep = setInterval(() => {
    const now = Date.now();
    for (const cursor of open.values()) if (!cursor.busy && now - cursor.lastUsed > IDLE_MS) void discard(cursor);
  }, IDLE_MS / 10);
  sweep.unref();

  async function discard(cursor: Cursor): Promise<void> {
    open.delete(cursor.id);
    cursor.pace.isAbandoned = () => true;
    await cursor.iterator.return?.();
  }

  /** Fetches the next documents; one more is looked at, so that an exactly filled batch closes the cursor. */
  async function nextBatch(cursor: Cursor, size: number): Promise<{ batch: Buffer[]; done: boolean }> {
    const batch: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      let taken = 0;
      while (taken < cursor.waiting.length && batch.length < size) {
        const document = cursor.waiting[taken] as Buffer;
        if (batch.length > 0 && bytes + document.length > MAX_BATCH_BYTES) break;
        batch.push(document);
        bytes += document.length + 16;
        taken++;
      }
      cursor.waiting = cursor.waiting.slice(taken);
      if (cursor.waiting.length > 0) return { batch, done: false };
      // With nothing asked for, nothing is computed yet.
      if (size === 0) return { batch, done: false };
      const next = await cursor.iterator.next();
      if (next.done) return { batch, done: true };
      cursor.waiting = next.value;
    }
  }

  return {
    /** Opens a cursor and gives the reply with its first batch. */
    async first(ns: string, batches: Batches, size: number, single: boolean, pace = createPace()): Promise<Buffer> {
      const iterator = batches[Symbol.asyncIterator]();
      const cursor: Cursor = {
        id: ++lastId,
        ns,
        iterator,
        pace,
        leftMs: Number.POSITIVE_INFINITY,
        waiting: [],
        lastUsed: Date.now(),
        busy: false,
      };
      const { batch, done } = await nextBatch(cursor, size);
      if (done || single) {
        await iterator.return?.();
        return cursorReply('firstBatch', batch, 0n, ns);
      }
      cursor.leftMs = pace.deadline - Date.now();
      open.set(cursor.id, cursor);
      return cursorReply('firstBatch', batch, cursor.id, ns);
    },

    /** @throws CommandError 43 when the cursor is gone */
    async more(id: bigint, ns: string, size: number, { deadline, isAbandoned }: Pace): Promise<Buffer> {
      const cursor = open.get(id);
      if (cursor === undefined || cursor.ns !== ns) return fail(43, `cursor id ${id} not found`);
      if (cursor.busy) return fail(12051, `cursor id ${id} is already in use`);
      cursor.busy = true;
      cursor.pace.deadline = Math.min(deadline, Date.now() + cursor.leftMs);
      cursor.pace.isAbandoned = isAbandoned;
      cursor.pace.restart();
      try {
        const { batch, done } = await nextBatch(cursor, size);
        if (done) open.delete(id);
        return cursorReply('nextBatch', batch, done ? 0n : id, ns);
      } catch (error) {
        open.delete(id);
        throw error;
      } finally {
        cursor.busy = false;
        cursor.leftMs = cursor.pace.deadline - Date.now();
        cursor.lastUsed = Date.now();
      }
    },

    /** @returns whether there was such a cursor */
    async kill(id: bigint, ns: string): Promise<boolean> {
      const cursor = open.get(id);
      if (cursor === undefined || cursor.ns !== ns) return false;
      await discard(cursor);
      return true;
    },

    /** Those that wait for their next batch to be asked for, or are at it. */
    openCount: () => open.size,

    close(): void {
      clearInterval(sweep);
      open.clear();
    },
  };
}

function cursorReply(name: 'firstBatch' | 'nextBatch', batch: readonly Buffer[], id: bigint, ns: string): Buffer {
  return okReply({ cursor: { [name]: fromValues(batch.map(documentValue)), id: int64(id), ns } });
}
