import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loggable, withoutCredentials } from './loggable.js';
import { createLogger, type Logger } from './logger.js';

const FORMATS = ['json', 'text'] as const;
type Format = (typeof FORMATS)[number];
const LOGGERS = Object.fromEntries(
  FORMATS.map((format) => [format, createLogger('test', { LOG_LEVEL: 'info', LOG_FORMAT: format }, ['x-my-key'])]),
) as Record<Format, Logger>;

let text = '';
beforeEach(() => {
  text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    text += line;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** What is written by calls of a logger. */
async function logged(format: Format, calls: (logger: Logger) => void): Promise<string> {
  const logger = LOGGERS[format];
  calls(logger);
  logger.info('goodbye');
  await expect.poll(() => text, { interval: 1 }).toContain('goodbye');
  return text;
}

const hello = (fields: object = {}) => Object.assign(new Error('hello'), fields);
const throws = (thrown: unknown) => () => {
  throw thrown;
};
const tree = (levels: number): unknown => (levels ? Array.from({ length: 50 }, () => tree(levels - 1)) : 1);

/** Errors that broke a line, or could. Each says "hello" where it can. */
const AWKWARD: Record<string, () => unknown> = {
  'a circular error': () => {
    const error = hello();
    return Object.assign(error, { self: error, request: { socket: { error } } });
  },
  'causes in a circle': () => {
    const error = hello();
    error.cause = new Error('b', { cause: error });
    return error;
  },
  'a getter that throws': () => Object.defineProperty(hello(), 'bad', { enumerable: true, get: throws(1) }),
  'a message that throws': () => Object.defineProperty(new Error(), 'message', { get: throws('hello') }),
  'a message that is none': () => Object.assign(new Error(), { message: { hello: 1n } }),
  'toJSON that throws': () => hello({ field: { toJSON: throws(1) } }),
  'a BigInt': () => hello({ big: 2n ** 70n }),
  'a symbol and a function': () => hello({ [Symbol('a')]: 1, b: Symbol('c'), d() {} }),
  'a huge error': () => hello({ text: 'x'.repeat(5e6), list: Array(1e5).fill({}) }),
  'a deep error': () => {
    const error = hello();
    let at: Error = error;
    for (let n = 0; n < 2e4; n++) {
      const below = new Error('deep');
      at.cause = below;
      at = below;
    }
    return error;
  },
  'a wide tree': () => hello({ tree: tree(3) }),
  'many errors': () => new AggregateError([new Error('a'), new Error('b')], 'hello'),
  'a proxy without a prototype': () => new Proxy(hello(), { getPrototypeOf: throws(1) }),
  'a proxy': () => new Proxy(hello(), { ownKeys: throws(1) }),
  'no error': () => 'hello',
  nothing: () => undefined,
  'an object without a prototype': () => Object.assign(Object.create(null), { message: 'hello' }),
};

/** Of these nothing can be read. */
const MUTE = ['nothing', 'a message that throws', 'a proxy without a prototype', 'a proxy'];

const RUN = fileURLToPath(new URL('../../../../scripts/run-source.mjs', import.meta.url));
// Mistakes are planted where there are no scripts.
it.skipIf(!existsSync(RUN))('a logger never waits for who reads, in a process of its own', async () => {
  const child = spawn(process.execPath, [RUN, 'packages/runtime/service-kit/src/testing/eager-writer.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [through] = await once(child.stderr, 'data');
  expect(String(through)).toBe('through');
  let read = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) read += chunk;
  expect(read).toMatch(/read again[\s\S]*lines of the log were left out/);
});

describe.each(FORMATS)('logger in %s', (format) => {
  it('leaves lines out while a megabyte waits to be read, and says how many', async () => {
    const waiting = vi.spyOn(process.stdout, 'writableLength', 'get');
    const logger = LOGGERS[format];
    const shows = (part: string) => expect.poll(() => text, { interval: 1 }).toContain(part);
    waiting.mockReturnValue(1_000_000);
    logger.info('first');
    await shows('first');
    waiting.mockReturnValue(1_000_001);
    for (const lost of ['lost 1', 'lost 2', 'lost 3']) logger.info(lost);
    await expect.poll(() => waiting.mock.calls.length, { interval: 1 }).toBeGreaterThanOrEqual(4);
    waiting.mockReturnValue(0);
    logger.info('read again');
    await shows('nobody read it');
    expect(text).toMatch(/first[\s\S]*read again[\s\S]*lines"?: ?3\b/);
    expect(text).not.toContain('lost');
  });

  it('hides keys, tokens and passwords', async () => {
    const text = await logged(format, (logger) => {
      logger.info(
        {
          req: { headers: { 'x-my-key': 'hidden1', authorization: 'hidden2' } },
          password: 'hidden3',
          a: { token: 'hidden4' },
          err: new Error('mongodb://user:hidden5@host/'),
          url: 'https://u:hidden6@host/?token=hidden7&b=1',
        },
        'hello redis://:hidden8@host',
      );
      logger.info({
        a: { b: { c: { d: [{ ECOBALYSE_API_TOKEN: 'hidden9', DB_PASSWORD: 'hidden10', 'X-Api-Key': 'hidden11' }] } } },
      });
      logger.warn('Authorization: Bearer hidden12, %s', 'mongodb+srv://u:a@hidden13@c.net/');
      logger.warn(new Error('redis://u:hidden14@host:1'));
    });
    expect(text).toContain('hello');
    expect(text).not.toMatch(/hidden\d/);
  });

  it('shows what an HTTP client threw, without its token', async () => {
    const text = await logged(format, (logger) => {
      const headers = { Authorization: 'Bearer hidden1', token: 'hidden2' };
      const request = { _header: 'GET / HTTP/1.1\r\ntoken: hidden3', socket: {} as object };
      request.socket = { _httpMessage: request };
      const config = {
        headers,
        auth: { username: 'u', password: 'hidden4' },
        url: 'http://u:hidden5@h/?token=hidden6',
      };
      const response = { request, config, headers: { 'set-cookie': 'hidden7' } };
      const failed = Object.assign(new Error('connect ECONNREFUSED'), {
        isAxiosError: true,
        config,
        request,
        response,
      });
      Object.assign(failed, { toJSON: () => ({ config }) });
      logger.error({ err: failed }, 'failed');
      logger.error({ err: new Error('cancelled', { cause: failed }) });
      logger.error(failed);
      logger.error({ config: failed.config, nested: [{ failed }] }, 'both');
    });
    expect(text).toMatch(/ECONNREFUSED[\s\S]*cancelled[\s\S]*goodbye/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('shows what Redis refused, without the arguments of the command', async () => {
    const text = await logged(format, (logger) => {
      const command = { name: 'hello', args: ['3', 'AUTH', 'default', 'hidden1'] };
      const failed = Object.assign(new Error('WRONGPASS'), { name: 'ReplyError', command });
      logger.warn({ err: failed }, 'lost');
      logger.warn(failed);
      logger.warn({ err: new AggregateError([failed], 'all') });
    });
    expect(text).toMatch(/WRONGPASS[\s\S]*goodbye/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('hides them in maps', async () => {
    const text = await logged(format, (logger) => {
      logger.info({
        options: new Map([
          ['password', 'hidden1'],
          ['user', 'shown'],
        ]),
      });
    });
    expect(text).toMatch(/shown[\s\S]*goodbye/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('shows of a request which one it is, and not its body', async () => {
    const text = await logged(format, (logger) => {
      const request = { method: 'PUT', url: '/a?token=hidden1', raw: {}, log: logger, body: { secretly: 'hidden2' } };
      logger.info({ req: request, res: { statusCode: 418, raw: {}, log: logger } }, 'hello');
    });
    expect(text).toMatch(/PUT.*\/a\?token=\*\*\*.*418/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('never breaks on what it is given', async () => {
    const text = await logged(format, (logger) => {
      for (const [name, make] of Object.entries(AWKWARD)) {
        const error = make();
        logger.warn({ err: error }, `${name}: one`);
        logger.warn({ other: error, deep: { error } }, 'two');
        logger.warn(error as Error);
        logger.warn('three %s', error);
        logger.warn('end');
      }
    });
    for (const name of Object.keys(AWKWARD)) {
      const shown = text.slice(text.indexOf(`${name}: one`)).split(/\bend\b/, 1)[0] as string;
      expect(shown).toMatch(/one[\s\S]*two[\s\S]*three/);
      if (!MUTE.includes(name)) expect(shown).toContain('hello');
      expect(shown.length).toBeLessThan(500_000);
    }
    if (format === 'json') for (const line of text.trim().split('\n')) JSON.parse(line);
  });
});

it('listens for a standard output that has gone away once, however many loggers there are', () => {
  for (let made = 0; made < 3; made++) createLogger('another', { LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
  const heard = process.stdout.listeners('error');
  createLogger('one more', { LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
  expect(process.stdout.listeners('error')).toEqual(heard);
  expect(heard.length).toBeGreaterThanOrEqual(1);
});

it('withoutCredentials keeps the rest of a text', () => {
  expect(withoutCredentials('to redis://:secret@host:1/0 and mongodb+srv://u:p@c.net/?x=1')).toBe(
    'to redis://***@host:1/0 and mongodb+srv://***@c.net/?x=1',
  );
  const stack = 'at file:///a/node_modules/@scope/b.js:1:2, https://host/@c?page=1';
  expect(withoutCredentials(stack)).toBe(stack);
});

it.each([
  ['mongodb://user:p@ss/w?rd@host:1/db', 'mongodb://***@host:1/db'],
  ['mongodb+srv://u:p@c.net', 'mongodb+srv://***@c.net'],
  ['rediss://:p@host', 'rediss://***@host'],
  ['REDIS://:p@host', 'REDIS://***@host'],
  ['http://u:p@host/a', 'http://***@host/a'],
  ['"mongodb://host" me@example.org', '"mongodb://host" me@example.org'],
  ['Bearer a.b-c_d~e+f/g= h', 'Bearer *** h'],
  ['authorization: basic YWI=', 'authorization: basic ***'],
  ['/a?token=t&b=1', '/a?token=***&b=1'],
  ['/a?b=1&access_token=t#c', '/a?b=1&access_token=***#c'],
  ['/a?api_key=k&apikey=k&my_api_key=k', '/a?api_key=***&apikey=***&my_api_key=***'],
  ['/a?password=p&secret=s', '/a?password=***&secret=***'],
  ['/a?tokens=2&b=token', '/a?tokens=2&b=token'],
])('withoutCredentials makes of %s: %s', (text, shown) => expect(withoutCredentials(text)).toBe(shown));

describe('what a line shows', () => {
  const isSecret = (name: string) => name === 'secret';
  const nested = (levels: number): unknown => (levels === 0 ? 'end' : { a: nested(levels - 1) });
  const cut = 'x'.repeat(16_384);
  const listed = (length: number) => Array.from({ length }, (_, at) => at);
  const fields = (count: number) => Object.fromEntries(listed(count).map((at) => [`f${at}`, at]));
  const self: { self?: unknown } = {};
  self.self = self;
  const twice = { a: 1 };
  const served = { method: 'GET', url: '/a', statusCode: 200 };

  it.each<[string, unknown, unknown]>([
    ['plain values', [1, true, null, 'a', 2n], [1, true, null, 'a', '2']],
    ['functions and symbols', [() => 1, Symbol('a')], [undefined, undefined]],
    ['a secret', { secret: { a: 1 }, b: 1 }, { secret: '***', b: 1 }],
    ['a text of the longest length', cut, cut],
    ['a text beyond it', `${cut}y`, `${cut}…`],
    ['a text that would be cut within an address', `a http://u:${cut}`, 'a http…'],
    ['a text with an address before its cut', `http://u:p@h ${cut}`, `http://***@h ${cut.slice(13)}…`],
    ['8 levels', nested(7), nested(7)],
    ['9 levels', nested(9), { a: { a: { a: { a: { a: { a: { a: { a: '[…]' } } } } } } } }],
    ['100 items', listed(100), listed(100)],
    ['101 items', listed(101), [...listed(100), '… 1 more']],
    ['100 fields', fields(100), fields(100)],
    ['102 fields', fields(102), { ...fields(100), '…': '2 more' }],
    ['a circle', self, { self: '[circular]' }],
    ['the same object twice', [twice, twice], [twice, twice]],
    ['a map', new Map([['a', 1]]), { a: 1 }],
    ['a set', new Set([1, 2]), [1, 2]],
    ['a set of many', new Set(listed(200)), listed(100)],
    ['bytes', [new Uint8Array(3), new ArrayBuffer(4)], ['[3 bytes]', '[4 bytes]']],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a request', { ...served, raw: 1, log: 1, body: 1 }, served],
    ['what only looks like a request', { raw: 1, body: 1 }, { raw: 1, body: 1 }],
  ])('of %s', (_what, value, shown) => expect(loggable(value, isSecret)).toEqual(shown));

  it('of an error: its name, its words and its own fields, and of calls nothing', () => {
    const cause = new RangeError('inner');
    const calls = { request: 1, response: 1, config: 1, socket: 1, agent: 1, command: 1 };
    const error = Object.assign(new TypeError('outer', { cause }), { code: 'E', secret: 1, ...calls });
    expect(loggable(error, isSecret)).toEqual({
      type: 'TypeError',
      message: 'outer',
      stack: expect.stringContaining('outer'),
      cause: { type: 'RangeError', message: 'inner', stack: expect.any(String) },
      code: 'E',
      secret: '***',
    });
  });

  it('of 2000 values, and no more', () => {
    const rows = Array.from({ length: 40 }, () => listed(60));
    const shown = loggable(rows, isSecret) as unknown[];
    // A list takes its own place and those of its items.
    const whole = shown.filter((row) => Array.isArray(row)).length;
    expect([whole, shown[whole], shown.length]).toEqual([33, '[…]', 40]);
  });
});
