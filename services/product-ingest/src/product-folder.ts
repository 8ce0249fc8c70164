import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatOfName } from '@ecobalyse/product-files';

const PROCESSED = 'processed';
/** Names that programs give to files which they are still writing. */
const UNFINISHED_NAME = /^\.|~$|\.(part|tmp|crdownload|filepart)$/i;

/** A file that waits to be added. */
export interface WaitingFile {
  name: string;
  path: string;
  size: number;
  /** Time of the last change. */
  mtimeMs: number;
}

/** What became of the products of a file; written beside it. */
export interface FileReport {
  file: string;
  processedAt: string;
  runId: string;
  products: number;
  added: number;
  alreadyThere: number;
  refused: { line: number; reasons: string[] }[];
  /** Columns of a CSV file that are not fields of a product. */
  ignoredColumns: string[];
}

/** The files of products in a folder, oldest first; the folder is created when there is none. */
export async function waitingFiles(folder: string): Promise<WaitingFile[]> {
  await mkdir(join(folder, PROCESSED), { recursive: true });
  const entries = await readdir(folder, { withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && !UNFINISHED_NAME.test(entry.name) && formatOfName(entry.name) !== undefined)
      .map(async ({ name }): Promise<WaitingFile[]> => {
        const path = join(folder, name);
        try {
          const { size, mtimeMs } = await stat(path);
          return [{ name, path, size, mtimeMs }];
        } catch (error) {
          if (isFiledAway(error)) return [];
          throw error;
        }
      }),
  );
  return files.flat().sort((a, b) => a.mtimeMs - b.mtimeMs || a.name.localeCompare(b.name));
}

/** Whether an error means that another worker has filed the file away meanwhile: its products are added all the same. */
export function isFiledAway(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Whether a file has been written to since it was listed. */
export async function hasChanged({ path, size, mtimeMs }: WaitingFile): Promise<boolean> {
  try {
    const now = await stat(path);
    return now.size !== size || now.mtimeMs !== mtimeMs;
  } catch (error) {
    if (isFiledAway(error)) return false;
    throw error;
  }
}

/**
 * Moves a file that was processed out of the way and writes its report beside it. The report comes first: a file that
 * was moved always has one.
 */
export async function fileAway(folder: string, { name, path }: WaitingFile, report: FileReport): Promise<void> {
  const stamp = report.processedAt.replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z');
  const target = join(folder, PROCESSED, `${stamp}-${report.runId.slice(0, 8)}-${name}`);
  const reportFile = `${target}.report.json`;
  await writeFile(`${reportFile}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  await rename(`${reportFile}.tmp`, reportFile);
  try {
    await rename(path, target);
  } catch (error) {
    if (!isFiledAway(error)) throw error;
  }
}
