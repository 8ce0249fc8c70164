import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@ecobalyse/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Part, type RunningPart, startPart } from './processes.js';

let folder: string;
let running: RunningPart[];
const said: string[] = [];
const givenUp: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecobalyse-parts-'));
  running = [];
  said.length = 0;
  givenUp.length = 0;
});
afterEach(async () => {
  await Promise.all(running.map((part) => part.stop(1000)));
  rmSync(folder, { recursive: true });
});

const STAYS = 'setInterval(() => {}, 1000)';

/** A part that runs a program, and answers once the file `answers` is there. */
function start(program: string, more: Partial<Part> = {}): RunningPart {
  const part: Part = { name: 'part', command: process.execPath, args: ['-e', program], ...more };
  const onChange = () => undefined;
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

it('starts a part that dies again and again after longer and longer waits, and never gives up', async () => {
  writeFileSync(answers(), '');
  const part = start(STAYS, { ready });
  await part.waitUntilReady();
  for (const death of [1, 2, 3]) {
    await waitUntil('it runs', () => part.pid() !== undefined);
    process.kill(part.pid() as number, 'SIGKILL');
    await waitUntil('its death is noticed', () => (output().match(/starting it again/g) ?? []).length === death);
  }
  expect(said.filter((line) => line.includes('starting')).map((line) => line.replace(/.*: /, ''))).toEqual([
    'starting it again',
    'starting it again in 0.6 s, having died 2 times in a row',
    'starting it again in 1.2 s, having died 3 times in a row',
  ]);
  await waitUntil('it answers', () => said.at(-1)?.includes('answers again') ?? false);
  expect(givenUp).toEqual([]);
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

it('ends a part that does not heed SIGTERM', async () => {
  const file = join(folder, 'runs');
  const part = start(
    `process.on('SIGTERM', () => {}); require('fs').writeFileSync(${JSON.stringify(file)}, 'yes'); ${STAYS}`,
  );
  await waitUntil('it runs', () => existsSync(file) && readFileSync(file, 'utf8') === 'yes');
  await part.stop(200);
  expect(part.pid()).toBeUndefined();
  expect(output()).toContain('did not stop in 0.2 s: killed');
});
