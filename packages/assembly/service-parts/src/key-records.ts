import { randomUUID } from 'node:crypto';
import type { AuditLine } from '@ecobalyse/schema';
import type { Logger } from '@ecobalyse/service-kit';
import {
  type AuditLineDocument,
  addAuditLines,
  addKeyUses,
  expireKeyRecords,
  type KeyUse,
  type Store,
} from '@ecobalyse/store';
import type { FastifyInstance } from 'fastify';
import { keepDoing } from './keep-doing.js';

const FLUSH_MS = 5000;
const EXPIRY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Lines that wait for the database at most: the log has them all. */
const MOST_WAITING = 10_000;

/** What is kept of the use of keys. */
export interface KeyRecords {
  readonly keepAudit: (line: AuditLine) => void;
  /**
   * Writes what is kept every few seconds and once more when the service closes.
   *
   * @param options - `countsUse`: whether requests count as use of their keys; not those of a service that the API passes them on to.
   */
  follow(app: Pick<FastifyInstance, 'addHook'>, options?: { countsUse: boolean }): void;
}

interface RecordsOptions {
  store: Store;
  logger: Pick<Logger, 'debug' | 'warn'>;
  /** Days after which records are removed; null for a service that leaves that to another. */
  auditKeepDays?: number | null | undefined;
}

/** Opens the records of keys. No request waits for them; while the database is away they wait, within bounds. */
export function openKeyRecords({ store, logger, auditKeepDays = 400 }: RecordsOptions): KeyRecords {
  let lines: AuditLineDocument[] = [];
  let uses = new Map<string, KeyUse>();
  let dropped = 0;
  let kept = 0;
  const instance = randomUUID();

  function count(key: string, status: number, more: number): void {
    const last_at = new Date();
    const day = last_at.toISOString().slice(0, 10);
    const { requests = 0, refused = 0, products = 0 } = uses.get(`${key} ${day}`) ?? {};
    uses.set(`${key} ${day}`, {
      key,
      day,
      requests: requests + 1,
      refused: refused + (status >= 400 ? 1 : 0),
      products: products + more,
      last_at,
    });
  }

  async function flush(): Promise<void> {
    const [someLines, someUses] = [lines, uses];
    lines = [];
    uses = new Map();
    try {
      await addAuditLines(store, someLines);
    } catch (err) {
      lines = [...someLines, ...lines];
      logger.debug({ err }, 'audit lines are kept later');
    }
    try {
      await addKeyUses(store, [...someUses.values()]);
    } catch (err) {
      for (const [at, { requests, refused, products = 0, ...use }] of someUses) {
        const now = uses.get(at);
        uses.set(at, {
          ...use,
          ...now,
          requests: requests + (now?.requests ?? 0),
          refused: refused + (now?.refused ?? 0),
          products: products + (now?.products ?? 0),
        });
      }
      logger.debug({ err }, 'the use of keys is kept later');
    }
    if (dropped > 0) logger.warn({ dropped }, 'audit lines that only the log has: the database is away for too long');
    dropped = 0;
  }

  let expireAt = 0;
  async function flushAndExpire(): Promise<void> {
    await flush();
    if (auditKeepDays === null || Date.now() < expireAt) return;
    expireAt = Date.now() + EXPIRY_MS;
    await expireKeyRecords(store, new Date(Date.now() - auditKeepDays * DAY_MS)).catch((err: unknown) =>
      logger.debug({ err }, 'old records of keys are removed later'),
    );
  }

  return {
    keepAudit(line) {
      if (lines.length >= MOST_WAITING) {
        dropped += 1;
        return;
      }
      // In the order in which they came, also within a millisecond.
      kept += 1;
      const _id = `${line.at} ${String(kept).padStart(12, '0')} ${instance}`;
      lines.push({ _id, ...line, at: new Date(line.at) });
    },
    follow(app, { countsUse } = { countsUse: true }) {
      app.addHook('onResponse', (request, reply, done) => {
        if (countsUse && request.caller) count(request.caller.name, reply.statusCode, request.products ?? 0);
        done();
      });
      keepDoing(app, flushAndExpire, FLUSH_MS, flush);
    },
  };
}
