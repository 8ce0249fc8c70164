import type { ProductJob } from '@ecobalyse/store';
import { expect, it } from 'vitest';
import { isOpen, JOB_EVENTS } from './product-job-view.js';

it.each<[ProductJob['status'], boolean]>([
  ['queued', true],
  ['running', true],
  ['done', false],
  ['failed', false],
  ['cancelled', false],
])('a job that is %s is open: %s; it is followed for as long', (status, open) => {
  const job = { status } as ProductJob;
  expect([isOpen(job), JOB_EVENTS.isOver(job)]).toEqual([open, !open]);
});
