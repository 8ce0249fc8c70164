import { type FailureAnswer, isA } from '@ecobalyse/http-kit';
import { UnreadableModelError } from '@ecobalyse/impact-models';
import { OutdatedProductError } from '@ecobalyse/product-scoring';
import { STORE_FAILURES } from '@ecobalyse/service-parts';
import { TooManyWritersError } from '@ecobalyse/store';
import { TrackingError } from '@ecobalyse/tracking';

/** What the API answers to errors of what it works with. */
export const FAILURES: readonly FailureAnswer[] = [
  { when: isA(TrackingError), code: 'registry_away' },
  { when: isA(UnreadableModelError), code: 'model_unreadable' },
  // Of many writers of one product, those that never were the fastest: they have changed nothing.
  { when: isA(TooManyWritersError), code: 'overloaded' },
  { when: isA(OutdatedProductError), code: 'overloaded' },
  ...STORE_FAILURES,
];
