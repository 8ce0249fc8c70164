import type { Store } from './connection.js';
import type { ApiKeyDocument } from './stored-documents.js';

const keysOf = (store: Store) => store.collection('api_keys');

/** Every key by its name, the revoked and expired ones too. */
export async function listApiKeys(store: Store): Promise<ApiKeyDocument[]> {
  return keysOf(store)
    .find({}, { projection: { _id: 0 } })
    .sort({ name: 1 })
    .toArray();
}

/**
 * Adds a key.
 *
 * @returns false when there is, or was, a key of that name: a name stays its owner's, so that logs stay unambiguous.
 */
export async function addApiKey(
  store: Store,
  key: Omit<ApiKeyDocument, 'created_at' | 'revoked_at'>,
): Promise<boolean> {
  const { name, ...rest } = key;
  const { upsertedCount } = await keysOf(store).updateOne(
    { name },
    { $setOnInsert: { ...rest, created_at: new Date() } },
    { upsert: true },
  );
  return upsertedCount === 1;
}

/** Revokes a key for good; false when no such key is in force. */
export async function revokeApiKey(store: Store, name: string): Promise<boolean> {
  const { modifiedCount } = await keysOf(store).updateOne(
    { name, revoked_at: { $exists: false } },
    { $set: { revoked_at: new Date() } },
  );
  return modifiedCount === 1;
}

/** What a key may use; null takes a limit away, and what is undefined stays. */
export interface QuotaChange {
  readonly requests_per_minute?: number | null | undefined;
  readonly products_per_day?: number | null | undefined;
}

/** Changes what a key may use; false when no such key is in force. */
export async function limitApiKey(store: Store, name: string, quota: QuotaChange): Promise<boolean> {
  const given = Object.entries(quota).filter(([, limit]) => limit !== undefined);
  const taken = given.filter(([, limit]) => limit === null).map(([field]) => [field, '']);
  const { matchedCount } = await keysOf(store).updateOne(
    { name, revoked_at: { $exists: false } },
    {
      // Even where nothing is set an update has to do something.
      $set: { name, ...Object.fromEntries(given.filter(([, limit]) => limit !== null)) },
      ...(taken.length > 0 && { $unset: Object.fromEntries(taken) }),
    },
  );
  return matchedCount === 1;
}

/**
 * Puts another key in a key's place, with the same name and role.
 *
 * @param expiresAt - when the new key expires; never, when it is undefined.
 * @returns false when no such key is in force.
 */
export async function rotateApiKey(store: Store, name: string, hash: string, expiresAt?: Date): Promise<boolean> {
  const { modifiedCount } = await keysOf(store).updateOne(
    { name, revoked_at: { $exists: false } },
    {
      $set: { hash, created_at: new Date(), ...(expiresAt && { expires_at: expiresAt }) },
      ...(!expiresAt && { $unset: { expires_at: '' } }),
    },
  );
  return modifiedCount === 1;
}
