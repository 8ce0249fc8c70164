import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeApiKey } from './api-key-file.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecobalyse-env-'));
  file = join(folder, '.env');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('writes a new file that only the user can read', () => {
  const key = writeApiKey(file);
  expect(key).toMatch(/^[\w-]{32}$/);
  expect(readFileSync(file, 'utf8')).toBe(`API_KEY=${key}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it.each(['API_KEY=', ' API_KEY = ', 'API_KEY=""', "API_KEY=''"])('fills in %s and keeps every other line', (empty) => {
  writeFileSync(file, `# mine\nAPI_PORT=9000\n${empty}\nAPI_KEY_NAME=x\n`);
  const key = writeApiKey(file);
  expect(readFileSync(file, 'utf8')).toBe(`# mine\nAPI_PORT=9000\nAPI_KEY=${key}\nAPI_KEY_NAME=x\n`);
});

it.each([
  'export API_KEY=',
  'API_KEY=\r',
  'API_KEY="" # the key\r',
  'API_KEY= # none yet',
  'API_KEY=#',
  'API_KEY: ',
  '# API_KEY=',
  'MY_API_KEY=',
  "API_KEY=' '",
])('is read as it was written, beside %j', (line) => {
  writeFileSync(file, `A=1\r\n${line}\nB="x y"\n`);
  const key = writeApiKey(file);
  const text = readFileSync(file, 'utf8');
  expect(parse(text)).toMatchObject({ A: '1', API_KEY: key, B: 'x y' });
  expect(text.split(key)).toHaveLength(2);
});

it('adds a line to a file without one, even when its last line has no end', () => {
  writeFileSync(file, 'API_PORT=9000');
  const key = writeApiKey(file);
  expect(readFileSync(file, 'utf8')).toBe(`API_PORT=9000\nAPI_KEY=${key}\n`);
});

it('loses no line when the file cannot be written, and keeps a link to it', () => {
  const real = join(folder, 'real.env');
  writeFileSync(real, 'API_PORT=9000\n');
  symlinkSync(real, file);
  mkdirSync(`${real}.tmp/in-the-way`, { recursive: true });
  expect(() => writeApiKey(file)).toThrow();
  expect(readFileSync(real, 'utf8')).toBe('API_PORT=9000\n');
  rmSync(`${real}.tmp`, { recursive: true });
  const key = writeApiKey(file);
  expect(readFileSync(real, 'utf8')).toBe(`API_PORT=9000\nAPI_KEY=${key}\n`);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
});

it('never writes the same key twice', () => {
  expect(writeApiKey(file)).not.toBe(writeApiKey(join(folder, 'other')));
});
