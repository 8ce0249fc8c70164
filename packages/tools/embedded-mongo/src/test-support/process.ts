import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { removeFolder, temporaryFolder } from './database.js';

export const SERVER_MAIN = fileURLToPath(new URL('../../bundle/main.js', import.meta.url));

/** Of the test's own worker (vitest.config.ts). */
const V8_FLAGS = process.env.TEST_V8_FLAGS?.split(' ') ?? [];

export interface ServerProcess {
  readonly uri: string;
  readonly child: ChildProcess;
  /** What the process wrote to its error output so far. */
  errors(): string;
  /** Sends a signal and waits for the end; gives the exit code, or null after a deadly signal. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts a command whose server says where it listens.
 * @throws Error with its error output when it ends before
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const said = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const uri = /^listening on (mongodb:\S+)/.exec(line)?.[1];
      if (uri) resolve(uri);
    });
  });
  const uri = await Promise.race([said, exited.then(() => undefined)]);
  if (uri === undefined) throw new Error(`the server ended with code ${child.exitCode}: ${errors}`);
  return {
    uri,
    child,
    errors: () => errors,
    async end(signal) {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}

/** Starts the embedded server as a process of its own. */
export function startServer(dir: string, ...more: string[]): Promise<ServerProcess> {
  return startProcess(process.execPath, [...V8_FLAGS, SERVER_MAIN, '--dir', dir, '--port', '0', ...more]);
}

/** Options of clients of a server that is there. */
export const CLIENT = { serverSelectionTimeoutMS: 60_000, connectTimeoutMS: 60_000 };

export interface Servers {
  /** A folder of the running test. */
  readonly dir: string;
  /** Starts a server on the folder. */
  start(...more: string[]): Promise<ServerProcess>;
  /** Takes care of the end of a server that was started otherwise. */
  adopt(server: ServerProcess): void;
}

/** A folder for each test, and servers on it that end with the test. */
export function useServers(): Servers {
  let dir: string;
  const running: ServerProcess[] = [];
  beforeEach(() => {
    dir = temporaryFolder();
  });
  afterEach(async () => {
    for (const server of running.splice(0)) if (server.child.exitCode === null) await server.end('SIGKILL');
    removeFolder(dir);
  });
  return {
    get dir() {
      return dir;
    },
    async start(...more) {
      const server = await startServer(dir, ...more);
      running.push(server);
      return server;
    },
    adopt(server) {
      running.push(server);
    },
  };
}
