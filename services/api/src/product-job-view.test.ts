import type { ProductJob } from '@ecobalyse/store';
import { expect, it } from 'vitest';
import { isOpen, JOB_EVENTS, productJobView } from './product-job-view.js';

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

it('a job is told with what was done, by whom and when; one of an earlier version without what that did not keep', () => {
  const [createdAt, startedAt, endedAt] = [1, 2, 3].map((second) => new Date(second * 1000)) as [Date, Date, Date];
  const job = {
    ...{ _id: 'the job', status: 'done', file: { name: 'a.csv', format: 'csv', bytes: 7 }, planned: 21, done: 20 },
    ...{ added: 1, changed: 2, existing: 3, refused: 4, failed: 5, unreadColumns: ['Ville'], createdBy: 'erp' },
    ...{ createdAt, startedAt, endedAt, catalogue: 'spring', error: 'an error', updatedAt: new Date(), chunks: 1 },
  } as unknown as ProductJob;
  const told = {
    ...{ id: 'the job', status: 'done', file: { name: 'a.csv', format: 'csv', bytes: 7 }, planned: 21, done: 20 },
    ...{ added: 1, changed: 2, existing: 3, refused: 4, failed: 5, unread_columns: ['Ville'], created_by: 'erp' },
    ...{ created_at: '1970-01-01T00:00:01.000Z', started_at: '1970-01-01T00:00:02.000Z' },
    ...{ ended_at: '1970-01-01T00:00:03.000Z', catalogue: 'spring', error: 'an error' },
  };
  expect(productJobView(job)).toEqual(told);
  const { changed: _changed, unreadColumns: _unread, catalogue: _catalogue, ...earlier } = job;
  expect(productJobView({ ...earlier, startedAt: null, endedAt: null } as never)).toEqual({
    ...told,
    ...{ changed: 0, unread_columns: [], catalogue: null, started_at: null, ended_at: null },
  });
});
