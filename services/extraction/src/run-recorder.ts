import type { RunRecorder } from '@ecobalyse/pipeline';
import { recordTaskFailed, recordTaskStarted, recordTaskSucceeded, type Store } from '@ecobalyse/store';

/** Keeps the history of runs in the store. */
export function createRunRecorder(store: Store): RunRecorder {
  return {
    started: (runId, task, attempt) => recordTaskStarted(store, runId, task, attempt),
    succeeded: (runId, task, result, last) => recordTaskSucceeded(store, runId, task, result, last),
    failed: (runId, task, error, final) => recordTaskFailed(store, runId, task, error, final),
  };
}
