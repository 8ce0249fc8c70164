import { type FailureAnswer, isA } from '@ecobalyse/http-kit';
import { UnreadableModelError } from '@ecobalyse/impact-models';
import { STORE_FAILURES } from '@ecobalyse/service-parts';
import { TrackingError } from '@ecobalyse/tracking';
import { TooManyJobsError } from './accept-upload.js';
import { SearchRefusedError } from './cached-answer.js';

/** What the API answers to errors of what it works with. */
export const FAILURES: readonly FailureAnswer[] = [
  {
    when: isA(TrackingError),
    status: 503,
    code: 'registry_away',
    detail: 'The registry of models cannot be read, try again in a few seconds',
    retryAfter: 5,
  },
  {
    when: isA(UnreadableModelError),
    status: 503,
    code: 'model_unreadable',
    detail: 'The model is of another version of the platform: the next training replaces it',
    retryAfter: 60,
  },
  { when: isA(SearchRefusedError), status: 503, code: 'search_refused', retryAfter: 10 },
  { when: isA(TooManyJobsError), status: 429, code: 'too_many_jobs', retryAfter: 60 },
  ...STORE_FAILURES,
];
