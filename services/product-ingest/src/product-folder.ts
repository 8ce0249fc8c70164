import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { endingOf, FILE_ENDINGS } from '@ecobalyse/product-files';

const PROCESSED = 'processed';
/** Names that programs give to files which they are still writing, and to those of their own. */
const HIDDEN_NAME = /^\.|~$|^~\$/;
const UNFINISHED_NAME = /\.(part|tmp|crdownload|filepart)$/i;

/** A name that is longer than so many bytes is cut in `processed/`, where more is added to it; 255 bytes is the most. */
const MAX_NAME_BYTES = 150;
const CUT_NAME_CHARACTERS = 30;

/** A file that waits to be added. */
export interface WaitingFile {
  name: string;
  path: string;
  size: number;
  /** Time of the last change that is not in the future: files keep the times of the machine that they come from. */
  changedMs: number;
  /** Differs whenever the file is written to or another one takes its place, be it of the same size. */
  seen: Seen;
}

/** A file that is not added, and why. */
export interface FileNote {
  name: string;
  reason: string;
}

/** What became of the products of a file; written beside it. */
export interface FileReport {
  file: string;
  processedAt: string;
  runId: string;
  products: number;
  added: number;
  alreadyThere: number;
  refused: { line: number; reasons: readonly string[] }[];
  /** Columns of a CSV file that are not fields of a product. */
  ignoredColumns: string[];
  /** Why the file was not read to its end; null when it was. */
  notRead: string | null;
}

/** By how much the clock of a shared disk may be ahead, and that of a local one by fractions of a millisecond. */
const CLOCKS_APART_MS = 60_000;

/** Something is wrong with one file: the others go on. */
export class FileError extends Error {
  override readonly name = 'FileError';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The stats of a file by which is known whether it has changed since. */
type Seen = Pick<Awaited<ReturnType<typeof lstat>>, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>;
const contentOf = ({ dev, ino, size, mtimeMs }: Seen): string => [dev, ino, size, mtimeMs].join(':');
/** The last time is also that of a change of the name. */
const versionOf = (seen: Seen): string => `${contentOf(seen)}:${seen.ctimeMs}`;

async function look(folder: string, name: string): Promise<WaitingFile | FileNote | undefined> {
  const note = (reason: string): FileNote => ({ name, reason });
  const path = join(folder, name);
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return note('a link, left alone');
    if (stats.isDirectory()) return note('a folder, left alone');
    if (!stats.isFile()) return note('no regular file, left alone');
    if (UNFINISHED_NAME.test(name)) return note('still being copied, by its name');
    if (endingOf(name) === undefined) {
      return note(`left alone: its name ends with none of ${FILE_ENDINGS.map((ending) => `.${ending}`).join(', ')}`);
    }
    const now = Date.now();
    const changedMs = [stats.mtimeMs, stats.ctimeMs].find((time) => time <= now + CLOCKS_APART_MS) ?? 0;
    return { name, path, size: stats.size, changedMs, seen: stats };
  } catch (error) {
    // A name that is no UTF-8 is listed with other characters than it has.
    if (name.includes('\ufffd')) return note('left alone: its name is not UTF-8');
    return isFiledAway(error) ? undefined : note((error as Error).message);
  }
}

/**
 * The files of products in a folder, oldest first, and what else is in it; the folder is created when there is none.
 *
 * @throws when the folder cannot be used.
 */
export async function waitingFiles(folder: string): Promise<{ files: WaitingFile[]; notes: FileNote[] }> {
  await mkdir(folder, { recursive: true });
  try {
    await mkdir(join(folder, PROCESSED), { recursive: true });
  } catch (error) {
    const reason = `no file is added: there is no place to put it (${(error as Error).message})`;
    return { files: [], notes: [{ name: PROCESSED, reason }] };
  }
  const names = (await readdir(folder)).filter((name) => name !== PROCESSED && !HIDDEN_NAME.test(name));
  const found = (await Promise.all(names.map((name) => look(folder, name)))).filter((one) => one !== undefined);
  const notes = found.filter((one) => 'reason' in one);
  const files = found.filter((one) => 'path' in one);
  return {
    files: files.sort((a, b) => a.changedMs - b.changedMs || a.name.localeCompare(b.name)),
    notes: notes.sort((a, b) => a.name.localeCompare(b.name)),
  };
}

/** Whether an error means that another worker has filed the file away meanwhile: its products are added all the same. */
export function isFiledAway(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/**
 * Opens a file that was listed. What has taken its place since, such as a link or a pipe that nobody writes to, is neither
 * followed nor waited for.
 *
 * @returns undefined when it is not the file that was listed any more.
 */
export async function openListed(file: WaitingFile): Promise<FileHandle | undefined> {
  const handle = await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const isSame = await handle.stat().then(
    (stats) => versionOf(stats) === versionOf(file.seen),
    () => false,
  );
  if (isSame) return handle;
  await handle.close();
  return undefined;
}

/** Whether a file has been written to, or replaced, since it was listed. */
export async function hasChanged({ path, seen }: WaitingFile): Promise<boolean> {
  try {
    return versionOf(await lstat(path)) !== versionOf(seen);
  } catch (error) {
    if (isFiledAway(error)) return false;
    throw error;
  }
}

/** A name short enough to be added to: one that is cut keeps its ending, and bears a hash to stay different from others. */
function shortName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${[...name].slice(0, CUT_NAME_CHARACTERS).join('')}~${hash}${extname(name)}`;
}

/** Puts a file back that was taken, unless there is a newer one in its place already; that is not asked where no links can be. */
async function putBack(taken: string, path: string): Promise<void> {
  await link(taken, path).then(
    () => rm(taken),
    (error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? rm(taken) : rename(taken, path)),
  );
}

/**
 * Moves a file, also to another device. Only what was taken can be compared with what was read: until then another file may
 * take its place.
 *
 * @returns false when there is another file now, or it was written to: it stays.
 */
async function move({ path, seen }: WaitingFile, target: string): Promise<boolean> {
  let taken = target;
  await rename(path, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    taken = join(dirname(path), `.${basename(target)}`);
    return rename(path, taken);
  });
  let isMoved = false;
  try {
    if (contentOf(await lstat(taken)) !== contentOf(seen)) return false;
    if (taken !== target) {
      await copyFile(taken, `${target}.tmp`);
      await rename(`${target}.tmp`, target);
      await rm(taken);
    }
    isMoved = true;
    return true;
  } finally {
    if (!isMoved) await putBack(taken, path);
  }
}

/**
 * Moves a file that was processed out of the way and writes its report beside it. The report comes first: a file that
 * was moved always has one.
 *
 * @returns false when another file has taken its place, or it was written to, since it was read: it stays.
 */
export async function fileAway(folder: string, file: WaitingFile, report: FileReport): Promise<boolean> {
  const { name } = file;
  const stamp = report.processedAt.replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z');
  const target = join(folder, PROCESSED, `${stamp}-${report.runId.slice(0, 8)}-${shortName(name)}`);
  const reportFile = `${target}.report.json`;
  await mkdir(join(folder, PROCESSED), { recursive: true });
  await writeFile(`${reportFile}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  await rename(`${reportFile}.tmp`, reportFile);
  // A file that stays comes again, with another report.
  const takeReportBack = () => rm(reportFile, { force: true });
  try {
    if (await move(file, target)) return true;
  } catch (error) {
    if (isFiledAway(error)) return true;
    await takeReportBack();
    throw error;
  }
  await takeReportBack();
  return false;
}
