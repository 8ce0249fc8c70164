import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** LMDB trusts its file: a foreign, shortened or damaged one would end this process inside native code, without a word. */

const WALK = fileURLToPath(new URL('../../scripts/walk-data-file.mjs', import.meta.url));
/** From memory or a fast disk, 200 MB take a second. */
const FAST_BYTES_PER_MS = 200_000;
/** Half of what a slow disk gives that is read here and there: a large file that takes long is no damaged one. */
const SLOW_BYTES_PER_MS = 1000;
const LEAST_WALK_MS = 120_000;

/** Longest time that looking through a file may take. */
export const walkMs = (bytes: number): number => LEAST_WALK_MS + Math.ceil(bytes / SLOW_BYTES_PER_MS);

/** Beside a data file that was closed in order and not changed since: how large it was, and when it was written. */
const noteOf = (file: string): string => `${file}-closed`;

function stateOf(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${size} bytes, written at ${mtimeMs}\n`;
}

/** To be called when the file is closed: the next start need not look through it. */
export function noteClosed(file: string): void {
  writeFileSync(noteOf(file), stateOf(file));
}

/**
 * Has another process read a data file, unless it was closed in order and is as it was then.
 * @throws Error naming the file when it is foreign, damaged or cut short
 */
export function checkDataFile(file: string): void {
  const note = noteOf(file);
  const noted = existsSync(note) ? readFileSync(note, 'utf8') : undefined;
  rmSync(note, { force: true });
  // An empty file is what a first start leaves that was interrupted at once.
  if (!existsSync(file) || statSync(file).size === 0 || noted === stateOf(file)) return;
  const copy = `${file}-copy`;
  rmSync(copy, { force: true });
  const { size } = statSync(file);
  if (size > 5000 * FAST_BYTES_PER_MS)
    console.error(
      `embedded-mongo: ${file} was not closed in order: its ${Math.round(size / 1e6)} MB are looked through, which takes some time`,
    );
  const { status, signal, stderr, error } = spawnSync(process.execPath, [WALK, file, copy], {
    timeout: walkMs(size),
    encoding: 'utf8',
  });
  rmSync(copy, { force: true });
  if (status === 0) return;
  if (error) throw new Error(`${file} could not be looked through: ${error.message}`);
  const reason = /Error: (.*)/.exec(stderr)?.[1] ?? `reading it ends a process with ${signal ?? `code ${status}`}`;
  throw new Error(
    `${file} is damaged, or no data file of this server (${reason}). Restore it from a copy, or move it away to start with an empty database.`,
  );
}
