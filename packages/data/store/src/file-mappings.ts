import type { FileMapping } from '@ecobalyse/schema';
import type { Store } from './connection.js';
import type { StoredFileMapping } from './stored-documents.js';

/** Mappings of files that were saved by their name. They are kept as JSON: the headers that they name may hold dots and dollars. */

/** A mapping that was saved. */
export interface SavedFileMapping {
  name: string;
  mapping: FileMapping;
  updatedAt: Date;
  updatedBy: string | null;
}

const mappingsOf = (store: Store) => store.collection('file_mappings');

const read = ({ _id, mapping, ...rest }: StoredFileMapping): SavedFileMapping => ({
  name: _id,
  mapping: JSON.parse(mapping),
  ...rest,
});

/** A page of the mappings, by name, and how many there are. */
export async function listFileMappings(
  store: Store,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ total: number; items: SavedFileMapping[] }> {
  const [total, found] = await Promise.all([
    mappingsOf(store).countDocuments(),
    limit === 0 ? [] : mappingsOf(store).find().sort({ _id: 1 }).skip(offset).limit(limit).toArray(),
  ]);
  return { total, items: found.map(read) };
}

/** The mapping of that name, or null. */
export async function findFileMapping(store: Store, name: string): Promise<SavedFileMapping | null> {
  const found = await mappingsOf(store).findOne({ _id: name });
  return found && read(found);
}

/**
 * Saves a mapping, in place of the one that has its name.
 *
 * @returns null when it would be one more than `most`.
 */
export async function saveFileMapping(
  store: Store,
  { name, mapping, updatedBy }: Omit<SavedFileMapping, 'updatedAt'>,
  most: number,
): Promise<SavedFileMapping | null> {
  const others = await mappingsOf(store).countDocuments({ _id: { $ne: name } });
  if (others >= most) return null;
  const fields = { mapping: JSON.stringify(mapping), updatedAt: new Date(), updatedBy };
  await mappingsOf(store).updateOne({ _id: name }, { $set: fields }, { upsert: true });
  return read({ _id: name, ...fields });
}

/** Forgets a mapping; whether there was one. */
export const deleteFileMapping = async (store: Store, name: string): Promise<boolean> =>
  (await mappingsOf(store).deleteOne({ _id: name })).deletedCount === 1;
