import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { estimate } from '@ecobalyse/estimation';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

// Each command is a process of its own, which a busy machine is slow to start.
vi.setConfig({ testTimeout: 120_000 });

const COMMAND = fileURLToPath(new URL('../dist/main.js', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-estimate-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], input: string) {
  const child = spawn(process.execPath, [COMMAND, 'estimate', ...args], { cwd: folder });
  child.stdin.on('error', () => undefined).end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, stdout, stderr };
}

const TSHIRT = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', countryMaking: 'BD' };
const WHOLE = {
  ...TSHIRT,
  fabricProcess: 'knitting-mix',
  countrySpinning: 'CN',
  countryFabric: 'CN',
  countryDyeing: 'IN',
};
const ndjson = (...products: unknown[]) => products.map((product) => `${JSON.stringify(product)}\n`).join('');

it('prints what is known of each product, and what is wrong with the others', async () => {
  const { code, stdout, stderr } = await run([], ndjson(TSHIRT, { ...TSHIRT, mass: { from: 2, to: 1 } }, WHOLE));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^1: between [\d,]+ and [\d,]+ points; probably [\d,]+, 90 % from/);
  expect(stdout).toContain('third parties would publish 1,771\n  you could declare 879, with');
  expect(stdout).toMatch(/^3: exactly [\d,]+ points$/m);
  expect(stderr).toMatch(/^stdin:2: mass: expected numbers with from at most to/);
});

it('prints whole estimates as lines, by the seed and the catalogue that are named', async () => {
  await writeFile(join(folder, 'own.ndjson'), ndjson(WHOLE));
  const { code, stdout } = await run(['--format', 'ndjson', '--seed', '3', '--draws', '50'], ndjson(TSHIRT));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(
    JSON.parse(JSON.stringify({ line: 1, ...estimate(TSHIRT, { seed: 3, draws: 50 }) })),
  );
  const own = await run(['--format', 'ndjson', '--catalogue', 'own.ndjson'], ndjson(TSHIRT));
  expect(JSON.parse(own.stdout).distribution.name).toBe('catalogue');
  const none = await run(['--catalogue', 'nowhere.csv'], ndjson(TSHIRT));
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain('nowhere.csv');
});

it('speaks French', async () => {
  expect((await run(['--lang', 'fr'], ndjson(TSHIRT))).stdout).toMatch(/un tiers publierait 1\s771/);
});
