import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from './replace-file.js';

/** A line that sets no key, in each spelling that the reader of the file takes: `export`, quotes, a remark, CRLF. */
const EMPTY = /^([ \t]*export[ \t]+)?[ \t]*API_KEY[ \t]*[=:][ \t]*(?:""|''|``)?[ \t]*(?:#[^\r\n]*)?(?=\r?$)/m;

/** Writes a new random API key into an env file: in place of an empty `API_KEY=`, or at its end, where it wins. */
export function writeApiKey(envFile: string): string {
  const key = randomBytes(24).toString('base64url');
  const before = existsSync(envFile) ? readFileSync(envFile, 'utf8') : '';
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  const after = EMPTY.test(before)
    ? before.replace(EMPTY, `$1API_KEY=${key}`)
    : `${before}${separator}API_KEY=${key}\n`;
  replaceFile(envFile, after);
  return key;
}
