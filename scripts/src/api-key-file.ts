import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Writes a new random API key into an env file: in place of an empty `API_KEY=`, or at its end. */
export function writeApiKey(envFile: string): string {
  const key = randomBytes(24).toString('base64url');
  const before = existsSync(envFile) ? readFileSync(envFile, 'utf8') : '';
  const empty = /^[ \t]*API_KEY[ \t]*=[ \t]*(?:""|'')?[ \t]*$/m;
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  const after = empty.test(before) ? before.replace(empty, `API_KEY=${key}`) : `${before}${separator}API_KEY=${key}\n`;
  writeFileSync(envFile, after, { mode: 0o600 });
  chmodSync(envFile, 0o600);
  return key;
}
