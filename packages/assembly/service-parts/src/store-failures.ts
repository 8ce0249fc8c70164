import type { FailureAnswer } from '@ecobalyse/http-kit';
import { isStoreFull, isStoreUnavailable } from '@ecobalyse/store';

/** What every service answers when the database does not do its part. */
export const STORE_FAILURES: readonly FailureAnswer[] = [
  {
    when: isStoreFull,
    status: 507,
    code: 'database_full',
    detail: 'The database has no room left on its disk: nothing was stored',
  },
  {
    when: isStoreUnavailable,
    status: 503,
    code: 'database_away',
    detail: 'The database cannot be reached, try again in a few seconds',
    retryAfter: 5,
  },
];
