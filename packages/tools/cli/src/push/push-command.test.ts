import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Declaration } from '@ecobalyse/declaration';
import { withCheckDigit } from '@ecobalyse/schema';
import { holdPauses, startTestPortal, type TestPortal } from '@ecobalyse/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../testing/run-here.js';

const DAY_MS = 86_400_000;

let folder: string;
let portal: TestPortal;
let pauses: ReturnType<typeof holdPauses>;
/** Lengths of the pauses, which end at once. */
let waited: number[];
let isOver: boolean;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-push-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  portal = await startTestPortal();
  pauses = holdPauses();
  [waited, isOver] = [[], false];
  void (async () => {
    while (!isOver) waited.push(await pauses.next());
  })();
});
afterEach(() => {
  isOver = true;
  pauses.release();
  portal.close();
});

const tshirt = (number: number, change: Partial<Declaration> = {}): Declaration => ({
  gtins: [withCheckDigit(`37600010000${number}`)],
  internalReference: `T-${number}`,
  product: 'tshirt',
  mass: 0.17,
  materials: [
    { id: 'ei-coton', share: 0.9 },
    { id: 'ei-pet', share: 0.1 },
  ],
  countryFabric: 'BD',
  countryDyeing: 'BD',
  countryMaking: 'BD',
  ...change,
});
const THREE = [1, 2, 3].map((number) => tshirt(number));

let files = 0;
async function fileOf(declarations: readonly unknown[]): Promise<string> {
  files += 1;
  const file = join(folder, `${files}.json`);
  await writeFile(file, JSON.stringify(declarations));
  return file;
}
const push = (file: string, ...more: string[]) =>
  runHere(['declare', 'push', file, '--portal', portal.url, ...more], { env: { DECLARATION_API_KEY: portal.key } });
const send = (file: string, ...more: string[]) => push(file, '--send', '--allow-private', ...more);
const journalOf = (file: string) => `${file}.journal.ndjson`;
const entriesOf = async (file: string) =>
  (await readFile(journalOf(file), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const statuses = () => portal.answered.map(([, status]) => status);

describe('ecobalyse declare push', () => {
  it('sends nothing unless it is told to', async () => {
    const file = await fileOf([...THREE, tshirt(4, { mass: 0.001 })]);
    const { code, stdout } = await push(file);
    expect([code, portal.answered]).toEqual([1, []]);
    expect(stdout.split('\n')).toEqual([
      ...['T-1', 'T-2', 'T-3'].map((reference) => `${reference}  would be sent (--send)`),
      'T-4  not sent: Masse (en kg): the minimum is 0.01',
      '',
    ]);
    await expect(readFile(journalOf(file))).rejects.toThrow('ENOENT');
    expect((await push(await fileOf(THREE), '--lang', 'fr')).stdout).toContain('T-1  serait envoyé');
  });

  it('sends each once, at the rate that is asked for, and keeps what became of it', async () => {
    const file = await fileOf(THREE);
    expect((await send(file, '--rate', '4')).code).toBe(0);
    expect(portal.answered).toEqual([
      ['T-1', 201],
      ['T-2', 201],
      ['T-3', 201],
    ]);
    expect(waited).toEqual([250, 250]);
    expect((await entriesOf(file))[0]).toEqual({
      at: expect.any(String),
      portal: portal.url,
      content: expect.stringMatching(/^[0-9a-f]{64}$/),
      reference: 'T-1',
      gtins: THREE[0]?.gtins,
      status: 201,
      answer: '{"result":"success"}',
    });
    expect(await readFile(journalOf(file), 'utf8')).not.toContain(portal.key);
    const again = await send(file);
    expect([again.code, portal.answered.length]).toEqual([0, 3]);
    expect(again.stdout).toMatch(/^T-1 {2}declared already: \d{4}-/);
    const reordered = THREE.map((one) => ({ ...one, materials: one.materials.toReversed() }));
    await send(await fileOf(reordered), '--journal', journalOf(file));
    expect(portal.answered).toHaveLength(3);
  });

  it('takes what the portal knows already for declared', async () => {
    await send(await fileOf(THREE));
    const { code, stdout } = await send(await fileOf(THREE));
    expect([code, statuses().slice(3)]).toEqual([0, [208, 208, 208]]);
    expect(stdout).toContain('T-3  208 declared');
  });

  it('takes the declarations of a catalogue, as the API gives them', async () => {
    const file = await fileOf([]);
    await writeFile(file, `${JSON.stringify({ declarations: THREE, left_out: [] })}\n`);
    expect((await send(file)).code).toBe(0);
    expect(statuses()).toEqual([201, 201, 201]);
  });

  it('warns of other content within 90 days, and keeps the refusal; it is not sent again unless asked', async () => {
    const file = await fileOf(THREE);
    await send(file);
    const changed = await fileOf([tshirt(1, { mass: 0.2 })]);
    const journal = ['--journal', journalOf(file)];
    const { code, stdout } = await send(changed, ...journal);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^T-1 {2}warning: this barcode number .* less than 90 days ago: \d{4}-/);
    expect(stdout).toContain('T-1  400 refused: [{"code":"custom","path":["gtins"],"message":"recent"}]');
    const twice = await send(changed, ...journal);
    expect([twice.code, portal.answered.length]).toEqual([1, 4]);
    expect(twice.stdout).toContain('refused before (--again');
    portal.now += 90 * DAY_MS;
    expect((await send(changed, '--again', ...journal)).code).toBe(0);
  });

  it('warns of nothing after 90 days, of another portal, or of the same content', async () => {
    const file = await fileOf(THREE);
    await send(file);
    const changed = await fileOf([tshirt(1, { mass: 0.2 })]);
    const entries = await entriesOf(file);
    const shifted = async (fields: object) => {
      const journal = await fileOf([]);
      await writeFile(journal, entries.map((entry) => `${JSON.stringify({ ...entry, ...fields })}\n`).join(''));
      return (await push(changed, '--journal', journal)).stdout;
    };
    const daysAgo = (days: number) => ({ at: new Date(Date.now() - days * DAY_MS).toISOString() });
    expect(await shifted(daysAgo(89.99))).toContain('warning');
    expect(await shifted(daysAgo(90.01))).not.toContain('warning');
    expect(await shifted({ portal: 'https://other.example' })).not.toContain('warning');
    expect(await shifted({ status: 400 })).not.toContain('warning');
  });

  it.each([
    [401, 'wrong', /^error: the portal answers 401: it does not know the key in DECLARATION_API_KEY/],
    [403, 'reader', /^error: the portal answers 403: this organisation may not declare/],
  ])('stops at %d', async (status, which, message) => {
    const file = await fileOf(THREE);
    const key = which === 'reader' ? portal.reader : 'wrong';
    const { code, stderr, stdout } = await runHere(
      ['declare', 'push', file, '--portal', portal.url, '--send', '--allow-private'],
      { env: { DECLARATION_API_KEY: key } },
    );
    expect([code, statuses()]).toEqual([2, [status]]);
    expect(stderr).toMatch(message);
    expect(stdout + stderr).not.toContain(key);
    expect((await entriesOf(file)).map((entry) => entry.status)).toEqual([status]);
    expect((await send(file)).code).toBe(0);
  });

  it('tries again what the portal was too busy for, as late as it asks, and stops when it stays away', async () => {
    const file = await fileOf(THREE);
    portal.faults = [429, 503, 'before', 'after'];
    expect((await send(file)).code).toBe(0);
    expect(waited.slice(0, 4)).toEqual([7000, 7000, 4000, 8000]);
    expect(portal.answered.slice(0, 5)).toEqual([429, 503, null, null, 208].map((status) => ['T-1', status]));
    const other = await fileOf([tshirt(8), tshirt(9)]);
    portal.faults = [500, 500, 500, 500, 500];
    const { code, stderr } = await send(other);
    expect([code, portal.answered.filter(([reference]) => reference === 'T-8').length]).toEqual([2, 5]);
    expect(stderr).toMatch(/^error: the portal is away \(500\): run the same again to go on/);
    expect((await entriesOf(other)).map((entry) => entry.status)).toEqual([500]);
    expect((await send(other)).code).toBe(0);
  });

  it('goes on wherever its journal was broken off, and declares each once', async () => {
    const file = await fileOf(THREE);
    await send(file);
    const whole = await readFile(journalOf(file), 'utf8');
    const second = whole.indexOf('\n', whole.indexOf('\n') + 1) + 1;
    for (const at of [0, 10, second - 1, second, second + 1, second + 40, whole.length - 1]) {
      await writeFile(journalOf(file), whole.slice(0, at));
      portal.answered.length = 0;
      expect((await send(file)).code).toBe(0);
      const known = whole.slice(0, at).split('\n').length - 1;
      expect(statuses()).toEqual(Array.from({ length: 3 - known }, () => 208));
      expect((await entriesOf(file)).map(({ reference }) => reference)).toEqual(['T-1', 'T-2', 'T-3']);
    }
  });

  it('goes on after a kill', async () => {
    const file = await fileOf(THREE);
    const main = fileURLToPath(new URL('../../bundle/main.js', import.meta.url));
    const words = ['declare', 'push', file, '--portal', portal.url, '--send', '--allow-private', '--rate', '100'];
    const child = spawn(process.execPath, [main, ...words], {
      env: { ...process.env, DECLARATION_API_KEY: portal.key },
      stdio: 'ignore',
    });
    let requests = 0;
    portal.onRequest = () => {
      requests += 1;
      if (requests === 2) child.kill('SIGKILL');
    };
    await once(child, 'exit');
    expect((await entriesOf(file)).map(({ reference }) => reference)).toEqual(['T-1']);
    expect((await send(file)).code).toBe(0);
    expect(statuses()).toEqual([201, 201, 208, 201]);
  });

  it.each([
    ['no key', [], {}, /--send needs the key of the organisation in DECLARATION_API_KEY/],
    [
      'a private address',
      ['--portal', 'https://127.0.0.1/api'],
      { DECLARATION_API_KEY: 'x' },
      /127\.0\.0\.1 is 127\.0\.0\.1, in a private network/,
    ],
    ['an open address', ['--portal', 'http://example.org/api'], { DECLARATION_API_KEY: 'x' }, /expected https/],
    ['no address', ['--portal', 'portal'], { DECLARATION_API_KEY: 'x' }, /expected an address; received: portal/],
  ])('refuses %s', async (_, more, env, message) => {
    const { code, stderr } = await runHere(['declare', 'push', await fileOf(THREE), '--send', ...more], { env });
    expect([code, portal.answered]).toEqual([2, []]);
    expect(stderr).toMatch(message);
  });

  it('refuses what is no journal, and does not send a barcode number twice', async () => {
    const file = await fileOf([tshirt(1), tshirt(2, { gtins: tshirt(1).gtins })]);
    const { code, stdout } = await send(file);
    expect([code, portal.answered]).toEqual([1, []]);
    expect(stdout).toMatch(/^T-1 {2}not sent: repeated barcode number/);
    await writeFile(journalOf(file), '{"at":1}\n');
    expect((await push(file)).stderr).toMatch(/line 1 is none of a journal/);
  });
});
