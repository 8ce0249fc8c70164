import { type FailureAnswer, isA } from '@ecobalyse/http-kit';
import { UnreadableModelError } from '@ecobalyse/impact-models';
import { STORE_FAILURES } from '@ecobalyse/service-parts';
import { TrackingError } from '@ecobalyse/tracking';

/** What the API answers to errors of what it works with. */
export const FAILURES: readonly FailureAnswer[] = [
  { when: isA(TrackingError), code: 'registry_away' },
  { when: isA(UnreadableModelError), code: 'model_unreadable' },
  ...STORE_FAILURES,
];
