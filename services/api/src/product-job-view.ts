import type { ProductJobView } from '@ecobalyse/schema';
import type { ProductJob } from '@ecobalyse/store';

/** A job as the API tells of it. */
export function productJobView(job: ProductJob): ProductJobView {
  const { _id, status, file, planned, done, added, changed, existing, refused, failed, createdBy, error } = job;
  return {
    id: _id,
    status: status as ProductJobView['status'],
    file,
    planned,
    done,
    added,
    // Jobs of before have none.
    changed: changed ?? 0,
    existing,
    refused,
    failed,
    unread_columns: [...(job.unreadColumns ?? [])],
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    ended_at: job.endedAt?.toISOString() ?? null,
    created_by: createdBy,
    catalogue: job.catalogue ?? null,
    error,
  };
}

/** Whether a job goes on: what is not over may still change. */
export const isOpen = ({ status }: Pick<ProductJob, 'status'>): boolean => status === 'queued' || status === 'running';

/** How a job is followed. */
export const JOB_EVENTS = {
  view: productJobView,
  isOver: (job: ProductJob): boolean => !isOpen(job),
  changed: 'progress',
  ended: 'end',
} as const;
