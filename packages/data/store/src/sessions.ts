import type { Store } from './connection.js';

/** A person who logged in on the pipelines' page; it is there until they log out, however many services there are. */
export interface Session {
  /** Hash of what the cookie holds. */
  _id: string;
  /** Whose key was given, and its hash then: a session ends with its key. */
  name: string;
  keyHash: string;
  expiresAt: Date;
}

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
