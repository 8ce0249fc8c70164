import { type FileHandle, open, stat } from 'node:fs/promises';
import {
  type FileFormat,
  filledFields,
  formatOfName,
  type HeaderReading,
  type Mapping,
  orderedFields,
  PRODUCTS_SHEET,
  type ReadFault,
  type ReadProduct,
  type RefusedRow,
  type ResultRow,
  readProducts,
  refusedTable,
  resultTable,
  TABLE_WRITERS,
  unreadHeaders,
  type WrittenCell,
  type WrittenTable,
} from '@ecobalyse/product-files';
import { inLanguage, isDoubtful, type Language, type Warning, type Words } from '@ecobalyse/schema';
import { TextileQueryError } from '@ecobalyse/textile-method';
import { startProgress } from './progress.js';
import { readMapping } from './read-json.js';
import { referenceOf, type Score, type ScoreDetail, scoreProduct } from './score.js';
import { type ScoreFormatName, scoreFormat, type TextFormatName } from './score-formats.js';
import { systemMessage } from './system-message.js';
import { UsageError } from './usage.js';
import { writeOut } from './write-out.js';

interface ScoreOptions {
  readonly format: ScoreFormatName;
  readonly from?: FileFormat | undefined;
  readonly mapping?: string | undefined;
  readonly output?: string | undefined;
  readonly refused?: string | undefined;
  readonly lang: Language;
  readonly stages?: boolean | undefined;
  readonly progress?: true | undefined;
  readonly quiet?: true | undefined;
}

/** A product of a file, with its score or what is wrong with it. */
interface ScoredItem {
  readonly item: ReadProduct | ReadFault;
  readonly outcome: Score | string[];
}

/** Rows of a file that are written at once. */
const ROWS_AT_ONCE = 200;

/**
 * `ecobalyse score`: prints the score of each product of a file, and what is wrong with the others on standard error.
 *
 * @returns 0 when every product was scored, 1 otherwise.
 * @throws UsageError for a file that cannot be opened.
 */
export async function runScore(file: string | undefined, options: ScoreOptions): Promise<0 | 1> {
  const { stages = false, progress: isShown, quiet, from, lang, format } = options;
  if (file === undefined && process.stdin.isTTY === true) {
    throw new UsageError('a file is expected, or products on standard input');
  }
  const isTable = format === 'xlsx' || format === 'csv-fr';
  if (isTable && (file ?? '-') === '-') throw new UsageError(`--format ${format} reads a file twice: name one`);
  const detail = isTable ? 'flat' : stages ? 'parts' : undefined;
  const mapping = options.mapping === undefined ? undefined : await readMapping(options.mapping);
  const fields = isTable ? await fieldsOfFile(file as string, from, mapping) : [];
  const input = await openInput(file ?? '-');
  const progress = startProgress(input.bytes, isShown ? 'always' : quiet ? 'never' : 'auto');
  const tell = (message: string) => {
    progress.interrupt();
    process.stderr.write(`${message}\n`);
  };
  const sayWrong = (line: number, message: string) => tell(`${input.name}:${line}: ${message}`);

  let bytesRead = 0;
  async function* countedChunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of input.chunks) {
        bytesRead += chunk.length;
        yield chunk;
      }
    } catch (error) {
      progress.stop();
      throw new Error(unreadable(input.name, error));
    }
  }

  let [scored, refused] = [0, 0];
  let header: HeaderReading | undefined;
  const refusedRows: { item: ReadProduct | ReadFault; reason: string }[] = [];
  async function* scoredItems(): AsyncGenerator<ScoredItem> {
    const items = readProducts(countedChunks(), {
      format: from ?? formatOfName(input.name),
      mapping,
      onHeader: (found) => {
        header = found;
        const unread = unreadHeaders(found.columns);
        if (!quiet && found.missing.length === 0 && unread.length > 0) {
          sayWrong(found.line, `${IGNORED[lang]}${unread.join(', ')}`);
        }
      },
    });
    for await (const item of items) {
      const outcome =
        'fault' in item
          ? [item.message[lang]]
          : inLanguage(lang, () => scoreOrFaults(item.line, item.product, detail, lang));
      if (Array.isArray(outcome)) {
        for (const message of outcome) sayWrong(item.line, message);
        if (options.refused !== undefined) refusedRows.push({ item, reason: outcome.join(' ; ') });
        refused += 1;
      } else {
        for (const warning of outcome.warnings) if (isDoubtful([warning])) sayWrong(item.line, doubtIn(warning, lang));
        scored += 1;
      }
      yield { item, outcome };
      progress.update(bytesRead, scored + refused);
    }
  }

  async function* texts(): AsyncGenerator<string> {
    const { head, rows, tail } = scoreFormat(format as TextFormatName, stages);
    // Whoever sends products one after the other gets each score as it comes.
    const atOnce = input.bytes === undefined ? 1 : ROWS_AT_ONCE;
    yield head;
    let some: Score[] = [];
    for await (const { outcome } of scoredItems()) {
      if (Array.isArray(outcome) || some.push(outcome) < atOnce) continue;
      yield rows(some, some.length === scored);
      some = [];
    }
    yield rows(some, some.length === scored) + tail;
  }
  const content = isTable
    ? TABLE_WRITERS[format].write(scoreTable(scoredItems(), fields, lang), PRODUCTS_SHEET[lang])
    : texts();
  await writeOut(content, options.output);
  if (options.refused !== undefined) await writeRefused(options.refused, refusedRows, header, lang);
  progress.stop();
  if (quiet) return refused === 0 ? 0 : 1;
  if (scored + refused === 0) tell(`${input.name}: no product to score`);
  if (refused > 0) tell(`${scored} ${scored === 1 ? 'product' : 'products'} scored, ${refused} refused`);
  return refused === 0 ? 0 : 1;
}

const DOUBTFUL: Words = { fr: 'douteux', en: 'doubtful' };
const IGNORED: Words = { fr: 'colonnes ignorées : ', en: 'ignored columns: ' };
const doubtIn = ({ field, message }: Warning, lang: Language) =>
  `${DOUBTFUL[lang]}: ${field === null ? '' : `${field}: `}${message}`;

/** The columns that the products of a file fill. */
async function fieldsOfFile(file: string, from: FileFormat | undefined, mapping: Mapping | undefined) {
  const { chunks, name } = await openInput(file);
  const fields = new Set<string>();
  for await (const item of readProducts(chunks, { format: from ?? formatOfName(name), mapping })) {
    if ('product' in item) for (const field of filledFields(item.product)) fields.add(field);
  }
  return orderedFields(fields);
}

/** Scores as the table that the API gives of a job. */
function scoreTable(items: AsyncIterable<ScoredItem>, fields: readonly string[], lang: Language): WrittenTable {
  const { headers, widths, cells } = resultTable(fields, lang);
  async function* rows(): AsyncGenerator<WrittenCell[][]> {
    let some: WrittenCell[][] = [];
    for await (const { item, outcome } of items) {
      const { line } = item;
      const product = 'product' in item ? item.product : item.known;
      const reference = referenceOf(product);
      const row: ResultRow = Array.isArray(outcome)
        ? { line, status: 'refused', reference, reason: outcome.join(' ; '), product }
        : {
            line,
            status: 'scored',
            reference,
            ecs: outcome.ecs,
            flat: outcome.flat,
            warnings: outcome.warnings.map(({ message }) => message),
            product,
          };
      if (some.push(cells(row)) < ROWS_AT_ONCE) continue;
      yield some;
      some = [];
    }
    yield some;
  }
  return { headers, widths, rows: rows() };
}

/** Writes refused rows as they were sent behind the reason: by the file's ending, and parted as they were. */
async function writeRefused(
  file: string,
  rows: readonly { item: ReadProduct | ReadFault; reason: string }[],
  header: HeaderReading | undefined,
  lang: Language,
): Promise<void> {
  const format = formatOfName(file) === 'xlsx' ? 'xlsx' : header?.separator === ',' ? 'csv' : 'csv-fr';
  const refused = rows.map(
    ({ item, reason }): RefusedRow => ({
      reason,
      cells: item.cells,
      product: 'product' in item ? item.product : undefined,
    }),
  );
  const columns = header?.columns.map(({ header }) => header) ?? null;
  const fields = orderedFields(refused.flatMap(({ product }) => filledFields(product)));
  const { headers, widths, cells } = refusedTable(columns, fields, lang);
  await writeOut(
    TABLE_WRITERS[format].write({ headers, widths, rows: [refused.map(cells)] }, PRODUCTS_SHEET[lang]),
    file,
  );
}

/** The score of a product, or what is wrong with it: one message for each field. */
function scoreOrFaults(
  line: number,
  product: unknown,
  detail: ScoreDetail | undefined,
  lang: Language,
): Score | string[] {
  try {
    return scoreProduct(line, product, detail, lang);
  } catch (error) {
    if (!(error instanceof TextileQueryError)) throw error;
    // A product that cannot be read is told by the names that the message holds.
    return Object.entries(error.errors).map(([field, message]) =>
      field === 'decoding' ? message : `${field}: ${message}`,
    );
  }
}

interface Input {
  /** As shown before the line number of an error. */
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly bytes: number | undefined;
}

export async function openInput(file: string): Promise<Input> {
  if (file === '-') return { name: 'stdin', chunks: process.stdin, bytes: undefined };
  try {
    if ((await stat(file)).isDirectory()) throw new Error('it is a folder');
    const handle: FileHandle = await open(file);
    const stats = await handle.stat();
    return { name: file, chunks: handle.createReadStream(), bytes: stats.isFile() ? stats.size : undefined };
  } catch (error) {
    throw new UsageError(unreadable(file, error));
  }
}

const unreadable = (name: string, error: unknown) =>
  `cannot read ${name}: ${systemMessage(error as NodeJS.ErrnoException)}`;
