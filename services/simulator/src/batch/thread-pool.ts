import { Worker } from 'node:worker_threads';

/** What a thread of a pool is sent, and what it must send back with the same `id`. */
export interface PoolMessage<Content> {
  readonly id: number;
  readonly content: Content;
}

/** Threads that all run the same script. */
export interface ThreadPool<Task, Result> {
  /** Has one of the threads work on a task; rejects when that thread dies of it. */
  run(task: Task): Promise<Result>;
  /** Ends the threads; tasks under way reject. */
  close(): Promise<void>;
}

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

interface Thread<Result> {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting<Result>>;
}

/**
 * A pool of at most `size` threads, each started when a task finds the others busy. A thread that dies fails its own tasks
 * and is replaced when there is need.
 *
 * Kept this small because it carries thousands of short tasks a second: piscina's bookkeeping for one task took about as
 * long as the task.
 *
 * @param script - must answer each {@link PoolMessage} with one.
 */
export function threadPool<Task, Result>(script: URL, size: number): ThreadPool<Task, Result> {
  const threads = new Set<Thread<Result>>();
  let lastId = 0;

  function startThread(): Thread<Result> {
    const thread: Thread<Result> = { worker: new Worker(script), waiting: new Map() };
    const end = (error: Error) => {
      threads.delete(thread);
      for (const { reject } of thread.waiting.values()) reject(error);
      thread.waiting.clear();
    };
    thread.worker.on('message', ({ id, content }: PoolMessage<Result>) => {
      thread.waiting.get(id)?.resolve(content);
      thread.waiting.delete(id);
    });
    thread.worker.on('error', end);
    thread.worker.on('exit', (code) => end(new Error(`a thread ended with code ${code}`)));
    threads.add(thread);
    return thread;
  }

  function leastBusyThread(): Thread<Result> {
    let chosen: Thread<Result> | undefined;
    for (const thread of threads) {
      if (chosen === undefined || thread.waiting.size < chosen.waiting.size) chosen = thread;
    }
    const isFree = chosen?.waiting.size === 0;
    return chosen === undefined || (!isFree && threads.size < size) ? startThread() : chosen;
  }

  return {
    run(task) {
      const { worker, waiting } = leastBusyThread();
      lastId += 1;
      const id = lastId;
      return new Promise<Result>((resolve, reject) => {
        worker.postMessage({ id, content: task } satisfies PoolMessage<Task>);
        waiting.set(id, { resolve, reject });
      });
    },
    async close() {
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}
