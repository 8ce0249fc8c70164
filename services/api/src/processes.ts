import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RefusedError } from '@ecobalyse/http-kit';
import type { FastifyInstance } from 'fastify';
import type { TaskAnswer } from './answer-tasks.js';

/** A process that ended before it had an answer: it needed more memory or time than it may take. */
export class ProcessEndedError extends Error {
  override readonly name = 'ProcessEndedError';
}

/** Tasks that wait: each takes seconds at the worst, and what it is of is held meanwhile. */
const MOST_WAITING = 20;

export interface ProcessLimits {
  /** Heap that it may take, in MB. */
  readonly memoryMb: number;
  /** Longest that a task may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Without a task for so long it ends, in milliseconds. */
  readonly idleMs: number;
}

/**
 * A process for the tasks of one of the API's bundled workers, one after the other, started when it is first needed. It takes
 * what strangers send and a library reads as a whole: a thread that grows faster than V8 looks at its limit ends its whole process.
 *
 * @returns what does a task. @throws ProcessEndedError when the task took more than it may.
 * @throws RefusedError (`overloaded`) when too many wait.
 */
export function openProcess<Task, Outcome>(
  app: FastifyInstance,
  worker: string,
  { memoryMb, timeoutMs, idleMs }: ProcessLimits,
): (task: Task) => Promise<Outcome> {
  const program = fileURLToPath(new URL(`../bundle/${worker}.js`, import.meta.url));
  let running: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  app.addHook('onClose', async () => running?.kill('SIGKILL'));

  function start(): ChildProcess {
    const child = fork(program, {
      execArgv: [`--max-old-space-size=${memoryMb}`],
      serialization: 'advanced',
      // What V8 writes as it ends is told by the error.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.unref();
    child.channel?.unref();
    return child
      .once('exit', () => {
        if (running === child) running = undefined;
      })
      .on('error', () => child.kill('SIGKILL'));
  }

  async function work(task: Task): Promise<Outcome> {
    clearTimeout(idle);
    running ??= start();
    const child = running;
    // One that is about to end takes no further task.
    const end = () => {
      if (running === child) running = undefined;
      child.kill('SIGKILL');
    };
    const late = setTimeout(end, timeoutMs);
    const ended = () => child.emit('message', null);
    const answer = await new Promise<TaskAnswer<Outcome> | null>((resolve) => {
      child.once('message', resolve as (message: unknown) => void).once('exit', ended);
      child.send(task as object, (error) => error && ended());
    }).finally(() => {
      clearTimeout(late);
      child.removeListener('exit', ended);
      idle = setTimeout(end, idleMs).unref();
    });
    if (!answer) throw new ProcessEndedError(`${worker} took more memory or time than it may`);
    if ('failed' in answer) throw answer.failed;
    return answer.outcome;
  }

  return (task) => {
    if (waiting > MOST_WAITING) return Promise.reject(new RefusedError('overloaded'));
    waiting += 1;
    const done = last
      .then(() => work(task))
      .finally(() => {
        waiting -= 1;
      });
    last = done.catch(() => undefined);
    return done;
  };
}
