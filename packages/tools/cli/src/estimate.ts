import {
  catalogueDistribution,
  DescriptionError,
  type Distribution,
  estimate,
  LEGAL_DEFAULTS,
  type Query,
  SECTOR,
} from '@ecobalyse/estimation';
import { type FileFormat, formatOfName, readProducts } from '@ecobalyse/product-files';
import { type EstimateAnswer, inLanguage } from '@ecobalyse/schema';
import { TextileQueryError } from '@ecobalyse/textile-method';
import type { DISTRIBUTION_NAMES, ESTIMATE_FORMATS } from './estimate-formats.js';
import { openInput } from './score-command.js';
import { UsageError } from './usage.js';
import { print } from './write-out.js';

interface EstimateCommandOptions {
  readonly format: (typeof ESTIMATE_FORMATS)[number];
  readonly from?: FileFormat | undefined;
  readonly distribution: (typeof DISTRIBUTION_NAMES)[number];
  readonly catalogue?: string | undefined;
  readonly draws: number;
  readonly seed: number;
  readonly lang: 'en' | 'fr';
}

/** Questions that are shown as text. */
const SHOWN_QUESTIONS = 5;

/**
 * `ecobalyse estimate`: prints what is known of the cost of each product of a file, of which fields may be unknown, and what is
 * wrong with the others on standard error.
 *
 * @returns 0 when every product was estimated, 1 otherwise.
 * @throws UsageError for a file that cannot be read, or a catalogue that holds what is no product.
 */
export async function runEstimate(file: string | undefined, options: EstimateCommandOptions): Promise<0 | 1> {
  if (file === undefined && process.stdin.isTTY === true) {
    throw new UsageError('a file is expected, or products on standard input');
  }
  const distribution = await distributionOf(options);
  const input = await openInput(file ?? '-');
  let refused = 0;
  for await (const item of readProducts(input.chunks as AsyncIterable<Buffer>, {
    format: options.from ?? formatOfName(input.name),
  })) {
    const tell = (message: string) => process.stderr.write(`${input.name}:${item.line}: ${message}\n`);
    try {
      if ('fault' in item) throw new DescriptionError({ body: item.message[options.lang] });
      const { product } = item;
      const made = inLanguage(options.lang, () => estimate(product, { ...options, distribution }));
      await print(shown(made, item.line, options));
    } catch (error) {
      if (!(error instanceof DescriptionError)) throw error;
      refused += 1;
      tell(error.message);
    }
  }
  return refused === 0 ? 0 : 1;
}

async function distributionOf({ catalogue, distribution, lang }: EstimateCommandOptions): Promise<Distribution> {
  if (catalogue === undefined) return distribution === LEGAL_DEFAULTS.name ? LEGAL_DEFAULTS : SECTOR;
  const input = await openInput(catalogue);
  const rows: Query[] = [];
  for await (const item of readProducts(input.chunks as AsyncIterable<Buffer>, { format: formatOfName(input.name) })) {
    if ('fault' in item) throw new UsageError(`${catalogue}:${item.line}: ${item.message[lang]}`);
    rows.push(item.product as Query);
  }
  try {
    return inLanguage(lang, () => catalogueDistribution(rows));
  } catch (error) {
    if (!(error instanceof TextileQueryError)) throw error;
    throw new UsageError(`${catalogue}: ${Object.values(error.errors).join(' | ')}`);
  }
}

const WORDS = {
  en: {
    exact: (ecs: string) => `exactly ${ecs} points`,
    between: (min: string, max: string) => `between ${min} and ${max} points`,
    likely: (low: string, middle: string, high: string) => `probably ${middle}, 90 % from ${low} to ${high}`,
    published: (ecs: string) => `third parties would publish ${ecs}`,
    declarable: (ecs: string, facts: string) => `you could declare ${ecs}, with ${facts}`,
  },
  fr: {
    exact: (ecs: string) => `exactement ${ecs} points`,
    between: (min: string, max: string) => `entre ${min} et ${max} points`,
    likely: (low: string, middle: string, high: string) => `probablement ${middle}, à 90 % de ${low} à ${high}`,
    published: (ecs: string) => `un tiers publierait ${ecs}`,
    declarable: (ecs: string, facts: string) => `vous pourriez déclarer ${ecs}, avec ${facts}`,
  },
} as const;

function shown(made: EstimateAnswer, line: number, { format, lang }: EstimateCommandOptions): string {
  if (format === 'ndjson') return `${JSON.stringify({ line, ...made })}\n`;
  const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
  const points = (ecs: number) => number.format(ecs);
  const words = WORDS[lang];
  const { ecs, exact, ask, declaration } = made;
  const cost = exact
    ? [words.exact(points(ecs.mean))]
    : [
        words.between(points(ecs.min), points(ecs.max)),
        words.likely(points(ecs.p5), points(ecs.median), points(ecs.p95)),
      ];
  const { published, declarable, facts } = declaration;
  const declared =
    published === null || declarable === null
      ? []
      : [words.published(points(published)), words.declarable(points(declarable), JSON.stringify(facts))];
  const questions = ask.slice(0, SHOWN_QUESTIONS).map((question) => `  ${question.words[lang]}`);
  return `${[`${line}: ${cost.join('; ')}`, ...declared.map((fact) => `  ${fact}`), ...questions].join('\n')}\n`;
}
