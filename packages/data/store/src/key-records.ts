import type { Filter } from 'mongodb';
import type { Store } from './connection.js';
import { patternOf } from './impact-filter.js';
import type { ApiKeyDay, AuditLineDocument } from './stored-documents.js';

/** What is kept of the use of keys: requests by key and day, and a line for each write. */

export type KeyUse = Omit<ApiKeyDay, '_id'>;

/** Adds requests to the days of their keys. */
export async function addKeyUses(store: Store, uses: readonly KeyUse[]): Promise<void> {
  if (uses.length === 0) return;
  await store.collection('api_key_days').bulkWrite(
    uses.map(({ key, day, requests, refused, products = 0, last_at }) => ({
      updateOne: {
        filter: { _id: `${key} ${day}` },
        update: { $setOnInsert: { key, day }, $inc: { requests, refused, products }, $max: { last_at } },
        upsert: true,
      },
    })),
    { ordered: false },
  );
}

/** Days of keys from one on, of one key or of all, the oldest first. @param from - such as 2026-12-31. */
export const listKeyUses = (store: Store, from: string, key?: string): Promise<KeyUse[]> =>
  store
    .collection('api_key_days')
    .find({ day: { $gte: from }, ...(key === undefined ? {} : { key }) }, { projection: { _id: 0 } })
    .sort({ key: 1, day: 1 })
    .toArray();

/** Keeps lines; those that are kept already, by a try whose answer was lost, stay. */
export async function addAuditLines(store: Store, lines: readonly AuditLineDocument[]): Promise<void> {
  if (lines.length === 0) return;
  await store.collection('audit_lines').bulkWrite(
    lines.map(({ _id, ...line }) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: line }, upsert: true } })),
    { ordered: false },
  );
}

export interface AuditFilter {
  readonly key?: string | undefined;
  readonly method?: string | undefined;
  /** A part of it. */
  readonly route?: string | undefined;
  /** A part of it. */
  readonly subject?: string | undefined;
  readonly status?: number | undefined;
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
}

function auditQueryOf({ from, to, route, subject, ...equal }: AuditFilter): Filter<AuditLineDocument> {
  const containing = (text: string) => ({ $regex: patternOf(text), $options: 'i' });
  const given = Object.entries(equal).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(route === undefined ? {} : { route: containing(route) }),
    ...(subject === undefined ? {} : { subject: containing(subject) }),
    ...(from || to ? { at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } } : {}),
  };
}

/** Lines that a filter finds, the newest first. */
export const findAuditLines = (store: Store, filter: AuditFilter) =>
  store.collection('audit_lines').find(auditQueryOf(filter)).sort({ at: -1, _id: -1 });

export const countAuditLines = (store: Store, filter: AuditFilter): Promise<number> =>
  store.collection('audit_lines').countDocuments(auditQueryOf(filter));

/** Forgets what is older than a moment. */
export async function expireKeyRecords(store: Store, before: Date): Promise<void> {
  await store.collection('audit_lines').deleteMany({ at: { $lt: before } });
  await store.collection('api_key_days').deleteMany({ day: { $lt: before.toISOString().slice(0, 10) } });
}
