import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LOADER = fileURLToPath(new URL('../bundle-loader.cjs', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-loader-'));
  copyFileSync(LOADER, join(folder, 'load.js'));
  write('main.js', `module.exports = require('./load.js')('./main-1.js');`);
  write(
    'main-1.js',
    `const { join } = require('node:path'), { twice } = require('./part-1.js');
     console.log(twice(21), join('a', 'b'), require('./part-1.js').twice === twice, require('beside').name);
     if (process.argv[2] === 'later') Promise.resolve().then(() => require('./later-1.js')).then(({ said }) => console.log(said));
     if (process.argv[2] === 'thread') new (require('node:worker_threads').Worker)(join(__dirname, 'thread.js'));`,
  );
  write('part-1.js', 'exports.twice = (value) => value * 2;');
  write('later-1.js', `exports.said = 'when asked';`);
  write('thread.js', `module.exports = require('./load.js')('./thread-1.js');`);
  write('thread-1.js', `console.log('in a thread');`);
  mkdirSync(join(folder, 'node_modules', 'beside'), { recursive: true });
  write('node_modules/beside/index.js', `exports.name = 'a package beside it';`);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const SAID = '42 a/b true a package beside it\n';

const run = (...args: string[]) => runUnder([], ...args);

function runUnder(flags: string[], ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, '--enable-source-maps', join(folder, 'main.js'), ...args],
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** Without what stands for V8 and its flags. */
const compiled = () => readdirSync(folder).flatMap((name) => /(.*)\.\d+\.compiled.*$/.exec(name)?.[1] ?? []);
const fileOf = (name: string) =>
  join(folder, readdirSync(folder).find((one) => one.startsWith(name) && one.endsWith('.compiled')) as string);
/** Of the file that has the name now: a number of its own may be that of one before it. */
const identity = (name: string) => {
  const { ino, mtimeNs } = statSync(fileOf(name), { bigint: true });
  return `${ino} ${mtimeNs}`;
};

describe('the loader of bundles', () => {
  it('loads the chunks of a program, once each, and what stands outside the bundle', async () => {
    expect(await run()).toEqual({ code: 0, out: SAID, err: '' });
  });

  it('keeps what was compiled, and the next process takes it', async () => {
    await run();
    expect(compiled()).toEqual(['main-1.js', 'part-1.js']);
    const [main, part] = [identity('main-1.js'), identity('part-1.js')];
    expect(await run()).toEqual({ code: 0, out: SAID, err: '' });
    expect([identity('main-1.js'), identity('part-1.js')]).toEqual([main, part]);
  });

  it('keeps what was compiled under other flags beside it, which V8 would refuse', async () => {
    const writtenAt = () => readdirSync(folder).map((name) => statSync(join(folder, name), { bigint: true }).mtimeNs);
    const other = ['--max-old-space-size=300'];
    await run();
    await runUnder(other);
    expect(compiled()).toEqual(['main-1.js', 'main-1.js', 'part-1.js', 'part-1.js']);
    const kept = writtenAt();
    await run();
    await runUnder(other);
    expect(writtenAt()).toEqual(kept);
  });

  it('keeps chunks that are loaded later, and those of threads', async () => {
    expect((await run('later')).out).toBe(`${SAID}when asked\n`);
    expect((await run('thread')).out).toBe(`${SAID}in a thread\n`);
    expect(compiled()).toEqual(['later-1.js', 'main-1.js', 'part-1.js', 'thread-1.js']);
  });

  it('compiles again what another V8 compiled, or something damaged, and replaces it', async () => {
    await run();
    const whole = readFileSync(fileOf('part-1.js'));
    const [main, part] = [identity('main-1.js'), identity('part-1.js')];
    const changedAt = (place: number) => Buffer.from(whole.map((byte, at) => (at === place ? byte ^ 0x55 : byte)));
    // The version of V8 stands in its second word; behind its head V8 believes what it reads.
    const other = changedAt(4).subarray(0, -4);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(other));
    const middle = [1, 2].map((part) => changedAt(Math.floor((whole.length * part) / 3)));
    for (const damaged of [Buffer.concat([other, sum]), ...middle, whole.subarray(0, 3), Buffer.alloc(0)]) {
      writeFileSync(fileOf('part-1.js'), damaged);
      expect(await run()).toEqual({ code: 0, out: SAID, err: '' });
      expect(readFileSync(fileOf('part-1.js')).length).toBeGreaterThan(3);
      expect(readFileSync(fileOf('part-1.js')).equals(damaged)).toBe(false);
    }
    expect(identity('main-1.js')).toBe(main);
    expect(identity('part-1.js')).not.toBe(part);
  });

  it('runs where nothing can be kept, and leaves nothing half written', async () => {
    await run();
    const kept = fileOf('main-1.js');
    rmSync(kept);
    mkdirSync(kept);
    expect(await run()).toEqual({ code: 0, out: SAID, err: '' });
    expect(compiled()).toEqual(['main-1.js', 'part-1.js']);
  });

  it.each(['compiled now', 'compiled before'])('names our files and lines in traces (%s)', async (when) => {
    // Line 1, column 13 of the chunk is line 11, column 3 of the source; what follows from column 33 on is line 12.
    const map = { version: 3, names: [], sources: ['../src/origin.ts'], mappings: 'AAAA,aAUE,oBACA' };
    write('main-1.js.map', JSON.stringify(map));
    write('main-1.js', `let a = 1;   throw new Error('as meant');\n//# sourceMappingURL=main-1.js.map`);
    if (when === 'compiled before') await run();
    const { code, err } = await run();
    expect(code).toBe(1);
    expect(err).toContain('src/origin.ts:11:3');
  });
});
