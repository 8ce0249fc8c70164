import type { TableOptions } from './csv-columns.js';
import { JsonTextError, parseJson } from './json-text.js';
import { peek } from './peek.js';
import type { ProductText, ReadFault, ReadProduct } from './product-text.js';
import { csvSplitter } from './split-csv.js';
import {
  arrayOr,
  type JsonSplitter,
  ndjsonSplitter,
  type SplitterFactory,
  singleJsonSplitter,
  swallowedProducts,
} from './split-json.js';
import { asUtf8, type Charset, TextEncodingError, textReader } from './text-encoding.js';
import {
  isWorkbook,
  readWorkbook,
  sheetsOf,
  WORKBOOK_START_BYTES,
  WorkbookError,
  type WorkbookReader,
} from './workbook.js';

/** Forms of a file of products; `json` is an array, or one product alone; `csv` is any table of text. */
export const FILE_FORMATS = ['json', 'ndjson', 'csv', 'xlsx'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Longest product, in bytes, unless told otherwise. */
export const DEFAULT_ITEM_LIMIT_BYTES = 256 * 1024;

export interface ReadOptions extends TableOptions {
  /** Found out from the first bytes when absent. */
  format?: FileFormat | undefined;
  /** What is announced about the text; found out from its bytes when absent, or when they bear a byte order mark. */
  charset?: Charset | undefined;
  itemLimitBytes?: number;
  /** How workbooks are read, unless here and now. */
  readWorkbookSheets?: WorkbookReader;
  /** Told the form that the file was found to have. */
  onFormat?: (format: FileFormat) => void;
  /** Told how a text is written, when that is said or seen; it is UTF-8 otherwise. */
  onCharset?: (charset: Charset) => void;
}

/** Forms that are text. */
type TextFormat = Exclude<FileFormat, 'xlsx'>;

const splitters: Readonly<Record<'json' | 'ndjson', SplitterFactory>> = {
  json: arrayOr(singleJsonSplitter),
  ndjson: ndjsonSplitter,
};

/** Undefined where it says little: systems write texts into .xls, too. */
const FORMAT_OF_ENDING: Readonly<Record<string, FileFormat | undefined>> = {
  csv: 'csv',
  json: 'json',
  jsonl: 'ndjson',
  ndjson: 'ndjson',
  ods: undefined,
  tsv: 'csv',
  xls: undefined,
  xlsx: 'xlsx',
};

/** Endings of names of files of products. */
export const FILE_ENDINGS: readonly string[] = Object.keys(FORMAT_OF_ENDING);

/** The ending of a name, in small letters and without its point, if files of products have it. */
export function endingOf(name: string): string | undefined {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(FORMAT_OF_ENDING, ending) ? ending : undefined;
}

/** The format that a file's name announces, if it announces one. */
export const formatOfName = (name: string): FileFormat | undefined => FORMAT_OF_ENDING[endingOf(name) ?? ''];

/**
 * Reads products one by one, in order and in flat memory, whatever the size of the input. A product that cannot be read
 * gives a fault and the reading goes on; a file that cannot be read on ends with a fault that says so (`isFileFault`).
 */
export async function* readProducts(
  chunks: AsyncIterable<Buffer>,
  options: ReadOptions = {},
): AsyncGenerator<ReadProduct | ReadFault> {
  const { itemLimitBytes = DEFAULT_ITEM_LIMIT_BYTES } = options;
  const { onFormat = () => undefined, onCharset } = options;
  let line = 1;
  try {
    const start = await peek(chunks, ({ length }) => length >= WORKBOOK_START_BYTES);
    if (options.format === 'xlsx' || isWorkbook(start.head)) {
      onFormat('xlsx');
      yield* readWorkbook(start.chunks, options.readWorkbookSheets ?? sheetsOf, options);
      return;
    }
    const text = await asUtf8(start.chunks, options.charset, onCharset);
    const { head, chunks: whole } = await peek(
      text.chunks,
      (seen) => seen.length > itemLimitBytes || tellFormat(firstLines(seen, true)),
    );
    const found = formatOfLines(firstLines(head, false));
    // One product on a line of what is said to be JSON: others may stand on lines of their own.
    const told = options.format as TextFormat | undefined;
    const format = told === 'json' && found === 'ndjson' ? found : (told ?? found);
    onFormat(format);
    const read = textReader(text.isKnown, onCharset);
    const reader =
      format === 'csv'
        ? csvSplitter(itemLimitBytes, read, options)
        : parsing(splitters[format](itemLimitBytes, 1, read), format === 'json');
    for await (const chunk of whole) {
      for (const item of reader.push(chunk)) {
        line = item.line;
        yield item;
      }
      if (reader.isOver()) return;
    }
    yield* reader.end();
  } catch (error) {
    if (error instanceof WorkbookError) yield { line, fault: 'bad-header', message: error.words };
    else if (error instanceof TextEncodingError) yield { line, fault: 'bad-encoding', message: error.words };
    else throw error;
  }
}

/** Parses what a splitter gives. */
function parsing(splitter: JsonSplitter, isArray: boolean) {
  function* parseAll(items: Iterable<ProductText | ReadFault>): Generator<ReadProduct | ReadFault> {
    for (const item of items) {
      const product = parsed(item);
      const swallowed = isArray && 'fault' in product && 'text' in item ? swallowedProducts(item) : undefined;
      if (swallowed) yield* swallowed.map(parsed);
      else yield product;
    }
  }
  return {
    isOver: () => false,
    push: (chunk: Buffer) => parseAll(splitter.push(chunk)),
    end: () => parseAll(splitter.end()),
  };
}

function parsed(item: ProductText | ReadFault): ReadProduct | ReadFault {
  if ('fault' in item) return item;
  try {
    return { line: item.line, product: parseJson(item.text) };
  } catch (error) {
    if (error instanceof JsonTextError) return { line: item.line, fault: 'not-json', message: error.words };
    throw error;
  }
}

/** The first two lines that are not blank, without what stands behind the last line end when it may go on. */
function firstLines(head: Buffer, mayGoOn: boolean): string[] {
  const lines = head.toString('utf8').split(/[\r\n]/);
  return (mayGoOn ? lines.slice(0, -1) : lines)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 2);
}

const isObject = (line: string): boolean => line.startsWith('{') && 'product' in parsed({ line: 1, text: line });

/** Whether the first lines are enough to tell the format: the second one matters only behind a broken object. */
const tellFormat = ([first, second]: readonly string[]): boolean =>
  first !== undefined && (second !== undefined || !first.startsWith('{') || isObject(first));

/**
 * The format that the first lines announce: `[` opens a JSON array; a line that is a whole object is NDJSON's, also behind one
 * that is broken, unless that may go on with it; the beginning of an object is that of a single product; anything else is CSV.
 */
function formatOfLines([first = '', second = '']: readonly string[]): TextFormat {
  if (first.startsWith('[')) return 'json';
  if (!first.startsWith('{')) return first === '' ? 'ndjson' : 'csv';
  return isObject(first) || (!/[{[:,]$/.test(first) && isObject(second)) ? 'ndjson' : 'json';
}
