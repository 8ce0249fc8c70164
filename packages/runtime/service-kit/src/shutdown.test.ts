import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { explainListenError, runMain, type ShutdownStep, stopGracefully } from './shutdown.js';

afterEach(() => vi.restoreAllMocks());

/** Sets the steps up with the signals of the process held, and gives what the signal of that name does. */
function graceful(steps: readonly ShutdownStep[], timeoutMs = 60_000) {
  const lines: string[] = [];
  const onSignal = new Map<unknown, (what: unknown) => void>();
  const hold = (event: unknown, handler: (what: unknown) => void) => {
    onSignal.set(event, handler);
    return process;
  };
  for (const name of ['on', 'once'] as const) vi.spyOn(process, name).mockImplementation(hold as never);
  const exited = new Promise<unknown>((resolve) => {
    vi.spyOn(process, 'exit').mockImplementation(((code: unknown) => resolve(code)) as never);
  });
  const logger = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  stopGracefully(logger, timeoutMs, steps);
  const told = () => lines.map((line) => (line as unknown as { msg: string }).msg);
  return { send: (event: string, what: unknown = event) => onSignal.get(event)?.(what), exited, told };
}

const never = () => new Promise<never>(() => undefined);

describe('a graceful stop', () => {
  it.each(['SIGTERM', 'SIGINT'])('takes one step after the other at %s, also after one that fails', async (signal) => {
    const order: string[] = [];
    const step = (name: string): ShutdownStep => [
      name,
      async () => {
        order.push(`${name} begins`);
        await nextTurn();
        order.push(`${name} ends`);
        if (name === 'two') throw new Error('no');
      },
    ];
    const { send, exited, told } = graceful([step('one'), step('two'), step('three')]);
    send(signal);
    expect(await exited).toBe(0);
    expect(order).toEqual(['one', 'two', 'three'].flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(told()).toEqual([`${signal}: stopping`, 'could not stop two', 'stopped']);
  });

  it('of an error that nobody caught has exit code 1', async () => {
    const { send, exited, told } = graceful([]);
    send('uncaughtException', new Error('oh'));
    expect(await exited).toBe(1);
    expect(told()).toEqual(['unhandled error: stopping', 'stopped']);
  });

  it('that takes too long is ended', async () => {
    const { send, exited, told } = graceful([['slow', never]], 30);
    send('SIGTERM');
    expect(await exited).toBe(1);
    expect(told()).toEqual(['SIGTERM: stopping', 'killed by timeout (30ms)']);
  });

  it('is ended by a second signal', async () => {
    const { send, exited } = graceful([['slow', never]]);
    send('SIGTERM');
    send('SIGTERM');
    expect(await exited).toBe(1);
  });
});

it.each([
  [new Error('redis://:hidden@host is away'), 'could not start: redis://***@host is away\n'],
  ['a word', 'could not start: a word\n'],
])('a main function that fails with %s is one line and exit code 1', async (error, line) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  await runMain(() => Promise.reject(error));
  expect([write.mock.calls, exit.mock.calls]).toEqual([[[line]], [[1]]]);
  await runMain(async () => 'done');
  expect(exit).toHaveBeenCalledTimes(1);
});

it.each([
  ['EADDRINUSE', 'port 80 is taken by another program: stop it, or set API_PORT to a free port'],
  ['EACCES', 'port 80 may not be opened by this user: set API_PORT to one above 1023'],
  ['EADDRNOTAVAIL', 'API_HOST: expected an address of this machine (why)'],
  ['ENOTFOUND', 'API_HOST: expected an address of this machine (why)'],
  ['EOTHER', 'why'],
])('an address that cannot be listened on, by %s: %s', (code, message) => {
  expect(explainListenError(Object.assign(new Error('why'), { code }), 80, 'API_PORT').message).toBe(message);
  expect(explainListenError('a word', 80, 'API_PORT').message).toBe('a word');
});
