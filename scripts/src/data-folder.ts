import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A process, told from a later one that was given the same id by when it started. */
interface ProcessIdentity {
  pid: number;
  started: string;
}

/** What a launcher writes down so that the next one can clean up after a launcher that was killed. */
interface RunningProcesses {
  launcher: ProcessIdentity;
  parts: (ProcessIdentity & { name: string })[];
}

const STALE_STOP_MS = 10_000;
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
      return afterName.split(' ')[START_TIME_FIELD - 3];
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

async function stopStale(parts: RunningProcesses['parts'], print: (line: string) => void): Promise<void> {
  const alive = () => parts.filter(runs);
  for (const { name, pid } of alive()) {
    print(`stopping ${name} (process ${pid}), left behind by a start that was killed`);
    process.kill(pid, 'SIGTERM');
  }
  const deadline = Date.now() + STALE_STOP_MS;
  while (alive().length > 0 && Date.now() < deadline) await wait(POLL_MS);
  for (const { pid } of alive()) process.kill(pid, 'SIGKILL');
}

/**
 * Takes the data folder for this launcher, creating it when needed and stopping what a killed launcher left behind.
 *
 * @param reset - deletes the data of the embedded parts first.
 * @throws Error when another launcher runs on it.
 */
export async function takeDataFolder(path: string, reset: boolean, print: (line: string) => void): Promise<DataFolder> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const file = join(path, 'processes.json');
  if (existsSync(file)) {
    const { launcher, parts } = JSON.parse(readFileSync(file, 'utf8')) as RunningProcesses;
    if (runs(launcher)) {
      throw new Error(
        `the platform runs already on ${path} (process ${launcher.pid}): stop it, or set DATA_DIR to another folder`,
      );
    }
    await stopStale(parts, print);
  }
  const mongodb = join(path, 'mongodb');
  const redis = join(path, 'redis');
  if (reset) for (const folder of [mongodb, redis]) rmSync(folder, { recursive: true, force: true });
  const products = join(path, 'products');
  for (const folder of [mongodb, redis, products]) mkdirSync(folder, { recursive: true, mode: 0o700 });

  return {
    path,
    mongodb,
    redis,
    products,
    record(parts) {
      const [launcher] = identify(process.pid);
      if (!launcher) throw new Error('this process does not find itself among those that run');
      const running: RunningProcesses = {
        launcher,
        parts: parts.flatMap(({ name, pid }) =>
          pid === undefined ? [] : identify(pid).map((part) => ({ name, ...part })),
        ),
      };
      writeFileSync(file, JSON.stringify(running));
    },
    release: () => rmSync(file, { force: true }),
  };
}
