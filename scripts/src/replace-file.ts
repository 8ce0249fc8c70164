import { existsSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file that only its user can read, whole or not at all: a full disk leaves what was there. */
export function replaceFile(file: string, text: string): void {
  // A link keeps leading to it.
  const target = existsSync(file) ? realpathSync(file) : file;
  const written = `${target}.tmp`;
  try {
    writeFileSync(written, text, { mode: 0o600 });
    renameSync(written, target);
  } catch (error) {
    rmSync(written, { force: true });
    throw error;
  }
}
