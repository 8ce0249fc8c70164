import type { FailureAnswer } from '@ecobalyse/http-kit';
import { isStoreFull, isStoreUnavailable } from '@ecobalyse/store';

/** What every service answers when the database does not do its part. */
export const STORE_FAILURES: readonly FailureAnswer[] = [
  { when: isStoreFull, code: 'database_full' },
  { when: isStoreUnavailable, code: 'database_away' },
];
