import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { flattenImpact } from '@ecobalyse/product-documents';
import { simulateDetailed, simulateTotals } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

const COMMAND = fileURLToPath(new URL('../bundle/main.js', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A process of its own. */
const start = (args: readonly string[], nodeOptions: readonly string[] = []) =>
  spawn(process.execPath, [...nodeOptions, COMMAND, ...args]);

const run = (args: readonly string[], input = '') => runHere(args, { input });

async function fileOf(name: string, content: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

/** The worked example (METHOD §18). */
const example = {
  mass: 0.17,
  materials: [
    { id: 'ei-coton', share: 0.9 },
    { id: 'ei-pet', share: 0.1, country: 'TR' },
  ],
  product: 'tshirt',
  countrySpinning: 'IN',
  countryFabric: 'IN',
  countryDyeing: 'PK',
  countryMaking: 'BD',
  printing: { kind: 'pigment', ratio: 0.1 },
};
const jean = { reference: 'J-2', mass: 0.7, materials: [{ id: 'ei-coton', share: 1 }], product: 'jean' };
const ndjson = (...products: unknown[]) => products.map((product) => `${JSON.stringify(product)}\n`).join('');

const exampleCsv = [
  'reference;product;mass;material1;material1Share;material2;material2Share;material2Country;countrySpinning;countryFabric;countryDyeing;countryMaking;printingKind;printingRatio',
  'T-1;tshirt;0,17;ei-coton;0,9;ei-pet;0,1;TR;IN;IN;PK;BD;pigment;0,1',
].join('\n');

describe('ecobalyse score', () => {
  it('prints the score of one product as a table', async () => {
    const { code, stdout, stderr } = await run(['score', await fileOf('one.json', JSON.stringify(example, null, 2))]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, row, ...rest] = stdout.trimEnd().split('\n');
    expect(head?.trim().split(/\s{2,}/)).toEqual([
      'line',
      'reference',
      'product',
      'mass (kg)',
      'ecs (Pts)',
      'pef (Pts)',
      'durability',
    ]);
    expect(row?.trim().split(/\s{2,}/)).toEqual(['1', '-', 'tshirt', '0.170', '1815.33', '918.95', '0.67']);
    expect(rest).toEqual([]);
  });

  it('breaks the table down by stage', async () => {
    const { stdout } = await run(['score', '--stages'], JSON.stringify(example));
    const parts = stdout.trimEnd().split('\n').slice(2);
    expect(parts.map((part) => part.trim().split(/\s{2,}/)[0])).toEqual([
      'Matières premières',
      'Filature',
      'Tissage & Tricotage',
      'Ennoblissement',
      'Confection',
      'Distribution',
      'Utilisation',
      'Fin de vie',
      'Transport',
      'Accessoires',
      'Compléments hors ACV',
    ]);
    // METHOD §18: 437.110738889 / 0.67 of 1815.32878808, of which the complements stand by themselves.
    expect(parts[0]?.trim().split(/\s{2,}/)).toEqual(['Matières premières', 'CN', '31.6 %', '574.51', '170.20']);
    const complements =
      parts
        .at(-1)
        ?.trim()
        .split(/\s{2,}/) ?? [];
    expect(complements).toEqual(['Compléments hors ACV', '7.7 %', expect.any(String), '0.00']);
  });

  it.each([
    ['json', (stdout: string) => JSON.parse(stdout)],
    [
      'ndjson',
      (stdout: string) =>
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
    ],
  ])('prints scores as %s, figures in full', async (format, parse) => {
    const { code, stdout } = await run(['score', '--format', format], ndjson(example, jean));
    expect(code).toBe(0);
    const shown = (
      { mass, product, reference }: { mass: number; product: string; reference?: string },
      line: number,
    ) => {
      const { ecs, pef, ecsWithoutDurability, durability } = simulateTotals(line === 1 ? example : jean);
      const named = reference === undefined ? {} : { reference };
      return { line, ...named, product, mass, ecs, pef, ecsWithoutDurability, durability, warnings: [] };
    };
    expect(parse(stdout)).toEqual([shown(example, 1), shown(jean, 2)]);
  });

  it('prints scores as CSV, with the breakdown in columns', async () => {
    const { stdout } = await run(['score', '--format', 'csv', '--stages'], ndjson({ ...jean, reference: '=1+1, "x"' }));
    const [head, row] = stdout.trimEnd().split('\n');
    expect(head).toMatch(
      /^line,reference,product,mass,ecs,pef,ecsWithoutDurability,durability,warnings,ecs\.material,pef\.material,/,
    );
    expect(head).toMatch(/,ecs\.trims,pef\.trims,ecs\.complements,pef\.complements$/);
    expect(row).toMatch(/^1,"'=1\+1, ""x""",jean,0\.7,/);
    const cells = (row as string).replace(/".*",/, 'reference,').split(',');
    const names = (head as string).split(',');
    expect(cells).toHaveLength(names.length);
    const sum = (prefix: string) =>
      cells.filter((_, rank) => names[rank]?.startsWith(prefix)).reduce((total, cell) => total + Number(cell), 0);
    expect(sum('ecs.')).toBeCloseTo(simulateTotals(jean).ecs, 8);
    expect(sum('pef.')).toBeCloseTo(simulateTotals(jean).pef, 8);
  });

  it.each([
    ['as it is', {}],
    ['with stages that do not count', { disabledSteps: ['use', 'fabric'] }],
    ['upcycled', { upcycled: true, trims: [] }],
  ])('breaks a product down into parts that add up to its score: %s', async (_, options) => {
    const product = { ...example, ...options };
    const { stdout } = await run(['score', '--format', 'ndjson', '--stages'], ndjson(product));
    const { parts, ecs, pef } = JSON.parse(stdout);
    const sum = (score: 'ecs' | 'pef') =>
      parts.reduce((total: number, part: Record<string, number>) => total + (part[score] as number), 0);
    expect(parts).toHaveLength(11);
    const { row } = flattenImpact({ ...simulateDetailed(product) });
    for (const { part, ecs: cost } of parts) expect(cost).toBe(row[`cost_${part}`]);
    expect(sum('ecs')).toBeCloseTo(ecs, 8);
    expect(sum('pef')).toBeCloseTo(pef, 8);
    expect(ecs).toBe(simulateTotals(product).ecs);
  });

  it('reads CSV, from a file or from standard input', async () => {
    const expected = simulateTotals(example);
    const file = await fileOf('products.csv', exampleCsv);
    for (const { code, stdout } of [
      await run(['score', file, '--format', 'json']),
      await run(['score', '-', '--format', 'json'], exampleCsv),
    ]) {
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([{ line: 2, reference: 'T-1', ecs: expected.ecs, pef: expected.pef }]);
    }
  });

  it('prints nothing but the frame of the format for no product, and says so', async () => {
    const stderr = 'stdin: no product to score\n';
    expect(await run(['score', '--format', 'json'])).toEqual({ code: 0, stdout: '[\n]\n', stderr });
    expect(await run(['score', '--format', 'ndjson'])).toEqual({ code: 0, stdout: '', stderr });
    expect(await run(['score'])).toEqual({ code: 0, stdout: '', stderr });
    expect(await run(['score', '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('keeps the table straight whatever the reference', async () => {
    const reference = `\u001b[2J${'long '.repeat(20)}`;
    const { stdout } = await run(['score'], ndjson({ ...jean, reference }));
    const [head, row] = stdout.trimEnd().split('\n');
    expect(row).toHaveLength((head as string).length);
    expect(row).not.toContain('\u001b');
  });
});

describe('what is refused', () => {
  it('is told with its line and its field, and does not hide the others', async () => {
    const lines = [
      JSON.stringify(example),
      '{"mass":',
      JSON.stringify({ ...example, mass: -1, product: 'sail' }),
      '',
      JSON.stringify({ ...example, price: 'cheap' }),
      JSON.stringify(jean),
    ];
    const file = await fileOf('bad.ndjson', lines.join('\n'));
    const { code, stdout, stderr } = await run(['score', file, '--format', 'ndjson']);
    expect(code).toBe(1);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).line),
    ).toEqual([1, 6]);
    const told = stderr.trimEnd().split('\n');
    expect(told).toHaveLength(5);
    const [json, mass, product, price] = told.map((line) => line.replace(file, 'bad.ndjson'));
    expect(json).toMatch(/^bad\.ndjson:2: JSON invalide/);
    expect(mass).toMatch(/^bad\.ndjson:3: mass: .*-1/);
    expect(product).toMatch(/^bad\.ndjson:3: product: .*"sail"/);
    expect(price).toMatch(/^bad\.ndjson:5: price : .*"cheap"/);
    expect(told[4]).toBe('2 products scored, 3 refused');
  });

  it('is told of a CSV row with the row’s line', async () => {
    const csv = `${exampleCsv}\n\nT-2;tshirt;0\nT-3;sock;1;ei-coton;2;;;;;;;;;\n`;
    const file = await fileOf('bad.csv', csv);
    const { code, stderr } = await run(['score', '--quiet', file]);
    expect(code).toBe(1);
    expect(stderr.trimEnd().replaceAll(file, 'bad.csv').split('\n')).toEqual([
      expect.stringMatching(/^bad\.csv:4: 14 cellules attendues.*3 reçues/),
      expect.stringMatching(/^bad\.csv:5: materials\.0\.share : /),
    ]);
  });

  it('is told without a table when it is all that there is', async () => {
    const file = await fileOf('notes.txt', 'Bonjour,\nrien ici\n');
    const { code, stdout, stderr } = await run(['score', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replace(file, 'notes.txt')).toMatch(
      /^notes\.txt:1: ce ne sont pas des produits.*\n0 products scored, 1 refused\n$/,
    );
  });

  it('says which columns it ignores, unless it must be quiet', async () => {
    const csv = `${exampleCsv.replace('reference', 'referense')}\n`;
    expect((await run(['score'], csv)).stderr).toBe('stdin:1: colonnes ignorées : referense\n');
    expect((await run(['score', '--lang', 'en'], csv)).stderr).toBe('stdin:1: ignored columns: referense\n');
    expect((await run(['score', '--quiet'], csv)).stderr).toBe('');
  });
});

describe('the process', () => {
  it.each([
    ['input', 0, 'a', 'read stdin'],
    ['output', 1, 'r', 'write'],
  ])('gives up with exit code 1 when its %s fails', async (_, end, flags, doing) => {
    const product = await fileOf('one.json', JSON.stringify(jean));
    const file = await open(product, flags);
    const stdio: (number | 'pipe')[] = ['pipe', 'pipe', 'pipe'];
    stdio[end] = file.fd;
    const child = spawn(process.execPath, [COMMAND, 'score', end === 0 ? '-' : product], { stdio });
    const [stderr, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
    await file.close();
    expect(stderr).toContain(`error: cannot ${doing}: bad file descriptor\n`);
    expect(code).toBe(1);
  });
});

describe('a long file', () => {
  it('shows its progress when asked, on standard error', async () => {
    const file = await fileOf('long.ndjson', ndjson(...Array(2000).fill(jean)));
    const asked = await run(['score', file, '--format', 'ndjson', '--progress']);
    expect(asked.stderr).toContain('2000 products');
    expect(asked.stderr).toContain('100 %');
    expect(asked.stdout.trimEnd().split('\n')).toHaveLength(2000);
    expect((await run(['score', file, '--format', 'ndjson'])).stderr).toBe('');
  });

  it.each([0, 199, 200, 201, 400])(
    'is written by some at once, each once and in order, beside what is refused: %i',
    async (count) => {
      const file = await fileOf(`${count}.ndjson`, ndjson({ ...jean, mass: -1 }, ...Array(count).fill(jean)));
      const printed = async (format: string) => (await run(['score', file, '--format', format, '--quiet'])).stdout;
      const lines = Array.from({ length: count }, (_, at) => at + 2);
      expect(JSON.parse(await printed('json')).map(({ line }: { line: number }) => line)).toEqual(lines);
      const [titles, ...rows] = (await printed('csv')).trimEnd().split('\n');
      expect(titles).toMatch(/^line,reference/);
      expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(lines);
      const table = (await printed('table')).match(/^ *(\d+|line)/gm) ?? [];
      expect(table.map((cell) => cell.trim())).toEqual(count === 0 ? [] : ['line', ...lines.map(String)]);
    },
  );

  it('is answered as it comes, and may be left by its reader', async () => {
    const child = start(['score', '--format', 'ndjson']);
    const stderr = text(child.stderr);
    child.stdin.on('error', () => undefined);
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (let line = 1; line <= 3; line += 1) {
      child.stdin.write(ndjson(jean));
      expect(JSON.parse((await answers.next()).value).line).toBe(line);
    }
    child.stdout.destroy();
    child.stdin.end(ndjson(...Array(5000).fill(jean)));
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await stderr).toBe('');
  });

  it('needs no more memory than a short one', { timeout: 120_000 }, async () => {
    const child = start(['score', '--format', 'csv'], ['--max-old-space-size=24']);
    const stderr = text(child.stderr);
    const exit = once(child, 'exit');
    // More than it may hold.
    const product = ndjson({ ...jean, padding: 'x'.repeat(20_000) });
    const chunk = product.repeat(4);
    const products = 1300;
    let lines = 0;
    const reading = (async () => {
      for await (const _ of createInterface({ input: child.stdout })) lines += 1;
    })();
    for (let sent = 0; sent < products; sent += 4) {
      if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
    }
    child.stdin.end();
    await reading;
    expect(await stderr).toBe('');
    expect(await exit).toEqual([0, null]);
    expect(lines).toBe(products + 1);
  });
});
