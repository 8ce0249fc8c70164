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
  /** Lines of its output that are not shown: who starts the platform cannot act on them. */
  noise?: RegExp;
  /**
   * Asked once when the part ends before it answers, with its last lines: mends what keeps it from starting and says what
   * it did, or gives undefined.
   */
  mend?: (lastLines: string) => string | undefined;
}

/** A part that runs and is started again when it dies. */
export interface RunningPart {
  readonly name: string;
  pid(): number | undefined;
  /** Resolves when the part answers. */
  waitUntilReady(): Promise<void>;
  /** SIGTERM, and SIGKILL when it does not end in time. */
  stop(timeoutMs: number): Promise<void>;
  /** SIGKILL, without waiting for the end. */
  kill(): void;
}

const COLOURS = ['cyan', 'magenta', 'green', 'yellow', 'blue'] as const;
const PREFIX_WIDTH = 14;
/** A part that runs is waited for, since one that fails ends by itself; on a busy machine a start takes its time. */
const READY_TIMEOUT_MS = 180_000;
const SAY_THAT_IT_TAKES_LONG_MS = 20_000;
const READY_POLL_MS = 50;
/** The wait before a part is started again doubles with each death, up to the longest. */
const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 15_000;
/** A part that ran so long before it died is no part that dies again and again. */
const STEADY_MS = 20_000;
const KEPT_LINES = 20;

export interface SupervisorOptions {
  /** Writes one line of output. */
  print: (line: string) => void;
  /** A part cannot be started at all: the platform cannot go on. */
  onGivenUp: (reason: string) => void;
  /** The set of running processes changed. */
  onChange: () => void;
}

/** One process of a part, from its start to its end. */
interface Life {
  child: ChildProcess | undefined;
  startedAt: number;
  answered: boolean;
  over: boolean;
  lastLines: string[];
}

/** The last line, or that of the error where a trace and a version follow it. */
const causeIn = (lines: readonly string[]): string | undefined =>
  lines.findLast((line) => /^\w*Error( \[\w+\])?: /.test(line)) ?? lines.at(-1);

const pidOf = ({ child, over }: Life): number | undefined => (over ? undefined : child?.pid);

/**
 * Starts a part in a process group of its own, so that the Ctrl-C of a terminal reaches the launcher alone, which stops
 * the parts in order. A part that dies is started again for as long as the platform runs, after longer and longer waits;
 * only one that has never answered is given up.
 */
export function startPart(part: Part, index: number, options: SupervisorOptions): RunningPart {
  const { print, onGivenUp, onChange } = options;
  const prefix = styleText(COLOURS[index % COLOURS.length] ?? 'white', part.name.padEnd(PREFIX_WIDTH));
  let stopping = false;
  let failure: Error | undefined;
  let deaths = 0;
  let mendTried = false;
  let everReady = part.ready === undefined;
  let lastReason: unknown;
  let life = start();

  function start(): Life {
    const started: Life = {
      child: undefined,
      startedAt: performance.now(),
      answered: part.ready === undefined,
      over: false,
      lastLines: [],
    };
    const end = (how: string) => {
      if (started.over) return;
      started.over = true;
      ended(started, how);
    };
    try {
      const child = spawn(part.command, part.args, {
        env: { ...process.env, ...part.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      started.child = child;
      // Without a file descriptor to spare, a process has no streams.
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        createInterface({ input: stream }).on('line', (line) => {
          started.lastLines = [...started.lastLines, line].slice(-KEPT_LINES);
          if (!part.noise?.test(line)) print(`${prefix} │ ${line}`);
        });
      }
      child.once('error', (error) => end(error.message));
      // Its last lines, which tell why it ended, come before "close".
      child.once('close', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    } catch (error) {
      setImmediate(() => end((error as Error).message));
    }
    if (part.ready) void waitForAnswer(started, part.ready);
    return started;
  }

  async function waitForAnswer(started: Life, ready: () => Promise<unknown>): Promise<void> {
    while (!started.over && !stopping) {
      try {
        await ready();
        // Another process may answer at its address.
        if (started.over) return;
        started.answered = true;
        mendTried = false;
        if (everReady) print(`${prefix} │ answers again`);
        everReady = true;
        return;
      } catch (error) {
        lastReason = error;
        await wait(READY_POLL_MS);
      }
    }
  }

  function ended(which: Life, how: string): void {
    onChange();
    if (stopping) return;
    const mended = which.answered || mendTried ? undefined : part.mend?.(which.lastLines.join('\n'));
    if (mended !== undefined) {
      mendTried = true;
      print(`${prefix} │ ${mended}`);
    } else if (!everReady) {
      // A part that never answered has nothing to recover: its own lines say what is wrong.
      const cause = causeIn(which.lastLines);
      failure = new Error(`${part.name} ended (${how})${cause ? `: ${cause}` : ''}`);
      onGivenUp(failure.message);
      return;
    }
    deaths = performance.now() - which.startedAt > STEADY_MS ? 1 : deaths + 1;
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (deaths - 1));
    const again = deaths > 1 ? ` in ${(delay / 1000).toFixed(1)} s, having died ${deaths} times in a row` : '';
    print(`${prefix} │ ended (${how}): starting it again${again}`);
    setTimeout(() => {
      if (stopping) return;
      life = start();
      onChange();
    }, delay);
  }

  return {
    name: part.name,
    pid: () => pidOf(life),

    async waitUntilReady() {
      const from = performance.now();
      const deadline = from + READY_TIMEOUT_MS;
      let sayAt = from + SAY_THAT_IT_TAKES_LONG_MS;
      while (!everReady && !stopping) {
        if (failure) throw failure;
        if (performance.now() > sayAt) {
          sayAt += SAY_THAT_IT_TAKES_LONG_MS;
          print(`${prefix} │ does not answer yet: still waiting`);
        }
        if (performance.now() > deadline) {
          throw new Error(`${part.name} did not answer within ${READY_TIMEOUT_MS / 1000} s: ${lastReason}`);
        }
        await wait(READY_POLL_MS);
      }
    },

    async stop(timeoutMs) {
      stopping = true;
      const { child } = life;
      if (!child || pidOf(life) === undefined) return;
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      const killer = setTimeout(() => {
        print(`${prefix} │ did not stop in ${timeoutMs / 1000} s: killed`);
        child.kill('SIGKILL');
      }, timeoutMs);
      await closed;
      clearTimeout(killer);
    },

    kill() {
      stopping = true;
      life.child?.kill('SIGKILL');
    },
  };
}
