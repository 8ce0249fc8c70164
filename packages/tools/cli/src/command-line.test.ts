import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { everyField } from '@ecobalyse/product-files';
import { methodVersion } from '@ecobalyse/textile-method';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commands, readExpiry, readSeconds } from './commands.js';
import { runHere } from './testing/run-here.js';

const run = (...words: string[]) => runHere(words);
const ADD = ['keys', 'add', 'one', '--role', 'writer'];

beforeEach(() => vi.stubEnv('npm_lifecycle_event', undefined));
afterEach(() => vi.unstubAllEnvs());

describe('a wrong command line', () => {
  it.each<[string[], RegExp, string]>([
    [['grade'], /unknown command 'grade'/, ''],
    [['toString'], /unknown command 'toString'/, ''],
    [['score', '--colour'], /unknown option '--colour'/, 'score'],
    [['score', '--format', 'xml'], /--format .*'xml' is invalid.* table, json, ndjson, csv/, 'score'],
    [['score', '--from', 'xml'], /--from .*'xml' is invalid.* json, ndjson, csv/, 'score'],
    [['score', 'a', 'b'], /too many arguments/, 'score'],
    [['keys', 'forget', 'bot'], /unknown command 'forget'/, 'keys'],
    [['keys', 'list', 'bot'], /too many arguments/, 'keys list'],
    [['keys', 'show', 'bot'], /too many arguments/, 'keys show'],
    [['keys', 'add', '--role', 'writer'], /missing required argument 'name'/, 'keys add'],
    [['keys', 'add', 'x y', '--role', 'writer'], /'x y' is invalid.* Expected 1 to 64 letters/, 'keys add'],
    [['keys', 'add', 'API_KEY', '--role', 'reader'], /It is the key of the settings/, 'keys add'],
    [['keys', 'add', 'one'], /required option '--role <role>' not specified/, 'keys add'],
    [['keys', 'add', 'one', '--role', 'owner'], /--role .*'owner' is invalid.* reader, writer, admin/, 'keys add'],
    [[...ADD, '--expires', 'yesterday'], /--expires .* Expected days/, 'keys add'],
    [[...ADD, '--expires', '2001-01-01'], /--expires .* Expected days/, 'keys add'],
    [[...ADD, '--expires', '0d'], /--expires .* Expected days/, 'keys add'],
    [['keys', 'limit', 'one', '--products-per-day', '0'], /Expected a whole number from 1/, 'keys limit'],
    [['keys', 'rotate', 'one', '--role', 'admin'], /unknown option '--role'/, 'keys rotate'],
    [['keys', 'revoke', 'one', '--expires', '90d'], /unknown option '--expires'/, 'keys revoke'],
    [['db', 'copy', '--to', 'x'], /unknown command 'copy'/, 'db'],
    [['db', 'wait', '--timeout', 'soon'], /--timeout .* Expected a number of seconds above 0/, 'db wait'],
    [['db', 'dump'], /required option '--to <folder>' not specified/, 'db dump'],
    [['db', 'restore', '--drop'], /required option '--from <folder>' not specified/, 'db restore'],
    [['db', 'migrate', '--force'], /unknown option '--force'/, 'db migrate'],
    [['statistics', 'now'], /too many arguments/, 'statistics'],
  ])('is refused: %j', async (words, reason, name) => {
    const { code, stdout, stderr } = await run(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .+\nTry ".+"\.\n$/);
    expect(stderr).toMatch(reason);
    expect(stderr).toContain(`Try "${`ecobalyse ${name}`.trim()} --help".`);
  });

  it.each([
    [['score', 'nowhere.json'], 'error: cannot read nowhere.json: no such file or directory\n'],
    [['score', '.'], 'error: cannot read .: it is a folder\n'],
    [['keys', 'limit', 'one'], 'error: expected --requests-per-minute or --products-per-day\n'],
    [
      ['keys', 'list', '--uri', 'http://me:hidden@here'],
      'error: --uri: expected a URL that starts with mongodb:// or mongodb+srv://\n',
    ],
  ])('names what cannot be used: %j', async (words, stderr) => {
    expect(await run(...words)).toEqual({ code: 2, stdout: '', stderr });
  });

  it.each([[], ['keys'], ['db']])('that lacks a command is answered with them: %j', async (...words) => {
    const { stdout } = await run(...words, '--help');
    expect(await run(...words)).toEqual({ code: 2, stdout: '', stderr: stdout });
  });
});

const EXIT_CODES =
  'Exit code: 0 when all was done, 1 when a part was refused or the work failed, 2 for a wrong command line.';
describe('help', () => {
  it.each([
    ['score', ['--format', '--from', '--stages', '--progress', '--quiet', 'material1Share']],
    ['keys list', ['--uri']],
    ['keys add', ['name', '--role', '--expires', '--requests-per-minute', '--products-per-day', '--uri']],
    ['keys limit', ['name', '--requests-per-minute', '--products-per-day', '--uri']],
    ['keys revoke', ['name', '--uri']],
    ['keys rotate', ['name', '--expires', '--uri']],
    ['keys show', []],
    ['db wait', ['--timeout', '--uri']],
    ['db dump', ['--to', '--db', '--uri']],
    ['db restore', ['--from', '--drop', '--db', '--uri']],
    ['db migrate', ['--dry-run', '--uri']],
    ['statistics', ['--uri']],
  ])('explains %s with its arguments and options', async (name, mentioned) => {
    const words = name.split(' ');
    const { code, stdout, stderr } = await run(...words, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: ecobalyse ${name} `));
    for (const mention of [...mentioned, EXIT_CODES]) expect(stdout).toContain(mention);
    expect(await run('help', ...words)).toEqual({ code, stdout, stderr });
  });

  it('tells every option of every command, with what it may be and what it is when it is not given', async () => {
    const namesOf = (
      { commands: inner }: Pick<CommandUnknownOpts, 'commands'>,
      path: readonly string[] = [],
    ): string[][] => inner.flatMap((one) => [[...path, one.name()], ...namesOf(one, [...path, one.name()])]);
    const texts: string[] = [];
    for (const words of namesOf(commands(() => {}))) texts.push((await run(...words, '--help')).stdout);
    await expect(texts.join('\n')).toMatchFileSnapshot('testing/help.txt');
  });

  it('of score names every column of a file', async () => {
    const { stdout } = await run('score', '--help');
    const named = new Set(stdout.match(/\w+/g));
    expect(everyField([]).filter((field) => !named.has(field) && !/^material[2-5]/.test(field))).toEqual([]);
  });

  it('lists the commands', async () => {
    const all = await run('help');
    expect(await run('--help')).toEqual(all);
    for (const name of ['score', 'keys', 'db', 'statistics']) expect(all.stdout).toContain(`  ${name} `);
    expect((await run('keys', '-h')).stdout).toMatch(/ {2}rotate \[options\] <name>/);
    expect(await run('--version')).toEqual({ code: 0, stdout: `${methodVersion}\n`, stderr: '' });
  });
});

it.each([
  ['en', /^unknown\t\tchair\n\tthese words .+\n$/m],
  ['fr', /^unknown\t\tchair\n\tces mots .+\n$/m],
])('tells the scope of every title, in %s', async (language, reason) => {
  const { code, stdout } = await run('scope', 'T-shirt', 'chair', '--lang', language);
  expect(stdout).toMatch(/^in\ttshirt\tT-shirt\n/);
  expect(stdout).toMatch(reason);
  expect(code).toBe(1);
  expect((await run('scope', 'T-shirt', 'jean')).code).toBe(0);
});

it.each([
  [{}, 'score', 'ecobalyse score'],
  [{ npm_lifecycle_event: 'test' }, 'score', 'ecobalyse score'],
  [{ npm_lifecycle_event: 'score' }, 'score', 'npm run --silent score --'],
  [{ npm_lifecycle_event: 'keys' }, 'keys list', 'npm run --silent keys -- list'],
  [{ npm_lifecycle_event: 'ecobalyse' }, 'db migrate', 'npm run --silent ecobalyse -- db migrate'],
  [{ npm_lifecycle_event: 'data:dump' }, 'db dump', 'npm run --silent data:dump --'],
  [{ ECOBALYSE_STARTED_AS: 'container database' }, 'keys', 'docker-compose run --rm database keys'],
  [{ ECOBALYSE_STARTED_AS: 'container backup' }, 'db restore', 'docker-compose run --rm backup restore'],
])('names a command as its user types it: %j', async (env, name, typed) => {
  for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value);
  const { stderr } = await run(...name.split(' '), '--colour');
  expect(stderr).toContain(`Try "${typed} --help".`);
});

describe('a moment at which a key ends', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-02-27T12:00:00Z') }));
  afterEach(() => vi.useRealTimers());

  it.each([
    ['1d', '2026-02-28T12:00:00.000Z'],
    ['90d', '2026-05-28T12:00:00.000Z'],
    ['99999d', '2299-12-12T12:00:00.000Z'],
    ['2026-02-28', '2026-02-28T00:00:00.000Z'],
    ['2026-02-27T12:00:00.001Z', '2026-02-27T12:00:00.001Z'],
  ])('%s is %s', (text, moment) => expect(readExpiry(text).toISOString()).toBe(moment));

  it.each([
    '0d',
    '01d',
    '100000d',
    '1',
    '1h',
    '2026-02-27',
    '2026-02-27T12:00:00Z',
    '2026-13-01',
    '2027',
    'March 2027',
  ])('%s is refused', (text) => expect(() => readExpiry(text)).toThrow('Expected days such as 90d'));
});

it('a number of seconds is above 0', () => {
  expect([readSeconds('0.5'), readSeconds('60')]).toEqual([0.5, 60]);
  for (const text of ['0', '-1', 'x', '']) expect(() => readSeconds(text)).toThrow('above 0');
});
