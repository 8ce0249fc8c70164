import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { holdPauses, waitUntil } from '@ecobalyse/test-servers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Part, type RunningPart, startPart } from './processes.js';

let folder: string;
let running: RunningPart[];
const said: string[] = [];
const givenUp: string[] = [];
let changes: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecobalyse-parts-'));
  running = [];
  said.length = 0;
  givenUp.length = 0;
  changes = 0;
});
afterEach(async () => {
  await Promise.all(running.map((part) => part.stop(1000)));
  rmSync(folder, { recursive: true });
});

const STAYS = 'setInterval(() => {}, 1000)';

/** A part that runs a program, and answers once the file `answers` is there. */
function start(program: string, more: Partial<Part> = {}): RunningPart {
  const part: Part = { name: 'part', command: process.execPath, args: ['-e', program], ...more };
  const onChange = () => {
    changes += 1;
  };
  const started = startPart(part, 0, {
    print: (line) => said.push(line),
    onGivenUp: (reason) => givenUp.push(reason),
    onChange,
  });
  running.push(started);
  return started;
}
const answers = () => join(folder, 'answers');
const ready = async () => {
  if (!existsSync(answers())) throw new Error('not yet');
};
const output = () => said.join('\n');

it('gives up a part that never answered, for the reason in its last line', async () => {
  const part = start('console.error("first"); console.error("port taken"); process.exit(3)', { ready });
  await expect(part.waitUntilReady()).rejects.toThrow('part ended (exit code 3): port taken');
  expect(givenUp).toEqual(['part ended (exit code 3): port taken']);
});

it.each([
  ['throw new RangeError("too much")', 'RangeError: too much'],
  ['require("./nothing")', "Error: Cannot find module './nothing'"],
])('names the error, not what follows it: %s', async (program, cause) => {
  await expect(start(program, { ready }).waitUntilReady()).rejects.toThrow(`part ended (exit code 1): ${cause}`);
});

it('gives up a program that is not there', async () => {
  await expect(start('', { command: join(folder, 'nothing'), ready }).waitUntilReady()).rejects.toThrow('ENOENT');
});

it('starts a part that dies again, and says when it answers', async () => {
  writeFileSync(answers(), '');
  const part = start(STAYS, { ready });
  await part.waitUntilReady();
  process.kill(part.pid() as number, 'SIGKILL');
  await waitUntil('it answers', () => said.at(-1)?.includes('answers again') ?? false);
  expect(givenUp).toEqual([]);
});

it('gives a part its own settings beside those of this process, and a group of its own', async () => {
  const program = `console.log(process.env.OWN, process.env.PATH === ${JSON.stringify(process.env.PATH)}); ${STAYS}`;
  const part = start(program, { env: { OWN: 'mine' } });
  await waitUntil('it says something', () => said.length > 0);
  expect(stripVTControlCharacters(said[0] ?? '')).toBe('part           │ mine true');
  const { stdout } = spawnSync('ps', ['-o', 'pgid=', '-p', String(part.pid())], { encoding: 'utf8' });
  expect(Number(stdout)).toBe(part.pid());
});

it('tells each start and each end, and keeps the lines that stood last', async () => {
  const lines = 'for (let line = 1; line <= 21; line++) console.log(line)';
  const mend = (last: string) => {
    expect(last.split('\n')).toEqual(Array.from({ length: 20 }, (_, at) => String(at + 2)));
    return 'mended';
  };
  const part = start(`${lines}; process.exit(1)`, { ready, mend });
  await expect(part.waitUntilReady()).rejects.toThrow('part ended (exit code 1): 21');
  expect(changes).toBe(3);
});

it('is not mended when it had answered, and is given up for no death of it', async () => {
  writeFileSync(answers(), '');
  const mended: string[] = [];
  const part = start(STAYS, { ready, mend: () => String(mended.push('mended')) });
  await part.waitUntilReady();
  process.kill(part.pid() as number, 'SIGKILL');
  await waitUntil('it is started again', () => output().includes('ended (signal SIGKILL): starting it again'));
  expect([mended, givenUp]).toEqual([[], []]);
});

it('takes no other process that answers at its address for a part that has ended', async () => {
  let answer = () => {};
  const part = start('process.exit(3)', { ready: () => new Promise<void>((resolve) => (answer = resolve)) });
  await waitUntil('it is given up', () => givenUp.length === 1);
  answer();
  await expect(part.waitUntilReady()).rejects.toThrow('part ended (exit code 3)');
});

it('stays away once it was killed or stopped', async () => {
  writeFileSync(answers(), '');
  const [killed, stopped] = [start(STAYS, { ready }), start(STAYS, { ready })];
  await Promise.all([killed.waitUntilReady(), stopped.waitUntilReady()]);
  killed.kill();
  await stopped.stop(60_000);
  await waitUntil('both have ended', () => killed.pid() === undefined && stopped.pid() === undefined);
  expect([said, givenUp, changes]).toEqual([[], [], 2]);
  // Nothing is left to stop.
  await stopped.stop(60_000);
});

it('mends what keeps a part from starting, once', async () => {
  const program = `require('fs').existsSync(${JSON.stringify(answers())}) ? ${STAYS} : (console.log('damaged'), process.exit(1))`;
  const mend = (lines: string) => {
    expect(lines).toBe('damaged');
    writeFileSync(answers(), '');
    return 'mended';
  };
  await start(program, { ready, mend }).waitUntilReady();
  expect(output()).toMatch(/mended\n.*starting it again/);

  const inVain = start('console.log("damaged"); process.exit(1)', {
    ready: () => Promise.reject(new Error('never')),
    mend: () => 'mended',
  });
  await expect(inVain.waitUntilReady()).rejects.toThrow('part ended (exit code 1): damaged');
});

it('shows the lines of a part, but for those that nobody can act on', async () => {
  writeFileSync(answers(), '');
  start(`console.log('WARNING of the machine\\nwarning of mine'); ${STAYS}`, { noise: /WARNING/ });
  await waitUntil('it says something', () => said.length > 0);
  expect(said).toEqual([expect.stringContaining('warning of mine')]);
});

describe('with the clock held', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => vi.useRealTimers());
  const until = async (condition: () => boolean) => {
    while (!condition()) await nextTurn();
  };
  const starts = () => said.filter((line) => line.includes('starting it again'));

  /** Waits are over at once. */
  const meanwhile = (condition: () => boolean) =>
    until(() => {
      vi.advanceTimersByTime(15_000);
      return condition();
    });

  it('is mended again after it has answered meanwhile', async () => {
    const broken = join(folder, 'broken');
    writeFileSync(broken, '');
    const [file, other] = [JSON.stringify(broken), JSON.stringify(answers())];
    const fs = `const fs = require('fs');`;
    const program = `${fs} if (fs.existsSync(${file})) process.exit(1); fs.writeFileSync(${other}, ''); ${STAYS}`;
    let mended = 0;
    const mend = () => {
      rmSync(broken);
      return `mended ${++mended}`;
    };
    const part = start(program, { ready, mend });
    await meanwhile(() => existsSync(answers()));
    await part.waitUntilReady();
    rmSync(answers());
    writeFileSync(broken, '');
    process.kill(part.pid() as number, 'SIGKILL');
    await meanwhile(() => output().includes('answers again'));
    expect(output()).toMatch(/mended 1[\s\S]*signal SIGKILL[\s\S]*mended 2[\s\S]*answers again/);
    expect(output()).not.toContain('mended 3');
  });

  it('the waits before a part is started again double up to fifteen seconds', async () => {
    const part = start('', { command: 'false', args: [] });
    for (const [death, ms] of [300, 600, 1200, 2400, 4800, 9600, 15_000, 15_000].entries()) {
      await until(() => starts().length === death + 1);
      vi.advanceTimersByTime(ms - 1);
      expect([ms, part.pid()]).toEqual([ms, undefined]);
      vi.advanceTimersByTime(1);
      if (death < 7) await until(() => starts().length === death + 2);
    }
    expect(starts().map((line) => / in ([\d.]+ s, having died \d+ times in a row)/.exec(line)?.[1])).toEqual([
      undefined,
      '0.6 s, having died 2 times in a row',
      '1.2 s, having died 3 times in a row',
      '2.4 s, having died 4 times in a row',
      '4.8 s, having died 5 times in a row',
      '9.6 s, having died 6 times in a row',
      '15.0 s, having died 7 times in a row',
      '15.0 s, having died 8 times in a row',
    ]);
  });

  it('a part that ran for more than twenty seconds does not count as one that dies in a row', async () => {
    const part = start('', { command: 'sleep', args: ['60'] });
    const lives = [
      [0, 300],
      [20_000, 600],
      [20_001, 300],
    ] as const;
    for (const [at, [ranFor, delay]] of lives.entries()) {
      await until(() => part.pid() !== undefined);
      vi.advanceTimersByTime(ranFor);
      process.kill(part.pid() as number, 'SIGKILL');
      await until(() => starts().length === at + 1);
      vi.advanceTimersByTime(delay);
    }
    expect(starts().map((line) => line.includes('in a row'))).toEqual([false, true, false]);
  });

  it('a part that does not answer is told of every twenty seconds, and given up after three minutes', async () => {
    const pauses = holdPauses();
    try {
      const ready = () => Promise.reject(new Error('not yet'));
      const part = start('', { command: 'sleep', args: ['60'], ready });
      let failure: Error | undefined;
      const waiting = part.waitUntilReady().catch((error: Error) => {
        failure = error;
      });
      /** Both who asks it and who waits for it have looked. */
      const look = async () => {
        for (let at = 0; at < 2; at++) expect(await pauses.next()).toBe(50);
        await until(() => pauses.lengths().length === 2 || failure !== undefined);
      };
      const told = () => said.filter((line) => line.includes('does not answer yet')).length;
      await until(() => pauses.lengths().length === 2);
      vi.advanceTimersByTime(20_000);
      await look();
      expect(told()).toBe(0);
      vi.advanceTimersByTime(1);
      await look();
      expect(told()).toBe(1);
      vi.advanceTimersByTime(19_999);
      await look();
      expect(told()).toBe(1);
      vi.advanceTimersByTime(140_000);
      await look();
      expect([told(), failure]).toEqual([2, undefined]);
      vi.advanceTimersByTime(1);
      await look();
      await waiting;
      expect(failure?.message).toBe('part did not answer within 180 s: Error: not yet');
    } finally {
      pauses.release();
    }
  });

  it('a part that does not heed SIGTERM is killed when its time is over', async () => {
    const part = start('', { command: 'sh', args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'] });
    await until(() => output().includes('ready'));
    const stopped = part.stop(10_000);
    vi.advanceTimersByTime(9999);
    expect(output()).not.toContain('killed');
    vi.advanceTimersByTime(1);
    expect(output()).toContain('did not stop in 10 s: killed');
    await stopped;
    expect(part.pid()).toBeUndefined();
  });
});
