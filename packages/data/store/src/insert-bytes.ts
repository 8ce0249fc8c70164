import { type Collection, type Document, MongoServerError } from 'mongodb';
// @ts-expect-error: a file of the driver's own, which has no types.
import commands from 'mongodb/lib/cmap/commands.js';

/** One command holds up to 48 MB, and a document up to 16 MB. */
const INSERTED_BYTES = 16_000_000;

/** Documents as the driver takes those that are bytes already. */
interface Sequence {
  push(document: object, bytes: Uint8Array): number;
}
const { DocumentSequence } = commands as { DocumentSequence: new (field: string) => Sequence };

/**
 * Inserts documents that are BSON, in no order ([decision 43](../../../../docs/decisions/043-documents-as-bytes.md)).
 *
 * @param isExpected - faults of single documents that are none to the caller.
 */
export async function insertBytes<T extends Document>(
  { db, collectionName, writeConcern }: Collection<T>,
  documents: Iterable<Uint8Array>,
  isExpected: (fault: Document) => boolean = () => false,
): Promise<void> {
  const left = documents[Symbol.iterator]();
  for (let next = left.next(); !next.done; ) {
    const sequence = new DocumentSequence('documents');
    for (let size = 0; !next.done && size < INSERTED_BYTES; next = left.next())
      size = sequence.push(next.value, next.value);
    const reply: Document = await db.command({
      insert: collectionName,
      documents: sequence,
      ordered: false,
      ...(writeConcern && { writeConcern }),
    });
    const faults: readonly Document[] = [reply.writeErrors ?? [], reply.writeConcernError ?? []].flat();
    const fault = faults.find((one) => !isExpected(one));
    if (fault) throw new MongoServerError(fault);
  }
}
