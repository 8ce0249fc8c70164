import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Piscina } from 'piscina';

/** Whether as many tasks wait for threads already as may. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error && /task queue is at limit/i.test(error.message);

/** Threads that run one of the API's bundled workers, started when they are first needed, and ended with the API. */
export function openThreads<Task, Outcome>(
  app: FastifyInstance,
  worker: string,
  options: Omit<NonNullable<ConstructorParameters<typeof Piscina>[0]>, 'filename'>,
): (task: Task) => Promise<Outcome> {
  // From the source and from the build alike, it is the bundle that a thread can run.
  const filename = fileURLToPath(new URL(`../bundle/${worker}.js`, import.meta.url));
  let threads: Promise<Piscina<Task, Outcome>> | undefined;
  app.addHook('onClose', async () => (await threads)?.destroy());
  const open = async () => {
    const { Piscina } = await import('piscina');
    return new Piscina<Task, Outcome>({ filename, execArgv: [], minThreads: 0, recordTiming: false, ...options });
  };
  return async (task) => {
    threads ??= open();
    return (await threads).run(task);
  };
}
