import { TOO_LARGE, type Workbook, type WorkbookReader } from '@ecobalyse/product-files';
import type { FastifyInstance } from 'fastify';
import { openProcess, ProcessEndedError } from './processes.js';

/** A workbook that needs more is refused, and takes nobody else's memory or time. */
const LIMITS = { memoryMb: 768, timeoutMs: 45_000, idleMs: 30_000 };

/** Reads workbooks in a process, one after the other: each would keep every other request waiting for seconds. */
export function openWorkbookProcess(app: FastifyInstance): WorkbookReader {
  const inProcess = openProcess<Uint8Array, Workbook>(app, 'workbook-worker', LIMITS);
  return (bytes) =>
    inProcess(bytes).catch((error: unknown) => {
      if (error instanceof ProcessEndedError) return { fault: TOO_LARGE };
      throw error;
    });
}
