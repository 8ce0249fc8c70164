import { fileURLToPath } from 'node:url';
import { TOO_LARGE, type WorkbookReader } from '@ecobalyse/product-files';
import type { FastifyInstance } from 'fastify';
import { Piscina } from 'piscina';

/** From the source and from the build alike, it is the bundle that a thread can run. */
const WORKER = fileURLToPath(new URL('../bundle/workbook-worker.js', import.meta.url));
const IDLE_TIMEOUT_MS = 30_000;
/** A workbook that needs more is refused, and takes nobody else's memory. */
const MOST_MEMORY_MB = 768;

/** Reads workbooks in a thread, one after the other: each would keep every other request waiting for seconds. */
export function openWorkbookThread(app: FastifyInstance): WorkbookReader {
  const thread = new Piscina<Uint8Array, Awaited<ReturnType<WorkbookReader>>>({
    filename: WORKER,
    execArgv: [],
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_TIMEOUT_MS,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    recordTiming: false,
  });
  app.addHook('onClose', () => thread.destroy());
  return (bytes) =>
    thread.run(bytes).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return { fault: TOO_LARGE };
      throw error;
    });
}
