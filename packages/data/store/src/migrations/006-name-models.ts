import type { ModelCheck, ModelWatch } from '../stored-documents.js';
import type { Migration } from './migration.js';

/** What the only model that was checked until then is called. */
const nameOf = (version: number) => `ecobalyse_model/${version}`;

/** Checks of a model, and what they say of it, are known by its name, too: others have versions of the same number. */
export const nameModels: Migration = async (store) => {
  const checks = store.collection('model_checks');
  const watches = store.collection('model_watches');
  // A few hundred for each version that was in production.
  const former = await checks
    .find({ model: { $exists: false } })
    .project<Omit<ModelCheck, 'model'> & { version: number }>({})
    .toArray();
  for (const { _id, version, ...check } of former) {
    const model = nameOf(version);
    const named = `${model}:${check.md5_id}`;
    await checks.updateOne({ _id: named }, { $set: { model, ...check } }, { upsert: true });
    await checks.deleteOne({ _id });
  }
  const unnamed = { version: { $exists: false } };
  for (const { _id: version, ...watch } of await watches
    .find(unnamed)
    .project<Omit<ModelWatch, '_id'> & { _id: number }>({})
    .toArray())
    await watches.updateOne({ _id: nameOf(version) }, { $set: { ...watch, version } }, { upsert: true });
  await watches.deleteMany(unnamed);
  return { checksNamed: former.length };
};
