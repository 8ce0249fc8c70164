import { Worker } from 'node:worker_threads';
import type { TrainingOutcome, TrainingProgress } from '@ecobalyse/impact-models';
import type { TrainingMessage, TrainingWork } from './training-thread.js';

/**
 * Trains in a thread of its own, so that the event loop goes on renewing the lock of the job.
 *
 * @throws the reason of the signal when it is aborted, which ends the thread.
 */
export async function trainInThread(
  work: TrainingWork,
  onProgress: (progress: TrainingProgress) => void,
  signal: AbortSignal,
): Promise<TrainingOutcome> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('../bundle/training-thread.js', import.meta.url), { workerData: work });
  const stop = () => void thread.terminate();
  signal.addEventListener('abort', stop);
  try {
    return await new Promise<TrainingOutcome>((resolve, reject) => {
      thread.on('message', (message: TrainingMessage) => {
        if (message.kind === 'outcome') resolve(message.outcome);
        else onProgress(message.progress);
      });
      thread.on('error', reject);
      thread.on('exit', (code) => reject(signal.reason ?? new Error(`the training thread ended with code ${code}`)));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
}
