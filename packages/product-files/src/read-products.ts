import { JsonTextError, parseJson } from './json-text.js';
import { peekFirstLine } from './peek-first-line.js';
import type { ProductText, ReadFault, ReadProduct } from './product-text.js';
import { readCsvProducts } from './split-csv.js';
import { arrayOr, ndjsonSplitter, type SplitterFactory, singleJsonSplitter } from './split-json.js';

/** Forms of a file of products; `json` is an array, or one product alone. */
export const FILE_FORMATS = ['json', 'ndjson', 'csv'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Longest product, in bytes, unless told otherwise. */
export const DEFAULT_ITEM_LIMIT_BYTES = 256 * 1024;

export interface ReadOptions {
  /** Found out from the first bytes when absent. */
  format?: FileFormat | undefined;
  itemLimitBytes?: number;
  /** Told the columns of a CSV file that are ignored, if any. */
  onUnknownColumns?: (columns: readonly string[]) => void;
}

const splitters: Readonly<Record<'json' | 'ndjson', SplitterFactory>> = {
  json: arrayOr(singleJsonSplitter),
  ndjson: ndjsonSplitter,
};

/** The format that a file's name announces, if it announces one. */
export function formatOfName(name: string): FileFormat | undefined {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  const formats: Readonly<Record<string, FileFormat>> = {
    csv: 'csv',
    json: 'json',
    jsonl: 'ndjson',
    ndjson: 'ndjson',
    tsv: 'csv',
  };
  return extension === undefined ? undefined : formats[extension];
}

/**
 * Reads products one by one, in order and in flat memory, whatever the size of the input. A product that cannot be read
 * gives a fault and the reading goes on.
 */
export async function* readProducts(
  chunks: AsyncIterable<Buffer>,
  options: ReadOptions = {},
): AsyncGenerator<ReadProduct | ReadFault> {
  const { itemLimitBytes = DEFAULT_ITEM_LIMIT_BYTES, onUnknownColumns } = options;
  const { firstLine, chunks: whole } = await peekFirstLine(chunks, itemLimitBytes);
  const format = options.format ?? formatOfFirstLine(firstLine);
  if (format === 'csv') {
    yield* readCsvProducts(whole, itemLimitBytes, onUnknownColumns);
    return;
  }
  const splitter = splitters[format](itemLimitBytes);
  for await (const chunk of whole) {
    for (const item of splitter.push(chunk)) yield parsed(item);
  }
  for (const item of splitter.end()) yield parsed(item);
}

function parsed(item: ProductText | ReadFault): ReadProduct | ReadFault {
  if ('fault' in item) return item;
  try {
    return { line: item.line, product: parseJson(item.text) };
  } catch (error) {
    if (error instanceof JsonTextError) return { line: item.line, fault: 'not-json', message: error.message };
    throw error;
  }
}

/**
 * The format that a first line announces: `[` opens a JSON array; a line that is a whole object is NDJSON's, and the
 * beginning of an object is that of a single product; anything else is CSV.
 */
function formatOfFirstLine(line: string): FileFormat {
  if (line.startsWith('[')) return 'json';
  if (!line.startsWith('{')) return line === '' ? 'ndjson' : 'csv';
  return 'fault' in parsed({ line: 1, text: line }) ? 'json' : 'ndjson';
}
