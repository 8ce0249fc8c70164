import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FolderInUse, lockDirectory } from '@ecobalyse/embedded-mongo/directory-lock';
import { z } from 'zod';
import { replaceFile } from './replace-file.js';

const pid = z.number().int().positive();
/** A process, told from a later one that was given the same id by when it started. */
const processIdentity = z.object({ pid, started: z.string() });
type ProcessIdentity = z.output<typeof processIdentity>;

/** What a launcher writes down so that the next one can clean up after a launcher that was killed. */
const runningProcesses = z.object({
  launcher: processIdentity,
  parts: z.array(processIdentity.extend({ name: z.string() })),
});
type RunningProcesses = z.output<typeof runningProcesses>;

/** Version of how the data folder is laid out; a change that older code could not work on raises it. */
const FOLDER_VERSION = 1;
const STALE_STOP_MS = 10_000;
/** Without their servers, parts wait for what cannot come: there is nothing that they could hand back. */
const STALE_STOP_ALONE_MS = 1000;
const POLL_MS = 50;

/** The folder that holds everything npm start writes. */
export interface DataFolder {
  readonly path: string;
  readonly mongodb: string;
  readonly redis: string;
  /** Files of products that are dropped here are added. */
  readonly products: string;
  /** Notes which processes run. */
  record(parts: readonly { name: string; pid: number | undefined }[]): void;
  /** Gives Redis an empty folder and keeps the one it had beside it; gives its new name, or undefined if it was empty. */
  setRedisAside(): string | undefined;
  /** Notes that none runs any more. */
  release(): void;
}

const START_TIME_FIELD = 22;

/** When a process started, in the words of the system; undefined when it does not run. */
export function processStart(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      // The second field, the program's name, is in brackets and may hold spaces.
      const [, afterName = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\) )/s);
      const fields = afterName.split(' ');
      // One that has ended, and that nobody has asked about: a bare container has no init.
      return /^[ZX]/.test(fields[0] ?? '') ? undefined : fields[START_TIME_FIELD - 3];
    } catch {
      return undefined;
    }
  }
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || undefined;
}

const runs = ({ pid, started }: ProcessIdentity): boolean => processStart(pid) === started;

const identify = (pid: number): ProcessIdentity[] => {
  const started = processStart(pid);
  return started === undefined ? [] : [{ pid, started }];
};

/** A process that has ended meanwhile needs no signal. */
function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function stopStale(parts: RunningProcesses['parts'], print: (line: string) => void): Promise<void> {
  const alive = () => parts.filter(runs);
  for (const { name, pid } of alive()) {
    print(`stopping ${name} (process ${pid}), left behind by a start that was killed`);
    signalTo(pid, 'SIGTERM');
  }
  const servers = parts.filter(({ name }) => name === 'mongodb' || name === 'redis');
  const deadline = performance.now() + (servers.every(runs) ? STALE_STOP_MS : STALE_STOP_ALONE_MS);
  while (alive().length > 0 && performance.now() < deadline) await wait(POLL_MS);
  for (const { pid } of alive()) signalTo(pid, 'SIGKILL');
}

/** What a fault of the file system means for who chose the folder. */
const FOLDER_FAULTS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of it is a file, not a folder',
  ENOENT: 'no folder can be made there',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is read-only',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'the disk is full',
};

function folderFault(setting: string, path: string, error: unknown): Error {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new Error(`${setting}: ${path} cannot be used: ${FOLDER_FAULTS[code] ?? message}`);
}

/** Makes a folder and those above it. That of Node.js never ends below /proc, where nobody can make a folder. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Makes a folder that a setting names, and sees that it can be written to. */
function makeWritable(setting: string, path: string): void {
  try {
    makeFolder(path);
    const probe = join(path, `.write-${process.pid}`);
    writeFileSync(probe, setting);
    rmSync(probe);
  } catch (error) {
    throw folderFault(setting, path, error);
  }
}

/** Which processes the last launcher noted; undefined when there is no note, or none that can be read. */
function readNote(file: string, print: (line: string) => void): RunningProcesses | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return runningProcesses.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    print(`${file} cannot be read, as after a power cut: taken as left behind`);
    return undefined;
  }
}

/** @throws Error when newer code has written to the folder. */
function checkVersion(file: string, print: (line: string) => void): void {
  if (existsSync(file)) {
    const version = Number(readFileSync(file, 'utf8').trim() || Number.NaN);
    if (version > FOLDER_VERSION) {
      throw new Error(
        `DATA_DIR: ${dirname(file)} was written by a newer version of the platform (its version is ${version}, this code knows ${FOLDER_VERSION}): update the code, or set DATA_DIR to another folder`,
      );
    }
    if (version === FOLDER_VERSION) return;
    if (Number.isNaN(version)) print(`${file} cannot be read: taken as version ${FOLDER_VERSION}`);
  }
  replaceFile(file, `${FOLDER_VERSION}\n`);
}

/**
 * Takes the data folder for this launcher, creating it when needed and stopping what a killed launcher left behind.
 *
 * @param reset - deletes the data of the embedded parts first.
 * @param products - folder of files of products, when it is not the one in the data folder.
 * @throws Error when another launcher runs on it, when it cannot be used, or when newer code has written to it.
 */
export async function takeDataFolder(
  path: string,
  reset: boolean,
  print: (line: string) => void,
  products?: string,
): Promise<DataFolder> {
  makeWritable('DATA_DIR', path);
  const file = join(path, 'processes.json');
  const runsAlready = (who = '') =>
    new Error(`the platform runs already on ${path}${who}: stop it, or set DATA_DIR to another folder`);
  // The lock ends with this process, however it ends, and tells two launchers apart that start at the same moment.
  const unlock = await lockDirectory(path, 'launcher').catch((error: unknown) => {
    if (error instanceof FolderInUse) return undefined;
    throw error;
  });
  const note = readNote(file, print);
  if (note && runs(note.launcher)) {
    unlock?.();
    throw runsAlready(` (process ${note.launcher.pid})`);
  }
  if (!unlock) throw runsAlready();
  const version = join(path, 'version');
  try {
    // Such folders may be those of other servers, as in /var/lib.
    if (reset && !existsSync(version) && ['mongodb', 'redis'].some((name) => existsSync(join(path, name)))) {
      throw new Error(
        `--reset: DATA_DIR: ${path} was not written by the platform, which leaves ${version}: nothing is deleted`,
      );
    }
    checkVersion(version, print);
  } catch (error) {
    unlock();
    throw (error as NodeJS.ErrnoException).syscall ? folderFault('DATA_DIR', version, error) : error;
  }

  const mongodb = join(path, 'mongodb');
  const redis = join(path, 'redis');
  let told = false;
  const folder: DataFolder = {
    path,
    mongodb,
    redis,
    products: products ?? join(path, 'products'),
    record(parts) {
      const [launcher] = identify(process.pid);
      if (!launcher) throw new Error('this process does not find itself among those that run');
      const running: RunningProcesses = {
        launcher,
        parts: parts.flatMap(({ name, pid }) =>
          pid === undefined ? [] : identify(pid).map((part) => ({ name, ...part })),
        ),
      };
      try {
        replaceFile(file, JSON.stringify(running));
        told = false;
      } catch (error) {
        // A full disk must not end the launcher, which would leave its parts behind.
        if (!told) print(`${file} cannot be written: ${(error as Error).message}`);
        told = true;
      }
    },
    setRedisAside() {
      if (readdirSync(redis).length === 0) return undefined;
      const aside = `${redis}.damaged-${new Date().toISOString().replaceAll(':', '')}`;
      renameSync(redis, aside);
      makeFolder(redis);
      return aside;
    },
    release() {
      rmSync(file, { force: true });
      unlock();
    },
  };
  try {
    await stopStale(note?.parts ?? [], print);
    if (reset) for (const data of [mongodb, redis]) rmSync(data, { recursive: true, force: true });
    for (const data of [mongodb, redis]) makeWritable('DATA_DIR', data);
    makeWritable(products === undefined ? 'DATA_DIR' : 'PRODUCTS_FOLDER', folder.products);
  } catch (error) {
    folder.release();
    throw error;
  }
  return folder;
}
