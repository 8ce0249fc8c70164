import type { Store } from '../connection.js';
import type { MigrationReport } from '../stored-documents.js';

/**
 * Changes a database that is there already. It may be killed at any moment and is then done again, so doing it twice ends in
 * the same; it reads and writes in batches.
 */
export type Migration = (store: Store, signal: AbortSignal) => Promise<MigrationReport>;
