import type { Store } from './connection.js';
import type { Session } from './stored-documents.js';

/** Begins a session; those that expired are forgotten meanwhile. */
export async function beginSession(store: Store, session: Session): Promise<void> {
  const sessions = store.collection('sessions');
  await sessions.deleteMany({ expiresAt: { $lte: new Date() } });
  await sessions.insertOne(session);
}

export async function findSession(store: Store, id: string): Promise<Session | null> {
  return store.collection('sessions').findOne({ _id: id, expiresAt: { $gt: new Date() } });
}

export async function endSession(store: Store, id: string): Promise<void> {
  await store.collection('sessions').deleteOne({ _id: id });
}
