import { setImmediate as nextTurn } from 'node:timers/promises';
import { BSON, type Document, type FindCursor } from 'mongodb';

/**
 * Documents of one answer. Few, since each answer has to come within the socket's two minutes, however slow the disk: on an
 * embedded server whose file is larger than the memory, every document may be a wait for it. More make nothing faster.
 */
export const READ_BATCH = 100;

/**
 * Batches of a cursor. Documents come as BSON (`raw: true`) and are read only after the next batch was asked for, so that the server
 * works on it meanwhile.
 */
export async function* rawBatchesOf<T>(
  cursor: FindCursor,
  read: (documents: Uint8Array[]) => T,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  let more: Promise<boolean> | undefined;
  try {
    more = cursor.hasNext();
    while (await more) {
      signal?.throwIfAborted();
      const batch = cursor.readBufferedDocuments() as Uint8Array[];
      more = cursor.hasNext();
      // Awaited after the caller is done with the batch: until then a failure is nobody's.
      more.catch(() => undefined);
      // The request leaves before reading keeps this thread busy.
      await nextTurn();
      yield read(batch);
    }
  } finally {
    // A batch that is on its way would leave the cursor open.
    await more?.catch(() => undefined);
    await cursor.close();
  }
}

/** The same, as objects. */
export const batchesOf = <T extends Document>(cursor: FindCursor, signal?: AbortSignal): AsyncGenerator<T[]> =>
  rawBatchesOf(cursor, (documents) => documents.map((document) => BSON.deserialize(document) as T), signal);
