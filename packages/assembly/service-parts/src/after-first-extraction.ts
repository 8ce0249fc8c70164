import { setTimeout as wait } from 'node:timers/promises';
import type { TaskHandler } from '@ecobalyse/pipeline';
import type { TaskName } from '@ecobalyse/schema';
import { isFirstExtraction, type Store } from '@ecobalyse/store';

const POLL_MS = 1000;

/** A task that reads the stored data: while they are extracted for the first time it waits, since it would read a part of them. */
export function afterFirstExtraction<Name extends TaskName>(
  store: Store,
  handler: TaskHandler<Name>,
): TaskHandler<Name> {
  return async (context) => {
    if (await isFirstExtraction(store)) {
      await context.log('waits for the end of the first extraction: there is only a part of the data');
      while (await isFirstExtraction(store)) await wait(POLL_MS, undefined, { signal: context.signal });
    }
    return handler(context);
  };
}
