import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Bootstrap {
  oneAtATime: <T>(file: string, work: () => Promise<T>, limitMs?: number) => Promise<T>;
  installPrograms: (names: string[]) => Promise<void>;
  installIfPossible: (name: string, isThere: () => boolean) => Promise<void>;
  whenNpmEnds: (callback: () => void) => () => void;
  writableEnvironment: () => NodeJS.ProcessEnv;
  run: (command: string, args: string[], options?: object) => Promise<{ status: number; output: string }>;
  root: string;
}
const bootstrap = (await import(new URL('../bootstrap.mjs', import.meta.url).href)) as Bootstrap;
const { oneAtATime, installPrograms, installIfPossible, whenNpmEnds, writableEnvironment, run, root } = bootstrap;

let at: string;
let said: string;
let toldOff: string;
beforeEach(() => {
  at = mkdtempSync(join(tmpdir(), 'ecobalyse-bootstrap-'));
  said = '';
  toldOff = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    toldOff += text;
    return true;
  });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(at, { recursive: true });
});

it('prepares a folder by one process at a time, and leaves nothing to a dead one', async () => {
  const file = join(at, 'new', 'preparing');
  const order: string[] = [];
  const first = oneAtATime(file, async () => {
    order.push('first begins');
    expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
    await new Promise((resolve) => setTimeout(resolve));
    order.push('first ends');
  });
  await Promise.all([first, oneAtATime(file, async () => order.push('second'))]);
  expect(order).toEqual(['first begins', 'first ends', 'second']);
  expect(said).toBe('Waiting for another command, which prepares the same folder…\n');

  const listeners = process.listenerCount('exit');
  await expect(oneAtATime(file, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(process.listenerCount('exit')).toBe(listeners);
  writeFileSync(file, String(spawnSync('true').pid));
  expect(await oneAtATime(file, async () => 'after a dead one')).toBe('after a dead one');
  // Of a process that lives, but has nothing to do with it.
  writeFileSync(file, String(process.ppid));
  expect(await oneAtATime(file, async () => 'after the limit', 0)).toBe('after the limit');
  expect(existsSync(file)).toBe(false);
});

describe('what is missing', () => {
  const log = () => (existsSync(join(at, 'log')) ? readFileSync(join(at, 'log'), 'utf8').trim().split('\n') : []);
  const program = (name: string, text: string) =>
    writeFileSync(join(at, name), `#!/bin/sh\ncd "${at}"\n${text}\n`, { mode: 0o755 });
  /** `update` would see that `install` does not wait for it. What ends it has to end what it has begun: it leads its own group. */
  const APT_GET = `
    echo "$* $DEBIAN_FRONTEND $RUNLEVEL" >> log
    [ ! -e /proc/$$/stat ] || { read -r _ _ _ _ group _ < /proc/$$/stat; [ "$group" = $$ ] || echo "in group $group" >> log; }
    case "$2" in
      update) for look in 1 2 3 4 5 6 7 8 9 10; do /bin/true; [ -e installing ] && echo together >> log; done ;;
      install) : > installing; for name in "$@"; do /bin/true; done; [ -e refuses ] || : > "$name" ;;
    esac`;
  beforeEach(() => {
    vi.stubEnv('PATH', at);
    symlinkSync('/usr/bin/env', join(at, 'env'));
    vi.spyOn(process, 'getuid').mockReturnValue(0);
  });
  const INSTALLED = [
    '-qq update noninteractive 1',
    '-qq install -y --no-install-recommends redis-server noninteractive 1',
  ];

  it('is installed from the distribution, one step after the other, before anything goes on', async () => {
    program('apt-get', APT_GET);
    await installPrograms(['redis-server', 'apt-get']);
    expect(log()).toEqual(INSTALLED);
    expect(said).toBe('Installing redis-server from the distribution’s packages…\n');
    await installPrograms(['redis-server']);
    expect(log()).toEqual(INSTALLED);
  });

  it('is asked of sudo where this user is not root', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    program('apt-get', APT_GET);
    program('sudo', `echo "sudo $*" >> log; shift; exec "$@"`);
    const sudo = (args: string) => `sudo -n env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq ${args}`;
    program('true', '');
    await installPrograms(['redis-server']);
    expect(log()).toEqual([
      'sudo -n true',
      sudo('update'),
      INSTALLED[0],
      sudo('install -y --no-install-recommends redis-server'),
      INSTALLED[1],
    ]);
  });

  it.each([
    ['nobody may install', 'sudo', 'exit 1'],
    ['there is no apt-get', 'nothing', ''],
  ])('is said to be, with what to do, where %s', async (_where, name, text) => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    if (name === 'sudo') program('apt-get', APT_GET);
    program(name, text);
    await expect(installPrograms(['redis-server'])).rejects.toThrow('exit 1');
    expect(log()).toEqual([]);
    expect(toldOff).toMatch(
      /^\nerror: redis-server is needed. Any of these will do:\n.*apt-get install redis-server\n/,
    );
  });

  it.each([
    ['redis-server', 'redis-server is needed'],
    ['chromium-headless-shell', 'Chromium is needed by the tests of pages'],
    ['git', 'git is needed by the tests'],
    ['curl', 'curl is needed by the tests'],
  ])('is named when it cannot be installed: %s', async (name, words) => {
    await expect(installPrograms(['env', name])).rejects.toThrow('exit 1');
    expect(toldOff).toContain(`error: ${words}`);
  });

  it('is not missing where Chromium stands in for its program without a window', async () => {
    program('chromium', '');
    await installPrograms(['chromium-headless-shell', 'env']);
    expect([said, toldOff]).toEqual(['', '']);
  });

  it('is said to be left out of the tests where they can do without it', async () => {
    program('apt-get', APT_GET);
    const isThere = () => existsSync(join(at, 'python3-pymongo'));
    await installIfPossible('python3-pymongo', isThere);
    expect(said).toBe('Installing python3-pymongo from the distribution’s packages…\n');
    await installIfPossible('python3-pymongo', isThere);
    expect(log()).toHaveLength(2);
    program('refuses', '');
    await installIfPossible('other', () => false);
    expect(said).toMatch(/other is not here and could not be installed: what needs it is not tested.\n$/);
  });
});

describe('a command', () => {
  it('gives its exit code, and what it wrote on both streams', async () => {
    const asked = { stdio: 'pipe' };
    const { status, output } = await run('sh', ['-c', 'pwd; echo é >&2; exit 3'], asked);
    expect([status, output.split('\n').sort()]).toEqual([3, ['', root.replace(/\/$/, ''), 'é']]);
    expect(await run('sh', ['-c', 'kill -9 $$'], asked)).toEqual({ status: 1, output: '' });
    expect(await run(join(at, 'nothing'), [], asked)).toMatchObject({
      status: 1,
      output: expect.stringContaining('ENOENT'),
    });
  });

  const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'] as const;
  const listeners = () => ENDS.map((name) => process.listeners(name as 'exit'));
  it.each(ENDS)('is ended by what asks this process to end, and leaves no listener: %s', async (name) => {
    const kind = ENDS.indexOf(name);
    vi.stubEnv('npm_lifecycle_event', undefined);
    const before = listeners();
    await run('true', []);
    expect(listeners()).toEqual(before);

    const exits = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const ended = run(
      'sh',
      ['-c', 'trap "echo asked; exit 0" TERM; : > "$0"; while :; do read line; done', join(at, 'up')],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    await expect.poll(() => existsSync(join(at, 'up'))).toBe(true);
    const [end] = listeners()[kind]?.filter((one) => !before[kind]?.includes(one)) ?? [];
    end?.(0);
    expect((await ended).output).toBe('asked\n');
    expect(exits.mock.calls).toEqual([[1]]);
    expect(listeners()).toEqual(before);
  });

  it('is killed fifteen seconds after it was asked to end, with all of its group', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const before = listeners();
      vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
      const script = 'trap "" TERM; (while :; do read line; done) & echo; : > "$0"; wait; wait';
      const ended = run('sh', ['-c', script, join(at, 'up')], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
      while (!existsSync(join(at, 'up'))) await new Promise(setImmediate);
      const [end] = listeners()[1]?.filter((one) => !before[1]?.includes(one)) ?? [];
      end?.(0);
      end?.(0);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(14_999);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(1);
      expect((await ended).status).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('hears that npm has ended, once, only where npm started it, and no more when the command has ended', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const own = process.ppid;
    const parent = vi.spyOn(process, 'ppid', 'get').mockReturnValue(own);
    let ended = 0;
    vi.stubEnv('npm_lifecycle_event', undefined);
    whenNpmEnds(() => ended++)();
    expect(vi.getTimerCount()).toBe(0);
    vi.stubEnv('npm_lifecycle_event', 'start');
    whenNpmEnds(() => ended++)();
    expect(vi.getTimerCount()).toBe(0);
    const command = run('true', []);
    expect(vi.getTimerCount()).toBe(1);
    await command;
    expect(vi.getTimerCount()).toBe(0);
    whenNpmEnds(() => ended++);
    vi.advanceTimersByTime(5000);
    expect(ended).toBe(0);
    parent.mockReturnValue(own + 1);
    vi.advanceTimersByTime(499);
    expect(ended).toBe(0);
    vi.advanceTimersByTime(1);
    vi.advanceTimersByTime(5000);
    expect([ended, vi.getTimerCount()]).toEqual([1, 0]);
  } finally {
    vi.useRealTimers();
  }
});

it('keeps caches in the project where the home of this user cannot be written to', async () => {
  vi.stubEnv('HOME', at);
  expect(writableEnvironment()).toBe(process.env);
  const told = () => run('sh', ['-c', 'echo $npm_config_cache'], { stdio: 'pipe' });
  vi.stubEnv('npm_config_cache', undefined);
  expect((await told()).output).toBe('\n');
  vi.stubEnv('HOME', join(at, 'nothing'));
  const home = join(root, '.tools', 'home');
  expect(writableEnvironment()).toEqual({
    ...process.env,
    npm_config_cache: join(home, 'npm'),
    ...Object.fromEntries(['CACHE', 'CONFIG', 'DATA', 'STATE'].map((name) => [`XDG_${name}_HOME`, join(home, name)])),
  });
  expect((await told()).output).toBe(`${join(home, 'npm')}\n`);
});
