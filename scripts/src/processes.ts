import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';

/** A process of the platform. */
export interface Part {
  name: string;
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Resolves when the part answers; rejects while it does not yet. */
  ready?: () => Promise<unknown>;
}

/** A part that runs and is started again when it dies. */
export interface RunningPart {
  readonly name: string;
  pid(): number | undefined;
  /** Resolves when the part answers. */
  waitUntilReady(): Promise<void>;
  /** SIGTERM, and SIGKILL when it does not end in time. */
  stop(): Promise<void>;
  /** SIGKILL, without waiting for the end. */
  kill(): void;
}

const COLOURS = ['cyan', 'magenta', 'green', 'yellow', 'blue'] as const;
const PREFIX_WIDTH = 14;
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;
const RESTART_DELAY_MS = 300;
const MAX_DEATHS = 5;
const DEATHS_WINDOW_MS = 60_000;

export interface SupervisorOptions {
  /** Writes one line of output. */
  print: (line: string) => void;
  /** A part died too often: the platform cannot go on. */
  onGivenUp: (reason: string) => void;
  /** The set of running processes changed. */
  onChange: () => void;
  /** A process that has not ended so long after SIGTERM is killed. */
  stopTimeoutMs: number;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Starts a part in a process group of its own, so that the Ctrl-C of a terminal reaches the launcher alone, which stops
 * the parts in order. A part that dies is started again, unless it does so again and again.
 */
export function startPart(part: Part, index: number, options: SupervisorOptions): RunningPart {
  const { print, onGivenUp, onChange, stopTimeoutMs } = options;
  const prefix = styleText(COLOURS[index % COLOURS.length] ?? 'white', part.name.padEnd(PREFIX_WIDTH));
  let stopping = false;
  let failure: Error | undefined;
  let deaths: number[] = [];
  let lastLine = '';
  let everReady = part.ready === undefined;
  let child = start();

  function start(): ChildProcess {
    const started = spawn(part.command, part.args, {
      env: { ...process.env, ...part.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [started.stdout, started.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lastLine = line;
        print(`${prefix} │ ${line}`);
      });
    }
    started.once('error', (error) => ended(started, error.message));
    started.once('exit', (code, signal) => ended(started, signal ? `signal ${signal}` : `exit code ${code}`));
    return started;
  }

  function ended(which: ChildProcess, how: string): void {
    onChange();
    if (stopping || which !== child) return;
    const now = Date.now();
    deaths = [...deaths.filter((time) => now - time < DEATHS_WINDOW_MS), now];
    // A part that never answered has nothing to recover: its own last line says what is wrong.
    if (deaths.length > MAX_DEATHS || !everReady) {
      failure = new Error(`${part.name} ended (${how})${lastLine ? `: ${lastLine}` : ''}`);
      onGivenUp(failure.message);
      return;
    }
    print(`${prefix} │ ended (${how}): starting it again`);
    setTimeout(() => {
      if (stopping) return;
      child = start();
      onChange();
    }, RESTART_DELAY_MS);
  }

  return {
    name: part.name,
    pid: () => (hasEnded(child) ? undefined : child.pid),

    async waitUntilReady() {
      const deadline = Date.now() + READY_TIMEOUT_MS;
      let reason: unknown;
      while (part.ready && Date.now() < deadline) {
        if (failure) throw failure;
        try {
          await part.ready();
          everReady = true;
          return;
        } catch (error) {
          reason = error;
          await wait(READY_POLL_MS);
        }
      }
      if (part.ready) throw new Error(`${part.name} did not answer within ${READY_TIMEOUT_MS / 1000} s: ${reason}`);
    },

    async stop() {
      stopping = true;
      if (hasEnded(child) || child.pid === undefined) return;
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const killer = setTimeout(() => {
        print(`${prefix} │ did not stop in ${stopTimeoutMs / 1000} s: killed`);
        child.kill('SIGKILL');
      }, stopTimeoutMs);
      await exited;
      clearTimeout(killer);
    },

    kill() {
      stopping = true;
      child.kill('SIGKILL');
    },
  };
}
