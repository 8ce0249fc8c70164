import type { Document } from 'mongodb';
import type { Store } from './connection.js';
import type { ReferenceName } from './reference-data.js';

/** A reference list as upstream gave it, in the order of its key; empty before the first extraction. */
export function listReference(store: Store, name: ReferenceName): Promise<Document[]> {
  const key = name === 'countries' || name === 'impacts_documentation' ? 'code' : 'id';
  return store.db
    .collection(name)
    .find({}, { projection: { _id: 0 } })
    .sort({ [key]: 1 })
    .toArray();
}
