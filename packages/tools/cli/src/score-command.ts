import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { FILE_FORMATS, type FileFormat, formatOfName, readProducts } from '@ecobalyse/product-files';
import { TextileQueryError } from '@ecobalyse/textile-method';
import { startProgress } from './progress.js';
import { type Score, scoreProduct } from './score.js';
import { SCORE_FORMATS, type ScoreFormatName, scoreFormat } from './score-formats.js';
import { SCORE_HELP, systemMessage, UsageError } from './usage.js';

interface ScoreOptions {
  readonly file: string;
  readonly format: ScoreFormatName;
  readonly from: FileFormat | undefined;
  readonly stages: boolean;
  readonly progress: 'always' | 'auto' | 'never';
  readonly quiet: boolean;
}

/**
 * `ecobalyse score`: prints the score of each product of a file on standard output, and what is wrong with the others on
 * standard error.
 *
 * @returns 0 when every product was scored, 1 otherwise.
 * @throws UsageError for a bad command line or a file that cannot be read.
 */
export async function runScore(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === 'help') {
    process.stdout.write(SCORE_HELP);
    return 0;
  }
  const input = await openInput(options.file);
  const progress = startProgress(input.bytes, options.progress);
  const format = scoreFormat(options.format, options.stages);
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
      throw unreadable(input.name, error);
    }
  }

  let scored = 0;
  let refused = 0;
  await print(format.head);
  const items = readProducts(countedChunks(), {
    format: options.from ?? formatOfName(options.file),
    onUnknownColumns: (columns) => {
      if (!options.quiet) sayWrong(1, `colonnes ignorées : ${columns.join(', ')}`);
    },
  });
  for await (const item of items) {
    const outcome = 'fault' in item ? [item.message] : scoreOrFaults(item.line, item.product, options.stages);
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
  if (options.quiet) return refused === 0 ? 0 : 1;
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

function readOptions(args: readonly string[]): ScoreOptions | 'help' {
  const { values, positionals } = parseCommandLine(args);
  if (values.help === true) return 'help';
  if (positionals.length > 1) throw new UsageError('one file is expected; join several with "cat"');
  const file = positionals[0] ?? '-';
  if (positionals.length === 0 && process.stdin.isTTY === true) {
    throw new UsageError('a file is expected, or products on standard input');
  }
  const quiet = values.quiet === true;
  return {
    file,
    format: oneOf(SCORE_FORMATS, values.format ?? 'table', '--format'),
    from: values.from === undefined ? undefined : oneOf(FILE_FORMATS, values.from, '--from'),
    stages: values.stages === true,
    progress: values.progress === true ? 'always' : quiet ? 'never' : 'auto',
    quiet,
  };
}

function parseCommandLine(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: 'string' },
        from: { type: 'string' },
        stages: { type: 'boolean' },
        progress: { type: 'boolean' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function oneOf<Name extends string>(names: readonly Name[], value: string, option: string): Name {
  const name = names.find((known) => known === value);
  if (name === undefined) {
    throw new UsageError(`${option}: expected one of ${names.join(', ')}; received ${JSON.stringify(value)}`);
  }
  return name;
}

interface Input {
  /** As shown before the line number of an error. */
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly bytes: number | undefined;
}

async function openInput(file: string): Promise<Input> {
  if (file === '-') return { name: 'stdin', chunks: process.stdin, bytes: undefined };
  try {
    const handle: FileHandle = await open(file);
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new Error('it is a folder');
    return { name: file, chunks: handle.createReadStream(), bytes: stats.isFile() ? stats.size : undefined };
  } catch (error) {
    throw unreadable(file, error);
  }
}

const unreadable = (name: string, error: unknown) =>
  new UsageError(`cannot read ${name}: ${systemMessage(error as NodeJS.ErrnoException)}`);

/** Prints on standard output, no faster than it is read. */
async function print(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}
