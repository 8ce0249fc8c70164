import type { ProductJobView } from '@ecobalyse/schema';
import { findProductJob, type ProductJob, type Store } from '@ecobalyse/store';

/** A job as the API tells of it. */
export function productJobView(job: ProductJob): ProductJobView {
  const { _id, status, file, planned, done, added, existing, refused, failed, createdBy, error } = job;
  return {
    id: _id,
    status: status as ProductJobView['status'],
    file,
    planned,
    done,
    added,
    existing,
    refused,
    failed,
    created_at: job.createdAt.toISOString(),
    started_at: job.startedAt?.toISOString() ?? null,
    ended_at: job.endedAt?.toISOString() ?? null,
    created_by: createdBy,
    error,
  };
}

/** Whether a job goes on: what is not over may still change. */
export const isOpen = ({ status }: Pick<ProductJob, 'status'>): boolean => status === 'queued' || status === 'running';

/** Reads a job for many streams at once: those that ask within `everyMs` share one look at the database. */
export function sharedJobReader(store: Store, everyMs: number): (id: string) => Promise<ProductJob | null> {
  const reads = new Map<string, Promise<ProductJob | null>>();
  return (id) => {
    const known = reads.get(id);
    if (known) return known;
    const read = findProductJob(store, id);
    reads.set(id, read);
    setTimeout(() => reads.delete(id), everyMs).unref();
    return read;
  };
}
