import { csvLines } from '@ecobalyse/product-files';
import { COST_PARTS } from '@ecobalyse/schema';
import type { Score, ScorePart } from './score.js';

/** How scores are printed, some after the others, so that a file of any size needs no memory. */
export interface ScoreFormat {
  readonly head: string;
  /** @param areFirst - whether none stand before them. */
  rows(scores: readonly Score[], areFirst: boolean): string;
  readonly tail: string;
}

const TEXT_FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type TextFormatName = (typeof TEXT_FORMATS)[number];
/** The last two are tables for spreadsheets, with what makes up the cost and all fields of the product. */
export const SCORE_FORMATS = [...TEXT_FORMATS, 'csv-fr', 'xlsx'] as const;
export type ScoreFormatName = (typeof SCORE_FORMATS)[number];

/** A column of the table: what it shows of a score, in how many characters; numbers stand to the right. */
interface TableColumn {
  readonly title: string;
  readonly width: number;
  readonly isNumber: boolean;
  readonly show: (score: Score) => string;
}

const TABLE_COLUMNS: readonly TableColumn[] = [
  { title: 'line', width: 7, isNumber: true, show: ({ line }) => String(line) },
  { title: 'reference', width: 20, isNumber: false, show: ({ reference }) => reference ?? '-' },
  { title: 'product', width: 12, isNumber: false, show: ({ product }) => product },
  { title: 'mass (kg)', width: 10, isNumber: true, show: ({ mass }) => mass.toFixed(3) },
  { title: 'ecs (Pts)', width: 12, isNumber: true, show: ({ ecs }) => ecs.toFixed(2) },
  { title: 'pef (Pts)', width: 12, isNumber: true, show: ({ pef }) => pef.toFixed(2) },
  { title: 'durability', width: 10, isNumber: true, show: ({ durability }) => durability.toFixed(2) },
];

/** Keeps a column's width, whatever the text: a cut is shown, and control characters are not. */
function cell(text: string, width: number, isNumber: boolean): string {
  const shown = text.replace(/\p{Cc}/gu, ' ');
  const cut = shown.length > width && !isNumber ? `${shown.slice(0, width - 1)}…` : shown;
  return isNumber ? cut.padStart(width) : cut.padEnd(width);
}

const textOf = <Item>(items: readonly Item[], show: (item: Item, index: number) => string) => items.map(show).join('');

const tableLine = (show: (column: TableColumn) => string) =>
  `${TABLE_COLUMNS.map((column) => cell(show(column), column.width, column.isNumber)).join('  ')}\n`;

function tablePart({ label, country, ecs, pef }: ScorePart, whole: Score): string {
  const percent = whole.ecs === 0 ? '' : `${((100 * ecs) / whole.ecs).toFixed(1)} %`;
  const columns = [cell(label, 20, false), cell(country ?? '', 12, false), cell(percent, 10, true)];
  const numbers = [cell(ecs.toFixed(2), 12, true), cell(pef.toFixed(2), 12, true)];
  return `${[cell('', 7, false), ...columns, ...numbers].join('  ')}\n`;
}

/** The titles come with the first row: a table of nothing would only blur what went wrong. */
const table: ScoreFormat = {
  head: '',
  rows: (scores, areFirst) =>
    (areFirst && scores.length > 0 ? tableLine(({ title }) => title) : '') +
    textOf(
      scores,
      (score) => tableLine(({ show }) => show(score)) + textOf(score.parts ?? [], (part) => tablePart(part, score)),
    ),
  tail: '',
};

const json: ScoreFormat = {
  head: '[',
  rows: (scores, areFirst) =>
    textOf(scores, (score, index) => `${areFirst && index === 0 ? '' : ','}\n${JSON.stringify(score)}`),
  tail: '\n]\n',
};

const ndjson: ScoreFormat = {
  head: '',
  rows: (scores) => textOf(scores, (score) => `${JSON.stringify(score)}\n`),
  tail: '',
};

const CSV_COLUMNS = [
  'line',
  'reference',
  'product',
  'mass',
  'ecs',
  'pef',
  'ecsWithoutDurability',
  'durability',
] as const;

function csv(withParts: boolean): ScoreFormat {
  const partColumns = withParts ? COST_PARTS.flatMap((name) => [`ecs.${name}`, `pef.${name}`]) : [];
  return {
    head: csvLines([[...CSV_COLUMNS, 'warnings', ...partColumns]]),
    rows: (scores) =>
      csvLines(
        scores.map((score) => [
          ...CSV_COLUMNS.map((column) => score[column] ?? ''),
          score.warnings.map(({ message }) => message).join(' ; '),
          ...(score.parts ?? []).flatMap(({ ecs, pef }) => [ecs, pef]),
        ]),
      ),
    tail: '',
  };
}

/** The format of that name; `withParts` says whether its scores are broken down. */
export function scoreFormat(name: TextFormatName, withParts: boolean): ScoreFormat {
  const formats: Readonly<Record<TextFormatName, ScoreFormat>> = { table, json, ndjson, csv: csv(withParts) };
  return formats[name];
}
