import { once } from 'node:events';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type FileFormat, formatOfName, readProducts, unreadHeaders } from '@ecobalyse/product-files';
import { TextileQueryError } from '@ecobalyse/textile-method';
import { startProgress } from './progress.js';
import { readMapping } from './read-json.js';
import { type Score, scoreProduct } from './score.js';
import { type ScoreFormatName, scoreFormat } from './score-formats.js';
import { systemMessage } from './system-message.js';
import { UsageError } from './usage.js';

interface ScoreOptions {
  readonly format: ScoreFormatName;
  readonly from?: FileFormat | undefined;
  readonly mapping?: string | undefined;
  readonly stages?: boolean | undefined;
  readonly progress?: true | undefined;
  readonly quiet?: true | undefined;
}

/**
 * `ecobalyse score`: prints the score of each product of a file on standard output, and what is wrong with the others on
 * standard error.
 *
 * @returns 0 when every product was scored, 1 otherwise.
 * @throws UsageError for a file that cannot be opened.
 */
export async function runScore(
  file: string | undefined,
  { stages = false, progress: isShown, quiet, from, mapping, ...given }: ScoreOptions,
): Promise<0 | 1> {
  if (file === undefined && process.stdin.isTTY === true) {
    throw new UsageError('a file is expected, or products on standard input');
  }
  const format = scoreFormat(given.format, stages);
  const said = mapping === undefined ? undefined : await readMapping(mapping);
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

  let scored = 0;
  let refused = 0;
  await print(format.head);
  const items = readProducts(countedChunks(), {
    format: from ?? formatOfName(input.name),
    mapping: said,
    onHeader: ({ line, columns, missing }) => {
      const unread = unreadHeaders(columns);
      if (!quiet && missing.length === 0 && unread.length > 0)
        sayWrong(line, `colonnes ignorées : ${unread.join(', ')}`);
    },
  });
  for await (const item of items) {
    const outcome = 'fault' in item ? [item.message.fr] : scoreOrFaults(item.line, item.product, stages);
    if (Array.isArray(outcome)) {
      for (const message of outcome) sayWrong(item.line, message);
      refused += 1;
    } else {
      await print(format.row(outcome, scored === 0));
      scored += 1;
    }
    progress.update(bytesRead, scored + refused);
  }
  await print(format.tail);
  progress.stop();
  if (quiet) return refused === 0 ? 0 : 1;
  if (scored + refused === 0) tell(`${input.name}: no product to score`);
  if (refused > 0) tell(`${scored} ${scored === 1 ? 'product' : 'products'} scored, ${refused} refused`);
  return refused === 0 ? 0 : 1;
}

/** The score of a product, or what is wrong with it: one message for each field. */
function scoreOrFaults(line: number, product: unknown, withParts: boolean): Score | string[] {
  try {
    return scoreProduct(line, product, withParts);
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

/** Prints on standard output, no faster than it is read. */
export async function print(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}
