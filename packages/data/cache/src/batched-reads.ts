import { setImmediate as nextTurn } from 'node:timers/promises';

/** Values of keys, null for those that are absent. */
export type Values = ReadonlyMap<string, Buffer | null>;

/**
 * Reads for all who ask within one turn of the event loop by one command. It is sent after the last of them asked, so that
 * everybody sees what was written before.
 *
 * @param read - values of keys, in their order.
 */
export function openBatchedReads(
  read: (keys: string[]) => Promise<readonly (Buffer | null)[]>,
): (keys: readonly string[]) => Promise<Values> {
  let wanted = new Set<string>();
  let reading: Promise<Values> | null = null;

  async function readWanted(): Promise<Values> {
    await nextTurn();
    const keys = [...wanted];
    wanted = new Set();
    reading = null;
    const values = await read(keys);
    return new Map(keys.map((key, index) => [key, values[index] ?? null]));
  }

  return (keys) => {
    for (const key of keys) wanted.add(key);
    reading ??= readWanted();
    return reading;
  };
}
