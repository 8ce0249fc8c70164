import { TOO_LARGE, type Workbook, type WorkbookReader } from '@ecobalyse/product-files';
import type { FastifyInstance } from 'fastify';
import { openThreads } from './threads.js';

const IDLE_TIMEOUT_MS = 30_000;
/** A workbook that needs more is refused, and takes nobody else's memory. */
const MOST_MEMORY_MB = 768;

/** Reads workbooks in a thread, one after the other: each would keep every other request waiting for seconds. */
export function openWorkbookThread(app: FastifyInstance): WorkbookReader {
  const inThread = openThreads<Uint8Array, Workbook>(app, 'workbook-worker', {
    maxThreads: 1,
    idleTimeout: IDLE_TIMEOUT_MS,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  return (bytes) =>
    inThread(bytes).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return { fault: TOO_LARGE };
      throw error;
    });
}
