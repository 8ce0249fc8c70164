import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const WRITES = ['copyFile', 'link', 'mkdir', 'rename', 'rm', 'writeFile'] as const;

/**
 * Runs a function as if its process died after so many changes to files in a folder: none of the later ones is made.
 *
 * @returns whether it came to its end before.
 */
export async function dyingAfter(steps: number, folder: string, run: () => Promise<unknown>): Promise<boolean> {
  let done = 0;
  let isDead = false;
  const originals = WRITES.map((name) => [name, fs[name]] as const);
  for (const [name, original] of originals) {
    Object.assign(fs, {
      [name]: async (...given: unknown[]) => {
        if (given.some((path) => String(path).startsWith(folder))) {
          isDead ||= done === steps;
          if (isDead) throw new Error('the process is dead');
          done += 1;
        }
        return (original as (...args: unknown[]) => Promise<unknown>).apply(fs, given);
      },
    });
  }
  syncBuiltinESMExports();
  try {
    await run();
  } catch (error) {
    if (!isDead) throw error;
  } finally {
    Object.assign(fs, Object.fromEntries(originals));
    syncBuiltinESMExports();
  }
  return !isDead;
}
