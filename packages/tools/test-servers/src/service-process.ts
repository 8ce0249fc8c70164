import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { waitUntil } from './wait-until.js';

/** Flags of V8 for processes that take part in a test, as the test's own worker has them (vitest.config.ts). */
export const V8_FLAGS: readonly string[] = process.env.TEST_V8_FLAGS?.split(' ') ?? [];

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A built service that runs as its own process. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** Everything it has written so far. */
  output(): string;
  /** Ends it and resolves with its exit code, null when a signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Ends a process with the one that started it, however that ends: its standard input is closed then. */
const ENDS_WITH_US = ['--import', 'data:text/javascript,process.stdin.on("end",()=>process.exit()).resume()'];

/**
 * Starts a built service.
 *
 * @param script - its bundle, relative to the project's root.
 * @param isLeft - nobody ends it: it ends with this process, and does not keep it.
 */
export function startService(
  script: string,
  env: Record<string, string>,
  args: readonly string[] = [],
  isLeft = false,
): ServiceProcess {
  const flags = [...V8_FLAGS, ...(isLeft ? ENDS_WITH_US : [])];
  const child = spawn(process.execPath, [...flags, '--enable-source-maps', root + script, ...args], {
    // A folder without .env: the settings of a developer's machine must not decide a test.
    cwd: '/',
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...env },
    stdio: [isLeft ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  if (isLeft) for (const one of [child, ...child.stdio]) (one as Socket | null)?.unref();
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return {
    child,
    output: () => text,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      return child.exitCode;
    },
  };
}

/** A real simulator for whoever only asks it. */
export interface SharedSimulator {
  /** Address of the Ecobalyse API. */
  readonly apiUrl: string;
}

/** The real simulator on a free port. */
export interface TestSimulator extends SharedSimulator {
  readonly process: ServiceProcess;
  close(): Promise<void>;
}

export async function startTestSimulator(port?: number, isLeft = false): Promise<TestSimulator> {
  const listenOn = port ?? (await freePort());
  const address = `http://127.0.0.1:${listenOn}`;
  const process = startService('services/simulator/bundle/main.js', { SIMULATOR_PORT: String(listenOn) }, [], isLeft);
  await waitUntil(
    `the simulator answers (${process.output()})`,
    async () => (await fetch(`${address}/health/ready`)).ok,
  );
  return {
    apiUrl: `${address}/api`,
    process,
    close: async () => void (await process.end()),
  };
}

let shared: Promise<SharedSimulator> | undefined;

/** The real simulator for all that one process tests, started once: for tests that only ask it. It ends with the process. */
export function sharedTestSimulator(): Promise<SharedSimulator> {
  shared ??= startTestSimulator(undefined, true);
  return shared;
}
