import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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

/**
 * Starts a built service.
 *
 * @param script - its bundle, relative to the project's root.
 */
export function startService(
  script: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): ServiceProcess {
  const child = spawn(process.execPath, [...V8_FLAGS, '--enable-source-maps', root + script, ...args], {
    // A folder without .env: the settings of a developer's machine must not decide a test.
    cwd: '/',
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
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

/** The real simulator on a free port. */
export interface TestSimulator {
  /** Address of the Ecobalyse API. */
  readonly apiUrl: string;
  readonly process: ServiceProcess;
  close(): Promise<void>;
}

export async function startTestSimulator(port?: number): Promise<TestSimulator> {
  const listenOn = port ?? (await freePort());
  const address = `http://127.0.0.1:${listenOn}`;
  const process = startService('services/simulator/bundle/main.js', { SIMULATOR_PORT: String(listenOn) });
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
