import { COST_PARTS, type CostPart, type Language, type Words } from '@ecobalyse/schema';
import type { HeaderField } from './mapping.js';
import { nameOf, partWords } from './names.js';
import type { Cell } from './product-text.js';
import { RESULT_COLUMNS } from './result-columns.js';
import { headerOf, productCell } from './write-products.js';
import type { WrittenCell } from './write-workbook.js';

/** What became of a product of a file, and what its cost is made of. */
export interface ResultRow {
  readonly line?: number;
  readonly status?: keyof typeof STATUSES;
  readonly reference?: string | undefined;
  readonly identity?: string | undefined;
  /** Environmental cost, in Pts. */
  readonly ecs?: number | undefined;
  /** Its mass in kg, the parts of its cost (`cost_material`, …) in Pts, and the version of the method that they are by. */
  readonly flat?: Readonly<Record<string, unknown>> | undefined;
  /** Of 100 of its type in the reference grid, how many cost less. */
  readonly percentile?: number | null | undefined;
  readonly warnings?: readonly string[];
  readonly reason?: string | undefined;
  readonly product?: unknown;
}

const STATUSES = {
  added: { fr: 'ajouté', en: 'added' },
  changed: { fr: 'modifié', en: 'changed' },
  existing: { fr: 'déjà présent', en: 'was there already' },
  scored: { fr: 'calculé', en: 'scored' },
  refused: { fr: 'refusé', en: 'refused' },
  failed: { fr: 'en échec', en: 'failed' },
} as const satisfies Readonly<Record<string, Words>>;

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const COST_COLUMNS = COST_PARTS.map((part) => [part, `cost_${part}`] as const);

/** What adds most to a cost, in words: `Raw materials: Cotton (64 %)`; the material is named where it is the only one. */
export function mainCause({ ecs, flat }: ResultRow, language: Language): string | null {
  if (flat === undefined || !isNumber(ecs) || ecs <= 0) return null;
  let first: { part: CostPart; cost: number } | undefined;
  for (const [part, column] of COST_COLUMNS) {
    const cost = flat[column];
    if (isNumber(cost) && cost > (first?.cost ?? Number.NEGATIVE_INFINITY)) first = { part, cost };
  }
  if (first === undefined) return null;
  const isOneMaterial = first.part === 'material' && flat.material_count === 1;
  const material =
    isOneMaterial && flat.first_material ? nameOf('material', String(flat.first_material), language) : '';
  const name = partWords(first.part)[language];
  const colon = language === 'fr' ? ' : ' : ': ';
  return `${name}${material && colon + material} (${Math.round((100 * first.cost) / ecs)} %)`;
}

/**
 * The percentile of a value among sorted ones by its mid-rank: of 100, how many are lower, equal ones counting by half.
 *
 * @returns with one decimal; null when there are none.
 */
export function percentileOf(sorted: ArrayLike<number>, value: number): number | null {
  if (sorted.length === 0) return null;
  /** How many are lower, or not higher. */
  const count = (isBelow: (one: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBelow(sorted[middle] as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const [lower, notHigher] = [count((one) => one < value), count((one) => one <= value)];
  return Math.round((1000 * (lower + notHigher)) / 2 / sorted.length) / 10;
}

/** Cost of 100 g in Pts; null without a cost or a mass. */
export function costPer100g({ ecs, flat }: ResultRow): number | null {
  const mass = flat?.mass;
  return isNumber(ecs) && isNumber(mass) && mass > 0 ? (ecs / mass) * 0.1 : null;
}

type ResultColumn = keyof typeof RESULT_COLUMNS;

const SHOW: Readonly<Record<ResultColumn, (row: ResultRow, language: Language) => WrittenCell>> = {
  reason: ({ reason }) => reason,
  status: ({ status }, language) => status && STATUSES[status][language],
  ecs: ({ ecs }) => ecs,
  ecsPer100g: costPer100g,
  percentile: ({ percentile }) => percentile,
  mainCause,
  warnings: ({ warnings = [] }) => warnings.join(' ; '),
  methodVersion: ({ flat }) => flat?.method_version as string | null | undefined,
  line: ({ line }) => line,
  identity: ({ identity }) => identity,
};

/** Columns of a result, around those of the product; its reference and name stand first. */
const BEFORE: readonly ResultColumn[] = [
  'status',
  'reason',
  'ecs',
  'ecsPer100g',
  'percentile',
  'mainCause',
  'warnings',
];
const BEHIND: readonly ResultColumn[] = ['methodVersion', 'line', 'identity'];
/** What products have that came by a file, and those of a catalogue have not. */
const OF_FILES: readonly ResultColumn[] = ['status', 'reason', 'line'];
const FIRST: readonly HeaderField[] = ['reference', 'name'];

/** Widths of columns that hold sentences. */
const WIDTHS: Readonly<Record<string, number>> = { reference: 20, name: 30, reason: 50, mainCause: 36, warnings: 40 };

/**
 * The table of the results of a file, as far as its products fill columns.
 *
 * @param isOfFile - whether what became of each line is told.
 */
export function resultTable(fields: readonly HeaderField[], language: Language, isOfFile = true) {
  const isShown = (column: ResultColumn) => isOfFile || !OF_FILES.includes(column);
  const own = (column: ResultColumn) => ({
    width: WIDTHS[column],
    header: RESULT_COLUMNS[column][language],
    cell: (row: ResultRow) => SHOW[column](row, language),
  });
  const ofProduct = (field: HeaderField) => {
    const cell = productCell(field, language);
    return {
      width: WIDTHS[field],
      header: headerOf(field, language),
      cell: ({ product, reference }: ResultRow) => (field === 'reference' ? (reference ?? null) : cell(product)),
    };
  };
  const columns = [
    ...FIRST.filter((field) => field === 'reference' || fields.includes(field)).map(ofProduct),
    ...BEFORE.filter(isShown).map(own),
    ...fields.filter((field) => !FIRST.includes(field)).map(ofProduct),
    ...BEHIND.filter(isShown).map(own),
  ];
  return {
    headers: columns.map(({ header }) => header),
    widths: columns.map(({ header, width }) => width ?? header.length + 2),
    cells: (row: ResultRow): WrittenCell[] => columns.map(({ cell }) => cell(row)),
  };
}

/** A row that was refused, and why. */
export interface RefusedRow {
  readonly reason?: string | undefined;
  /** As it was sent, in a table. */
  readonly cells?: readonly Cell[] | undefined;
  readonly product?: unknown;
}

const isReason = (header: string) => Object.values<string>(RESULT_COLUMNS.reason).includes(header.trim());

/**
 * The table of the refused rows of a file, to be corrected and sent again: the reason, then what was sent.
 *
 * @param columns - headers of the file; null for one that is no table.
 * @param fields - columns of a file that is no table.
 */
export function refusedTable(columns: readonly string[] | null, fields: readonly HeaderField[], language: Language) {
  // One that was refused before has a reason already.
  const places = (columns ?? []).flatMap((header, place) => (isReason(header) ? [] : [place]));
  const sent = columns
    ? places.map((place) => columns[place] as string)
    : fields.map((field) => headerOf(field, language));
  const ofProduct = fields.map((field) => productCell(field, language));
  return {
    headers: [RESULT_COLUMNS.reason[language], ...sent],
    widths: [WIDTHS.reason as number, ...sent.map(({ length }) => length + 2)],
    cells: ({ reason, cells, product }: RefusedRow): WrittenCell[] => [
      reason,
      ...(columns ? places.map((place) => cells?.[place]) : ofProduct.map((cell) => cell(product))),
    ],
  };
}
