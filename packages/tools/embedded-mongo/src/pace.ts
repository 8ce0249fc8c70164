import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail } from './errors.js';

/** A command gives way to the others after so many milliseconds. */
export const TURN_MS = 10;

/** Whoever waits goes on one after the other, and between two of them the sockets are served. */
let line: Promise<void> = Promise.resolve();

/** How a command shares the process's one thread: it works in turns, and ends when its time is up or nobody waits for it. */
export interface Pace {
  /** When its time is up (milliseconds since the epoch). */
  deadline: number;
  /** Whether nobody waits for the answer any more. */
  isAbandoned: () => boolean;
  /** Begins a turn. */
  restart(): void;
  /** Whether the turn has lasted long enough. */
  isDue(): boolean;
  /** Lets the others go on when the turn has lasted long enough. @throws CommandError 50, 11601 */
  giveWay(): Promise<void>;
}

export function createPace(deadline = Number.POSITIVE_INFINITY, isAbandoned = (): boolean => false): Pace {
  let since = performance.now();
  const pace: Pace = {
    deadline,
    isAbandoned,
    restart(): void {
      since = performance.now();
    },
    isDue: () => performance.now() - since >= TURN_MS,
    async giveWay(): Promise<void> {
      if (pace.isDue()) {
        line = line.then(() => nextTurn());
        await line;
        pace.restart();
      }
      if (pace.isAbandoned()) fail(11601, 'operation was interrupted: nobody waits for it any more');
      if (Date.now() > pace.deadline) fail(50, 'operation exceeded time limit');
    },
  };
  return pace;
}

/** What cannot give way, such as the tests of one document, may take so long. */
const MAX_STRETCH_MS = 1000;
let stretch: { since: number; cpu: NodeJS.CpuUsage } | undefined;

/** Whether this process itself worked for a part of some time: on a busy machine the rest was that of others. */
export function hasWorked(before: NodeJS.CpuUsage, ms: number): boolean {
  const { user, system } = process.cpuUsage(before);
  return user + system > (ms * 1000) / 5;
}

/** To be called by work that cannot give way. @throws CommandError 50 when it has kept all others waiting for too long */
export function checkStretch(): void {
  const now = performance.now();
  if (stretch === undefined) {
    stretch = { since: now, cpu: process.cpuUsage() };
    setImmediate(() => {
      stretch = undefined;
    });
  } else if (now - stretch.since > MAX_STRETCH_MS && hasWorked(stretch.cpu, MAX_STRETCH_MS)) {
    fail(50, `operation exceeded time limit: one document takes more than ${MAX_STRETCH_MS} ms`);
  }
}
