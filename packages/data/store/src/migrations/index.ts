import type { Store } from '../connection.js';
import { adoptIndexes } from './001-adopt-indexes.js';
import { completeAllDocuments } from './002-complete-documents.js';
import { writeTimesAsText } from './003-times-as-text.js';

/** What a migration did, for the log and the record: counts and names. */
export type MigrationReport = Record<string, unknown>;

/**
 * Changes a database that is there already. It may be killed at any moment and is then done again, so doing it twice ends in
 * the same; it reads and writes in batches.
 */
export type Migration = (store: Store, signal: AbortSignal) => Promise<MigrationReport>;

/** In the order in which they are done. Names are for ever: the database remembers them. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-adopt-indexes': adoptIndexes,
  '002-complete-documents': completeAllDocuments,
  '003-times-as-text': writeTimesAsText,
};
