import { appendFile, readFile, truncate } from 'node:fs/promises';
import type { z } from 'zod';
import { UsageError } from './usage.js';

/** A file of lines of JSON that only grows, so that work which was broken off goes on where it was. */
export interface LineFile<Entry> {
  /** What was there when it was opened. */
  readonly entries: readonly Entry[];
  /** Keeps an entry, on the disk before this resolves. */
  add(entry: Entry): Promise<void>;
}

/**
 * Opens a file of lines, which need not be there. A last line that was broken off is taken away: it says nothing for certain.
 *
 * @param of - what its lines are of, for who gives another file.
 * @throws UsageError for a file that is none.
 */
export async function openLineFile<Entry>(
  file: string,
  schema: z.ZodType<Entry>,
  of: string,
): Promise<LineFile<Entry>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new UsageError(`cannot read ${file}: ${error.message}`);
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries = whole
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return schema.parse(JSON.parse(line));
      } catch {
        throw new UsageError(`${file}: line ${index + 1} is none of a journal of ${of}`);
      }
    });
  if (whole !== text) await truncate(file, Buffer.byteLength(whole));
  return { entries, add: (entry) => appendFile(file, `${JSON.stringify(entry)}\n`, { flush: true }) };
}
