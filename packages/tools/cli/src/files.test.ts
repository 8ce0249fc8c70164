import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { holdPauses } from '@ecobalyse/test-servers';
import { BSON } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openLineFile } from './line-file.js';
import { startProgress } from './progress.js';
import { checkedPortal, sendDeclaration } from './push/portal.js';
import { bytesOf, readJson } from './read-json.js';
import { runHere } from './testing/run-here.js';
import { createFingerprint, pathOf, readDocuments, readManifest } from './transfer/dump-format.js';
import { UsageError } from './usage.js';
import { writeOut } from './write-out.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-files-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});
const file = (name: string, content: string | Buffer = '') => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('a file of documents', () => {
  const read = async (content: Buffer) => {
    const found: Buffer[] = [];
    for await (const document of readDocuments(file('a.bson', content))) found.push(Buffer.from(document));
    return found;
  };
  const sized = (bytes: number) => {
    const document = Buffer.alloc(bytes);
    document.writeInt32LE(bytes);
    return document;
  };

  it('is read one document at a time, also an empty one and one that comes in parts', async () => {
    expect(await read(Buffer.alloc(0))).toEqual([]);
    const documents = [sized(5), Buffer.from(BSON.serialize({ a: 1 })), sized(3_000_000), sized(5)];
    const found = await read(Buffer.concat(documents));
    expect(found.map(({ length }) => length)).toEqual(documents.map(({ length }) => length));
    expect(found.every((document, at) => document.equals(documents[at] as Buffer))).toBe(true);
  });

  it.each([
    [4, /a\.bson is damaged: a document of 4 bytes/],
    [-1, /is damaged: a document of -1 bytes/],
    [16_793_601, /is damaged: a document of 16793601 bytes/],
    [16_793_600, /a\.bson is cut short: its last document is not complete/],
    [6, /is cut short/],
  ])('that says %d bytes is refused', async (bytes, reason) => {
    const head = Buffer.alloc(5);
    head.writeInt32LE(bytes);
    await expect(read(Buffer.concat([sized(5), head]))).rejects.toThrow(reason);
  });

  it('is refused where its last length is cut off', () =>
    expect(read(Buffer.concat([sized(5), Buffer.alloc(3)]))).rejects.toThrow('cut short'));

  it('has a sum that does not depend on their order, and counts each', () => {
    const sumOf = (...documents: string[]) => {
      const { add, result } = createFingerprint();
      for (const document of documents) add(Buffer.from(document));
      return result();
    };
    const of = (text: string) => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
    const sum = (...texts: string[]) =>
      (texts.map(of).reduce((all, one) => all + one, 0n) % 2n ** 256n).toString(16).padStart(64, '0');
    expect(sumOf()).toEqual({ count: 0, checksum: '0'.repeat(64) });
    const three = { count: 3, checksum: sum('a', 'b', 'c') };
    expect([sumOf('a', 'b', 'c'), sumOf('c', 'a', 'b')]).toEqual([three, three]);
    expect(sumOf('a', 'a')).toEqual({ count: 2, checksum: sum('a', 'a') });
  });

  it('lies where its collection is named, as a file system takes it', () => {
    expect(pathOf('/x', 'a/b', 'c: é')).toBe('/x/a%2Fb/c%3A%20%C3%A9');
    expect(() => readManifest(folder)).toThrow(/manifest\.json is missing: the folder holds no dump/);
    file('manifest.json', '{"format":2}');
    expect(() => readManifest(folder)).toThrow(/has format 2; this program reads format 1/);
    file('manifest.json', '{"format":1,"collections":[]}');
    expect(readManifest(folder)).toEqual({ format: 1, collections: [] });
  });
});

describe('a file of lines', () => {
  const schema = z.object({ a: z.number() });
  const open = (path: string) => openLineFile(path, schema, 'numbers');

  it('need not be there, and grows by whole lines', async () => {
    const { entries, add } = await open(join(folder, 'new'));
    expect(entries).toEqual([]);
    await add({ a: 1 });
    await add({ a: 2 });
    expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('{"a":1}\n{"a":2}\n');
    expect((await open(join(folder, 'new'))).entries).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('loses a last line that was broken off, to the byte', async () => {
    const path = file('broken', '{"a":1}\n{"a":2,"é":1}\n{"a":');
    const { entries, add } = await open(path);
    expect(entries).toEqual([{ a: 1 }, { a: 2 }]);
    await add({ a: 3 });
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"a":2,"é":1}\n{"a":3}\n');
  });

  it('names the line that is none', async () => {
    const fault = 'line 2 is none of a journal of numbers';
    for (const line of ['{"a":"x"}', 'x', ''])
      await expect(open(file('other', `{"a":1}\n${line}\n`))).rejects.toThrow(fault);
    await expect(open(folder)).rejects.toThrow(UsageError);
    await expect(open(folder)).rejects.toThrow(`cannot read ${folder}: `);
  });
});

describe('JSON', () => {
  const schema = z.array(z.object({ a: z.number() }));
  it('is one value, or a list of lines', async () => {
    expect(await readJson(file('a', ' [{"a":1}]'), schema, true)).toEqual([{ a: 1 }]);
    expect(await readJson(file('b', '{"a":1}\n\n {"a":2}\n'), schema, true)).toEqual([{ a: 1 }, { a: 2 }]);
    await expect(readJson(file('b', '{"a":1}'), schema)).rejects.toThrow(UsageError);
  });

  it('that is none, or says something else, is named with its place', async () => {
    await expect(readJson(file('a', '{'), schema)).rejects.toThrow(new RegExp(`^${folder}/a: `));
    const path = file('b', '[{"a":"x"},{"a":1},{}]');
    const said = await readJson(path, schema).catch(({ message }: Error) => message.split('\n'));
    expect(said).toEqual([expect.stringContaining(`${path}: 0.a: `), expect.stringContaining(`${path}: 2.a: `)]);
    await expect(bytesOf(folder)).rejects.toThrow(`cannot read ${folder}: it is a folder`);
    await expect(bytesOf(join(folder, 'nothing'))).rejects.toThrow('no such file or directory');
  });
});

it('what is written goes to a file, or to standard output no faster than it is read', async () => {
  async function* parts() {
    yield 'a';
    yield Buffer.from('b');
    yield '';
  }
  await writeOut(parts(), join(folder, 'out'));
  expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('ab');
  const failed = writeOut(parts(), join(folder, 'no', 'out'));
  await expect(failed).rejects.toThrow(`cannot write ${folder}/no/out: no such file or directory`);
  let written = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return false;
  });
  const out = writeOut(parts(), undefined);
  await new Promise(setImmediate);
  expect(written).toBe('a');
  process.stdout.emit('drain');
  await vi.waitFor(() => expect(written).toBe('ab'));
  process.stdout.emit('drain');
  await out;
  expect(write).toHaveBeenCalledTimes(2);
});

describe('a portal', () => {
  it.each([
    ['nonsense', false, '--portal: expected an address; received: nonsense'],
    ['ftp://portal', true, '--portal: expected an address'],
    ['http://127.0.0.1/api', false, '--portal: expected https: the key is not sent in the open'],
    ['https://127.0.0.1/api', false, '--portal: 127.0.0.1 is 127.0.0.1, in a private network (--allow-private)'],
    ['https://[::1]/api', false, '--portal: [::1] is ::1, in a private network (--allow-private)'],
    ['https://nowhere.invalid/api', false, '--portal: '],
  ])('is not %s', async (text, allowPrivate, reason) => {
    await expect(checkedPortal(text, allowPrivate)).rejects.toThrow(UsageError);
    await expect(checkedPortal(text, allowPrivate)).rejects.toThrow(reason);
  });

  it.each([
    ['https://8.8.8.8/api', false],
    ['http://127.0.0.1/api', true],
  ])('is %s', async (text, allowPrivate) => expect((await checkedPortal(text, allowPrivate)).href).toBe(text));

  it('is asked up to five times, after 1, 2, 4 and 8 seconds or as long as it asks, five minutes at most', async () => {
    const answers: [status: number, retryAfter?: string][] = [];
    const asked: unknown[] = [];
    const server = createServer(async ({ method, url, headers }, reply) => {
      asked.push([method, url, headers.authorization, headers['content-type']]);
      const [status, retryAfter] = answers.shift() ?? [201];
      reply.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end('x'.repeat(1001));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const portal = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`);
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const pauses = holdPauses((ms) => ms >= 1000);
    try {
      const sent = async (...given: typeof answers) => {
        answers.push(...given);
        const waits: number[] = [];
        let said: unknown;
        const sending = sendDeclaration(portal, 'key', { a: 1 } as never).then((answer) => {
          said = answer.status;
          expect([0, 1000]).toContain(answer.status === null ? 0 : answer.answer.length);
        });
        while (said === undefined) {
          if (pauses.lengths().length > 0) waits.push(await pauses.next());
          else await new Promise(setImmediate);
        }
        await sending;
        return [said, ...waits];
      };
      expect(await sent([201])).toEqual([201]);
      expect(asked).toEqual([['POST', '/api/produits', 'Bearer key', 'application/json']]);
      expect(timeout.mock.calls).toEqual([[30_000]]);
      expect([await sent([400]), await sent([499])]).toEqual([[400], [499]]);
      expect(await sent([500], [503], [429], [500], [502], [201])).toEqual([502, 1000, 2000, 4000, 8000]);
      answers.length = 0;
      expect(await sent([429, '7'], [503, '1'], [503, '9999'], [429, 'x'])).toEqual([
        ...[201, 7000, 2000, 300_000, 8000],
      ]);
      expect(await sent([302])).toEqual([201, 1000, 2000, 4000, 8000].slice(0, 2));
    } finally {
      pauses.release();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('progress', () => {
  let said: string;
  const terminal = (stderr: boolean, stdout: boolean) => {
    said = '';
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'Date'] });
    for (const [stream, isTTY] of [
      [process.stderr, stderr],
      [process.stdout, stdout],
    ] as const)
      vi.spyOn(stream, 'isTTY', 'get').mockReturnValue(isTTY);
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
  };
  beforeEach(() => {
    // Where it is no terminal, it has no such property.
    for (const stream of [process.stderr, process.stdout])
      if (!('isTTY' in stream)) Object.defineProperty(stream, 'isTTY', { configurable: true, get: () => undefined });
  });

  it.each([
    ['never', true, false, false],
    ['auto', false, false, false],
    ['auto', true, true, false],
    ['auto', true, false, true],
    ['always', false, true, true],
  ] as const)(
    'that is wished for %s, on a terminal (%s, scores: %s), is shown: %s',
    (wish, stderr, stdout, isShown) => {
      terminal(stderr, stdout);
      const progress = startProgress(10_000, wish);
      vi.advanceTimersByTime(1001);
      progress.update(5000, 12);
      progress.stop();
      expect(said !== '').toBe(isShown);
    },
  );

  it('is shown after a second, or at once where it is asked for', () => {
    terminal(true, false);
    const progress = startProgress(10_000, 'auto');
    vi.advanceTimersByTime(1000);
    progress.update(5000, 12);
    progress.interrupt();
    progress.stop();
    expect(said).toBe('');
    vi.advanceTimersByTime(1);
    progress.update(5000, 12);
    progress.interrupt();
    expect(said.endsWith('\r\u001b[K')).toBe(true);
    progress.stop();
    expect(stripVTControlCharacters(said)).toMatch(/5 kB of 10 kB, 50 %, 12 products, \d+s/);
  });

  it('says no total where none is known, a line each two seconds where there is no terminal', () => {
    terminal(false, false);
    const progress = startProgress(undefined, 'always');
    progress.update(1499, 3);
    progress.interrupt();
    progress.update(1500, 4);
    progress.stop();
    expect(said.trim().split('\n').at(-1)).toMatch(/^2 kB, 4 products, \d+s$/);
    expect(said).not.toContain('\u001b');
  });
});

describe('numbers on the command line', () => {
  it.each([
    ['estimate --draws', 20, 5000],
    ['estimate --seed', 0, 4_294_967_295],
    ['sensitivity --n', 64, undefined],
    ['sensitivity --seed', 0, 4_294_967_295],
    ['declare push x --rate', 1, 100],
    ['upstream check --sample', 1, 100_000],
    ['upstream check --rate', 1, 100],
    ['db backup --to x --keep', 1, 10_000],
    ['db backup --to x --every', 1, 500],
    ['keys limit x --requests-per-minute', 1, undefined],
    ['keys limit x --products-per-day', 1, undefined],
  ])('%s is a whole one from %d to %s', async (words, least, most) => {
    for (const value of [least - 1, least + 0.5, 'x', ...(most === undefined ? [] : [most + 1])]) {
      const { code, stderr } = await runHere([...words.split(' '), String(value)]);
      const range = most === undefined ? `from ${least} to ` : `from ${least} to ${most}.`;
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(`Expected a whole number ${range}`),
      });
    }
  });
});
