import { UnreadableModelError } from '@ecobalyse/impact-models';
import { OutdatedProductError } from '@ecobalyse/product-scoring';
import { TooManyWritersError } from '@ecobalyse/store';
import { TrackingError } from '@ecobalyse/tracking';
import { MongoServerError, MongoServerSelectionError } from 'mongodb';
import { expect, it } from 'vitest';
import { FAILURES } from './failures.js';

it.each([
  [new TrackingError('x'), 'registry_away'],
  [new UnreadableModelError('x'), 'model_unreadable'],
  [new TooManyWritersError('x'), 'overloaded'],
  [new OutdatedProductError('x'), 'overloaded'],
  [new MongoServerSelectionError('x', {} as never), 'database_away'],
  [new MongoServerError({ code: 11_000 }), undefined],
  [new Error('x'), undefined],
])('%s is told as %s', (error, code) => expect(FAILURES.find(({ when }) => when(error))?.code).toBe(code));
