import type { FileHandle } from 'node:fs/promises';
import type { TaskContext } from '@ecobalyse/pipeline';
import {
  formatOfName,
  isFileFault,
  type ReadFault,
  type ReadProduct,
  readProducts,
  unreadHeaders,
} from '@ecobalyse/product-files';
import type { AddingParts } from '@ecobalyse/product-scoring';
import type { TaskResult } from '@ecobalyse/schema';
import {
  FileError,
  type FileNote,
  type FileReport,
  fileAway,
  hasChanged,
  isFiledAway,
  openListed,
  type WaitingFile,
  waitingFiles,
} from './product-folder.js';
import { addRows, ROWS_AT_ONCE, reasonsIn } from './product-rows.js';

export interface IngestOptions {
  folder: string;
  /** A file that changed less than so long ago may still be being copied. */
  settleMs: number;
}

type Context = Pick<TaskContext, 'payload' | 'signal' | 'progress' | 'log'>;

/** What adds the products; so many of them are scored at once. */
type Parts = AddingParts & { concurrency: number };

/** An array without its end may still be being copied; one that stays so for this long never will be. */
const UNCLOSED_FOR_GOOD_MS = 3_600_000;
/** Files that are named in the summary of a run, at most. */
const MAX_NOTES = 50;

/**
 * Adds the products of one file: rows that are refused are reported, the others added.
 *
 * @returns undefined when the file is not whole yet, in which case it stays where it is.
 * @throws FileError when the file cannot be read, or upstream fails on a product of it; AddingInterruptedError, which fails
 * the task: the file stays, and what was added already is known the next time.
 */
async function addFile(
  file: WaitingFile,
  handle: FileHandle,
  { payload: { runId }, signal }: Context,
  parts: Parts,
): Promise<FileReport | undefined> {
  const report: FileReport = {
    file: file.name,
    processedAt: new Date().toISOString(),
    runId,
    products: 0,
    added: 0,
    alreadyThere: 0,
    refused: [],
    ignoredColumns: [],
    notRead: null,
  };
  let failedOn: FileError | undefined;
  let waiting: (ReadProduct | ReadFault)[] = [];
  async function addWaiting(): Promise<void> {
    const items = waiting;
    waiting = [];
    const rows = items.map((item) => ({
      line: item.line,
      ...('fault' in item ? { fault: item.message } : { product: item.product }),
    }));
    // The version of the file is in the name: one that is written over in the same run is another.
    const insertedBy = `${runId}/${file.name}/${file.changedMs}#${report.products}`;
    for (const [at, outcome] of (await addRows(rows, insertedBy, parts, signal)).entries()) {
      const { line } = items[at] as ReadProduct;
      report.products += 1;
      if ('ecs' in outcome) report[outcome.status === 'added' ? 'added' : 'alreadyThere'] += 1;
      else if (outcome.status === 'refused') report.refused.push({ line, reasons: reasonsIn(outcome, 'en') });
      else failedOn ??= new FileError(`line ${line}: ${reasonsIn(outcome, 'en').join('; ')}`);
    }
  }

  const items = readProducts(readable(handle.createReadStream({ autoClose: false })), {
    format: formatOfName(file.name),
    onHeader: ({ columns, missing }) => {
      if (missing.length === 0) report.ignoredColumns = unreadHeaders(columns);
    },
  });
  let isUnclosed = false;
  for await (const item of items) {
    signal.throwIfAborted();
    isUnclosed =
      'fault' in item && item.fault === 'unclosed-array' && Date.now() - file.changedMs < UNCLOSED_FOR_GOOD_MS;
    if (isUnclosed) break;
    if ('fault' in item && isFileFault(item)) report.notRead = `line ${item.line}: ${item.message.en}`;
    waiting.push(item);
    if (waiting.length === ROWS_AT_ONCE) await addWaiting();
  }
  await addWaiting();
  if (failedOn) throw failedOn;
  return isUnclosed || (await hasChanged(file).catch(ofFile)) ? undefined : report;
}

function unlessFiledAway(error: unknown): 'filed away' {
  if (isFiledAway(error)) return 'filed away';
  throw new FileError(error);
}

function ofFile(error: unknown): never {
  throw new FileError(error);
}

/** Errors of the reading are the file's, unlike those of what is done with its products. */
async function* readable(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw new FileError(error);
  }
}

/**
 * The task "add products": adds every product of the folder's files. A processed file is moved to
 * `processed/` with a report beside it; one that is still being copied waits for the next run. A file with which something is
 * wrong is named in the summary, and stays; it keeps nothing else from going on.
 */
export async function addFolder(
  context: Context,
  parts: Parts,
  { folder, settleMs }: IngestOptions,
): Promise<TaskResult<'add-products'>> {
  const summary = { files: 0, added: 0, alreadyThere: 0, refused: 0, leftForNextRun: 0 };
  const notes: string[] = [];
  const note = async ({ name, reason }: FileNote): Promise<void> => {
    notes.push(`${name}: ${reason}`);
    await context.log(`${name}: ${reason}`);
  };
  const leave = async ({ name }: WaitingFile): Promise<void> => {
    summary.leftForNextRun += 1;
    await note({ name, reason: 'still being copied, left for the next run' });
  };

  const found = await waitingFiles(folder);
  for (const each of found.notes) await note(each);
  const totalBytes = found.files.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;

  async function process(file: WaitingFile): Promise<void> {
    // Its time has parts of a millisecond, and may be ahead.
    if (Math.max(0, Date.now() - file.changedMs) < settleMs) return leave(file);
    const handle = await openListed(file).catch(unlessFiledAway);
    if (handle === 'filed away') return;
    if (!handle) return leave(file);
    // Open until the file is filed away: as long as it is, no other file can be taken for it.
    try {
      await addOpen(file, handle);
    } finally {
      await handle.close();
    }
  }

  async function addOpen(file: WaitingFile, handle: FileHandle): Promise<void> {
    const report = await addFile(file, handle, context, parts);
    if (!report) return leave(file);
    if (!(await fileAway(folder, file, report).catch(ofFile))) return leave(file);
    doneBytes += file.size;
    await context.progress(doneBytes, totalBytes);
    const { added, alreadyThere, refused, products, notRead } = report;
    summary.files += 1;
    summary.added += added;
    summary.alreadyThere += alreadyThere;
    summary.refused += refused.length;
    await context.log(`${file.name}: ${added} added, ${alreadyThere} already there, ${refused.length} refused`);
    if (notRead !== null) await note({ name: file.name, reason: notRead });
    else if (products === 0) await note({ name: file.name, reason: 'no product in it' });
  }

  for (const file of found.files) {
    context.signal.throwIfAborted();
    await process(file).catch(async (error: unknown) => {
      if (!(error instanceof FileError)) throw error;
      await note({ name: file.name, reason: error.message });
    });
  }
  const more = notes.length - MAX_NOTES;
  const shown = more > 0 ? [...notes.slice(0, MAX_NOTES), `and ${more} more, in the log`] : notes;
  return { ...summary, ...(shown.length > 0 && { notes: shown }) };
}
