import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, V8_FLAGS, waitUntil } from '@ecobalyse/test-servers';

export const START = fileURLToPath(new URL('../scripts/start.mjs', import.meta.url));
const run = promisify(execFile);

/** A folder and ports of its own for a platform, which `npm start` fills and finds again. */
export interface Place {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly apiUrl: string;
  readonly orchestratorUrl: string;
  readonly mongodbUri: string;
  remove(): Promise<void>;
}

export async function newPlace(settings: Record<string, string> = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-e2e-'));
  // The first start would make one: tests connect before.
  const password = 'a-password-of-this-place';
  await mkdir(join(folder, '.data'), { mode: 0o700 });
  await writeFile(join(folder, '.data', 'password'), password);
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const [api, mongodb, redis, simulator, orchestrator] = ports;
  return {
    folder,
    env: {
      API_PORT: String(api),
      EMBEDDED_MONGO_PORT: String(mongodb),
      EMBEDDED_REDIS_PORT: String(redis),
      SIMULATOR_PORT: String(simulator),
      ORCHESTRATOR_PORT: String(orchestrator),
      TASK_RETRY_DELAY_MS: '500',
      // Models that learn little and quickly: whether they are good is asked elsewhere.
      TRAINING_EFFORT: '0.01',
      TRAINING_DESIGN: '50',
      JOB_LOCK_MS: '3000',
      ...settings,
    },
    apiUrl: `http://127.0.0.1:${api}`,
    orchestratorUrl: `http://127.0.0.1:${orchestrator}`,
    mongodbUri: `mongodb://ecobalyse:${password}@127.0.0.1:${mongodb}/?directConnection=true&authSource=admin`,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What `npm start` runs, as a process. */
export interface Launched {
  output(): string;
  /** Waits for a text in the output; fails when the process ends without it. */
  says(text: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Process ids of the parts that run. */
  pids(): Promise<Record<string, number>>;
  signal(signal: NodeJS.Signals): void;
  exit: Promise<number | null>;
}

export function launch(place: Place, ...args: string[]): Launched {
  const child = spawn(process.execPath, [...V8_FLAGS, START, ...args], {
    cwd: place.folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const has = (wanted: string | RegExp) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
  return {
    output: () => text,
    async says(wanted, timeoutMs = 60_000) {
      await waitUntil(
        `the platform says ${wanted}`,
        () => {
          if (has(wanted) || child.exitCode === null) return has(wanted);
          throw new Error(`it ended instead: ${text}`);
        },
        timeoutMs,
      ).catch((error: unknown) => {
        throw new Error(`${error}\n${text}`);
      });
    },
    async pids() {
      const file = join(place.folder, '.data', 'processes.json');
      const { parts } = JSON.parse(await readFile(file, 'utf8')) as { parts: { name: string; pid: number }[] };
      return Object.fromEntries(parts.map(({ name, pid }) => [name, pid]));
    },
    signal: (signal) => void child.kill(signal),
    exit,
  };
}

/** The key that the first start wrote into `.env`. */
export async function apiKeyOf(place: Place): Promise<string> {
  const text = await readFile(join(place.folder, '.env'), 'utf8');
  const key = /^API_KEY=(.+)$/m.exec(text)?.[1];
  if (!key) throw new Error(`no API_KEY in .env: ${text}`);
  return key;
}

/** Runs curl, as a user of the contract does; gives status and body. */
export async function curl(...args: string[]): Promise<{ status: number; body: string }> {
  const { stdout } = await run('curl', [
    '--silent',
    '--show-error',
    '--max-time',
    '20',
    '--write-out',
    '\n%{http_code}',
    ...args,
  ]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) };
}

/** Whether a process runs; one that has ended, and that nobody has asked about, does not: a bare container has no init. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
