import type { CostUnit, Language, Sensitivity } from '@ecobalyse/schema';
import {
  analyseSensitivity,
  type GarmentDistribution,
  readDistribution,
  SECTOR_DISTRIBUTION,
} from '@ecobalyse/statistics';
import { z } from 'zod';
import { readJson } from './read-json.js';
import { UsageError } from './usage.js';
import { print } from './write-out.js';

interface SensitivityOptions {
  readonly distribution?: string | undefined;
  readonly product?: string | undefined;
  readonly per: CostUnit;
  readonly n: number;
  readonly seed: number;
  readonly format: 'table' | 'ndjson';
  readonly lang: Language;
}

/** A distribution of a file. @throws UsageError naming the file and each field that is wrong. */
async function distributionOf(file: string | undefined): Promise<GarmentDistribution> {
  if (file === undefined) return SECTOR_DISTRIBUTION;
  const json = await readJson(file, z.unknown());
  try {
    return readDistribution(json);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

const WORDS = {
  en: { all: 'all types', input: 'input', first: 'first order', total: 'total order', pair: 'strongest interaction' },
  fr: {
    all: 'tous types',
    input: 'entrée',
    first: 'premier ordre',
    total: 'ordre total',
    pair: 'plus forte interaction',
  },
} as const satisfies Record<Language, object>;

/**
 * `ecobalyse sensitivity`: prints the Sobol indices of the exact method over a distribution of garments, over all types together
 * and of each type, or of one.
 *
 * @throws UsageError for a distribution that cannot be read, or a type that it has not.
 */
export async function printSensitivity(options: SensitivityOptions): Promise<void> {
  const { product, per, n, seed } = options;
  const distribution = await distributionOf(options.distribution);
  const types = distribution.products.map(({ id }) => id);
  if (product !== undefined && !types.includes(product))
    throw new UsageError(`--product: expected one of ${types.join(', ')}`);
  for (const type of product === undefined ? [undefined, ...types] : [product]) {
    const found = analyseSensitivity({ product: type, per, n, seed }, distribution);
    await print(options.format === 'ndjson' ? `${JSON.stringify(found)}\n` : tableOf(found, options.lang));
  }
}

function tableOf(found: Sensitivity, language: Language): string {
  const words = WORDS[language];
  const number = (digits: number) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [share, points] = [number(3), number(0)];
  const told = (value: number, error: number) => `${share.format(value)} ± ${share.format(error)}`;
  const rows = found.inputs.map(({ name, first, first_error, total, total_error }) => [
    name[language],
    told(first, first_error),
    told(total, total_error),
  ]);
  const table = [[words.input, words.first, words.total], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  const names = new Map(found.inputs.map(({ input, name }) => [input, name[language]]));
  const [pair] = found.pairs;
  return [
    `${found.product_id ?? words.all}: ${points.format(found.mean)} ± ${points.format(found.deviation)}, n ${found.n}, seed ${found.seed}`,
    ...lines,
    ...(pair
      ? [
          `  ${words.pair}: ${pair.inputs.map((input) => names.get(input)).join(' × ')} ${told(pair.second, pair.second_error)}`,
        ]
      : []),
    '',
  ].join('\n');
}
