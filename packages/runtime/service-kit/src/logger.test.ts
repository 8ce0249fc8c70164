import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withoutCredentials } from './loggable.js';

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** What a process writes that runs calls of a logger. */
function logged(calls: string, format: 'json' | 'text'): string {
  const script = `import { createLogger } from ${JSON.stringify(built)};
    const logger = createLogger('test', { LOG_LEVEL: 'info', LOG_FORMAT: '${format}' }, ['x-my-key']);
    ${calls}; logger.info('goodbye');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

/** Errors that broke a line, or could. Each says "hello" where it can. */
const AWKWARD: Record<string, string> = {
  'a circular error': "const error = new Error('hello'); error.self = error; error.request = { socket: { error } };",
  'causes in a circle': "const error = new Error('hello'); error.cause = new Error('b', { cause: error });",
  'a getter that throws':
    "const error = Object.defineProperty(new Error('hello'), 'bad', { enumerable: true, get() { throw 1; } });",
  'a message that throws':
    "const error = new Error(); Object.defineProperty(error, 'message', { get() { throw 'hello'; } });",
  'a message that is none': 'const error = Object.assign(new Error(), { message: { hello: 1n } });',
  'toJSON that throws': "const error = Object.assign(new Error('hello'), { field: { toJSON() { throw error; } } });",
  'a BigInt': "const error = Object.assign(new Error('hello'), { big: 2n ** 70n });",
  'a symbol and a function':
    "const error = Object.assign(new Error('hello'), { [Symbol('a')]: 1, b: Symbol('c'), d() {} });",
  'a huge error':
    "const error = Object.assign(new Error('hello'), { text: 'x'.repeat(5e7), list: Array(1e6).fill({}) });",
  'a deep error':
    "const error = new Error('hello'); let at = error; for (let n = 0; n < 1e5; n++) at = at.cause = new Error('deep');",
  'a wide tree':
    "const tree = (n) => n ? Array.from({ length: 90 }, () => tree(n - 1)) : 1; const error = Object.assign(new Error('hello'), { tree: tree(3) });",
  'many errors': "const error = new AggregateError([new Error('a'), new Error('b')], 'hello');",
  'a proxy without a prototype': "const error = new Proxy(new Error('hello'), { getPrototypeOf() { throw 1; } });",
  'a proxy': "const error = new Proxy(new Error('hello'), { ownKeys() { throw 1; } });",
  'no error': "const error = 'hello';",
  nothing: 'const error = undefined;',
  'an object without a prototype': "const error = Object.assign(Object.create(null), { message: 'hello' });",
};

/** Of these nothing can be read. */
const MUTE = ['nothing', 'a message that throws', 'a proxy without a prototype', 'a proxy'];

describe.each(['json', 'text'] as const)('logger in %s', (format) => {
  it('never waits for who reads, and says what was left out', async () => {
    const script = `import { createLogger } from ${JSON.stringify(built)};
      const logger = createLogger('test', { LOG_LEVEL: 'info', LOG_FORMAT: '${format}' });
      for (let n = 0; n < 5000; n++) logger.info('x'.repeat(1000));
      process.stdout.once('drain', () => logger.info('read again'));
      process.stderr.write('through');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [through] = await once(child.stderr, 'data');
    expect(String(through)).toBe('through');
    let text = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk;
    expect(text).toMatch(/read again[\s\S]*lines of the log were left out/);
  });

  it('hides keys, tokens and passwords', () => {
    const text = logged(
      `logger.info({ req: { headers: { 'x-my-key': 'hidden1', authorization: 'hidden2' } }, password: 'hidden3', a: { token: 'hidden4' }, err: new Error('mongodb://user:hidden5@host/'), url: 'https://u:hidden6@host/?token=hidden7&b=1' }, 'hello redis://:hidden8@host');
       logger.info({ a: { b: { c: { d: [{ ECOBALYSE_API_TOKEN: 'hidden9', DB_PASSWORD: 'hidden10', 'X-Api-Key': 'hidden11' }] } } } });
       logger.warn('Authorization: Bearer hidden12, %s', 'mongodb+srv://u:a@hidden13@c.net/');
       logger.warn(new Error('redis://u:hidden14@host:1'));`,
      format,
    );
    expect(text).toContain('hello');
    expect(text).not.toMatch(/hidden\d/);
  });

  it('shows what an HTTP client threw, without its token', () => {
    const text = logged(
      `const headers = { Authorization: 'Bearer hidden1', token: 'hidden2' };
       const request = { _header: 'GET / HTTP/1.1\\r\\ntoken: hidden3', socket: {} };
       request.socket._httpMessage = request;
       const config = { headers, auth: { username: 'u', password: 'hidden4' }, url: 'http://u:hidden5@h/?token=hidden6' };
       const response = { request, config, headers: { 'set-cookie': 'hidden7' } };
       const failed = Object.assign(new Error('connect ECONNREFUSED'), { isAxiosError: true, config, request, response });
       failed.toJSON = () => ({ config });
       logger.error({ err: failed }, 'failed'); logger.error({ err: new Error('cancelled', { cause: failed }) }); logger.error(failed);
       logger.error({ config: failed.config, nested: [{ failed }] }, 'both');`,
      format,
    );
    expect(text).toMatch(/ECONNREFUSED[\s\S]*cancelled[\s\S]*goodbye/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('shows what Redis refused, without the arguments of the command', () => {
    const text = logged(
      `const command = { name: 'hello', args: ['3', 'AUTH', 'default', 'hidden1'] };
       const failed = Object.assign(new Error('WRONGPASS'), { name: 'ReplyError', command });
       logger.warn({ err: failed }, 'lost'); logger.warn(failed); logger.warn({ err: new AggregateError([failed], 'all') });`,
      format,
    );
    expect(text).toMatch(/WRONGPASS[\s\S]*goodbye/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('hides them in maps', () => {
    const text = logged("logger.info({ options: new Map([['password', 'hidden1'], ['user', 'shown']]) });", format);
    expect(text).toMatch(/shown[\s\S]*goodbye/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('shows of a request which one it is, and not its body', () => {
    const text = logged(
      `const request = { method: 'PUT', url: '/a?token=hidden1', raw: {}, log: logger, body: { secretly: 'hidden2' } };
       logger.info({ req: request, res: { statusCode: 418, raw: {}, log: logger } }, 'hello');`,
      format,
    );
    expect(text).toMatch(/PUT.*\/a\?token=\*\*\*.*418/);
    expect(text).not.toMatch(/hidden\d/);
  });

  it('never breaks on what it is given', () => {
    const calls = Object.entries(AWKWARD).map(
      ([name, error]) => `{
        ${error}
        logger.warn({ err: error }, '${name}: one'); logger.warn({ other: error, deep: { error } }, 'two');
        logger.warn(error); logger.warn('three %s', error); logger.warn('end');
      }`,
    );
    const text = logged(calls.join('\n'), format);
    for (const name of Object.keys(AWKWARD)) {
      const shown = text.slice(text.indexOf(`${name}: one`)).split(/\bend\b/, 1)[0] as string;
      expect(shown).toMatch(/one[\s\S]*two[\s\S]*three/);
      if (!MUTE.includes(name)) expect(shown).toContain('hello');
      expect(shown.length).toBeLessThan(500_000);
    }
    if (format === 'json') for (const line of text.trim().split('\n')) JSON.parse(line);
  });
});

it('withoutCredentials keeps the rest of a text', () => {
  expect(withoutCredentials('to redis://:secret@host:1/0 and mongodb+srv://u:p@c.net/?x=1')).toBe(
    'to redis://***@host:1/0 and mongodb+srv://***@c.net/?x=1',
  );
  const stack = 'at file:///a/node_modules/@scope/b.js:1:2, https://host/@c?page=1';
  expect(withoutCredentials(stack)).toBe(stack);
});
