import type { FileInspection, Language } from '@ecobalyse/schema';
import { MAX_JOB_PRODUCTS } from '@ecobalyse/schema';
import { type ColumnReading, type HeaderReading, unreadHeaders } from './csv-columns.js';
import { idsNamed, type Named, nameOf, nearIds } from './names.js';
import { type Cell, isFileFault, type ReadFault, type ReadProduct } from './product-text.js';
import { type FileFormat, type ReadOptions, readProducts } from './read-products.js';
import type { Charset } from './text-encoding.js';
import { everyField, headerOf } from './write-products.js';

const MOST_EXAMPLES = 3;
const MOST_FAULTS = 20;
const MOST_PREVIEWED = 5;
/** Words of a column that are told as unknown, and those that are counted: a column of prose is no list of words. */
const MOST_UNKNOWN = 20;
const MOST_COUNTED = 500;
/** Rows at which the method looks; it takes longer than the reading. */
const MOST_CHECKED = 1000;
const MOST_SHOWN_CHARACTERS = 200;

/** Of what we write, which the cells of a file need not have: `Mass (kg)`. */
const UNIT = / \([^)]*\)$/;

/** What the method refuses of a product: messages by the field. */
export type ProductChecker = (product: unknown) => Readonly<Record<string, string>>;

const PROBLEMS: Readonly<Partial<Record<ColumnReading['how'], Readonly<Record<Language, string>>>>> = {
  unknown: {
    fr: 'colonne non comprise : dites quel champ elle remplit, ou qu’elle est à ignorer',
    en: 'column not understood: say which field it fills, or that it is to be ignored',
  },
  unsure: {
    fr: 'une autre colonne dit plus sûrement la même chose, celle-ci n’est pas lue',
    en: 'another column says the same more surely, this one is not read',
  },
  repeated: {
    fr: 'deux colonnes disent la même chose : dites laquelle est à ignorer',
    en: 'two columns say the same: say which one is to be ignored',
  },
};

const UNKNOWN = {
  fr: (value: string, near: string) =>
    `« ${value} » n’est connu de la méthode sous aucun nom${near && ` ; proche : ${near}`}`,
  en: (value: string, near: string) => `"${value}" is no name that the method knows${near && `; close to it: ${near}`}`,
} as const;

const shown = (cell: Cell | undefined): string =>
  String(cell ?? '')
    .trim()
    .slice(0, MOST_SHOWN_CHARACTERS);

/** What the field of a fault is in a header: `materials` may stand in `material1`. */
const holds = (field: string | undefined, faulty: string): boolean =>
  field !== undefined && (field === faulty || (faulty === 'materials' && /^material\d+$/.test(field)));

/** Every id of a kind by its name, in the order of the names. */
const choicesOf = (named: Named, language: Language) =>
  idsNamed(named)
    .map((id) => ({ id, name: nameOf(named, id, language) }))
    .sort((a, b) => a.name.localeCompare(b.name, language));

/** What is known of a column while its cells come. */
interface Column {
  readonly examples: Set<string>;
  readonly unknown: Map<string, { readonly named: Named; rows: number }>;
}

/**
 * Tells how a file of products is understood, without keeping anything of it: columns, first faults and first products.
 *
 * @param check - asks the method about a product; the first {@link MOST_CHECKED} rows are.
 */
export async function inspectProducts(
  chunks: AsyncIterable<Buffer>,
  options: ReadOptions & { readonly language: Language; readonly check: ProductChecker },
): Promise<FileInspection> {
  const { language, check } = options;
  let format = 'csv' as FileFormat;
  let charset = 'utf-8' as Charset;
  let header = undefined as HeaderReading | undefined;
  const columns = new Map<number, Column>();
  const columnAt = (index: number): Column => {
    const column = columns.get(index) ?? { examples: new Set(), unknown: new Map() };
    columns.set(index, column);
    return column;
  };
  /** Of the row that is read. */
  let unknownWords: { column: number; named: Named; word: string }[] = [];
  const faults: FileInspection['faults'] = [];
  const preview: unknown[] = [];
  let [rows, refused, checked, isComplete] = [0, 0, 0, true];

  const tell = (line: number, index: number | undefined, cells: readonly Cell[] | undefined, message: string) => {
    if (faults.length === MOST_FAULTS) return;
    const at = index === undefined || index < 0 ? undefined : index;
    faults.push({
      line,
      column: at === undefined ? null : at + 1,
      header: at === undefined ? null : (header?.columns[at]?.header ?? null),
      value: at === undefined ? null : shown(cells?.[at]),
      message,
    });
  };
  const near = (named: Named, word: string) =>
    nearIds(named, word).map((id) => ({ id, name: nameOf(named, id, language) }));

  /** Whether a row is refused. */
  function hasFault(item: ReadProduct | ReadFault): boolean {
    const { line, cells } = item;
    if ('fault' in item) {
      if (item.of) for (const { column, words } of item.of) tell(line, column, cells, words[language]);
      else tell(line, undefined, cells, item.message[language]);
      return true;
    }
    for (const { column, named, word } of unknownWords) {
      const names = near(named, word).map(({ name }) => name);
      tell(line, column, cells, UNKNOWN[language](word, names.join(', ')));
    }
    if (unknownWords.length > 0) return true;
    // Which column holds what is needed is to be said first.
    if (checked === MOST_CHECKED || (header && header.missing.length > 0)) return false;
    checked += 1;
    const messages = Object.entries(check(item.product));
    for (const [field, message] of messages) {
      tell(
        line,
        header?.columns.findIndex((column) => holds(column.field, field)),
        cells,
        message,
      );
    }
    return messages.length > 0;
  }

  const items = readProducts(chunks, {
    ...options,
    allowsMissing: true,
    onFormat: (found) => {
      format = found;
    },
    onCharset: (found) => {
      charset = found;
    },
    onHeader: (found) => {
      // Of several sheets, the one whose header does.
      header = found;
    },
    onUnknownWord: (column, named, word) => {
      unknownWords.push({ column, named, word });
      const { unknown } = columnAt(column);
      const counted = unknown.get(word);
      if (counted) counted.rows += 1;
      else if (unknown.size < MOST_COUNTED) unknown.set(word, { named, rows: 1 });
    },
  });
  for await (const item of items) {
    if (rows === MAX_JOB_PRODUCTS) {
      isComplete = false;
      break;
    }
    if (!('fault' in item && isFileFault(item))) rows += 1;
    for (const [index, cell] of item.cells?.entries() ?? []) {
      const { examples } = columnAt(index);
      if (examples.size < MOST_EXAMPLES && shown(cell) !== '') examples.add(shown(cell));
    }
    if (hasFault(item)) refused += 1;
    if ('product' in item && preview.length < MOST_PREVIEWED) preview.push(item.product);
    unknownWords = [];
  }

  const readings = header?.columns ?? [];
  const isTable = format === 'csv' || format === 'xlsx';
  return {
    format,
    encoding: format === 'xlsx' ? null : charset,
    separator: header?.separator ?? null,
    sheet: header?.sheet ?? null,
    header_line: header?.line ?? null,
    columns: readings.map(({ header, field = null, how }, index) => {
      const { examples, unknown } = columnAt(index);
      const problem = PROBLEMS[how]?.[language];
      return {
        column: index + 1,
        header,
        field,
        how,
        examples: [...examples],
        ...(problem === undefined ? {} : { problem }),
        unknown_values: [...unknown]
          .sort(([, a], [, b]) => b.rows - a.rows)
          .slice(0, MOST_UNKNOWN)
          .map(([value, { named, rows }]) => ({ value, named, rows, near: near(named, value) })),
      };
    }),
    unmapped: unreadHeaders(readings),
    missing: isTable ? [...(header?.missing ?? ['product', 'mass', 'material1'])] : [],
    fields: isTable
      ? everyField(readings.flatMap(({ field }) => field ?? [])).map((id) => ({
          id,
          name: headerOf(id, language).replace(UNIT, ''),
        }))
      : [],
    choices: Object.fromEntries(
      [...columns.values()].flatMap(({ unknown }) =>
        [...unknown.values()].map(({ named }) => [named, choicesOf(named, language)]),
      ),
    ),
    rows,
    is_complete: isComplete,
    refused,
    checked,
    faults,
    preview,
  };
}
