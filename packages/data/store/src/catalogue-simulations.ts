import type { FlatSource } from '@ecobalyse/product-documents';
import { type DetailedSimulation, type ImpactDocument, withZeros } from '@ecobalyse/schema';
import type { Store } from './connection.js';
import { onlyDuplicates } from './impacts.js';
import { UNKNOWN_VERSION } from './method-versions.js';
import type { KeptSimulation } from './stored-documents.js';

/**
 * The upstream's answers for products of catalogues: documents as in `impacts`, as text. They stand apart, so that no search,
 * statistic or training over `impacts` meets what belongs to somebody's catalogue; nothing is looked for in them, and a text is
 * stored in a tenth of the time of a document.
 */

const simulationsOf = (store: Store) => store.collection('catalogue_simulations');
const LOOKED_AT_ONCE = 1000;

/** An answer that is known: what a product of a catalogue is made of. */
export type Simulation = Omit<ImpactDocument, '_platform'> & { _platform: { methodVersion: string | null } };

/** An answer for the product with an identity; as JSON, where that is at hand. */
export interface NewSimulation {
  md5_id: string;
  answer: object;
  json?: string;
  methodVersion: string | null;
}

async function insertKept(store: Store, kept: readonly KeptSimulation[]): Promise<void> {
  if (kept.length === 0) return;
  await simulationsOf(store)
    .insertMany([...kept], { ordered: false })
    .catch((error: unknown) => {
      if (!onlyDuplicates(error)) throw error;
    });
}

const keptOf = ({ md5_id, answer, json, methodVersion }: NewSimulation): KeptSimulation => ({
  _id: md5_id,
  document: json ?? JSON.stringify(answer),
  method_version: methodVersion,
  created_at: new Date(),
});

/** Keeps answers; those that are there already stay. */
export const keepSimulations = (store: Store, simulations: readonly NewSimulation[]): Promise<void> =>
  insertKept(store, simulations.map(keptOf));

const formerId = (md5Id: string, version: string | null) => `${md5Id}@${version ?? UNKNOWN_VERSION}`;
const identityOf = (id: string) => id.split('@', 1)[0] as string;

/**
 * Keeps answers in the place of those by another version of the method, which stay as former ones. Doing it again ends in the same.
 */
export async function replaceSimulations(store: Store, simulations: readonly NewSimulation[]): Promise<void> {
  if (simulations.length === 0) return;
  const wanted = simulations.map(keptOf);
  const versions = new Map(wanted.map(({ _id, method_version }) => [_id, method_version]));
  const kept = await simulationsOf(store)
    .find({ _id: { $in: [...versions.keys()] } })
    .toArray();
  const former = kept.filter(({ _id, method_version }) => method_version !== versions.get(_id));
  await insertKept(
    store,
    former.map((one) => ({ ...one, _id: formerId(one._id, one.method_version) })),
  );
  await simulationsOf(store).bulkWrite(
    wanted.map(({ _id, ...replacement }) => ({ replaceOne: { filter: { _id }, replacement, upsert: true } })),
    { ordered: false },
  );
}

/** An answer that was kept, as a document; one of `impacts`, or of an earlier version, has names of the platform in itself. */
export function documentOf({ _id: id, document }: KeptSimulation): Omit<Simulation, '_platform'> {
  const _id = identityOf(id);
  const answer: DetailedSimulation & { product_id?: string } = withZeros(JSON.parse(document));
  return { ...answer, md5_id: _id, product_id: answer.product_id ?? answer.inputs.product.id };
}

/** An answer as it is to be kept. */
export const newSimulation = ({ _platform: { methodVersion }, ...answer }: Simulation): NewSimulation => ({
  ...{ md5_id: answer.md5_id as string, answer, methodVersion },
});

/** The answers that `impacts` has for some products, of a version of the method where one is named. */
export const findStored = (store: Store, md5Ids: readonly string[], version?: string): Promise<Simulation[]> =>
  store
    .collection('impacts')
    .find<Simulation>(
      { md5_id: { $in: [...md5Ids] }, ...(version !== undefined && { '_platform.methodVersion': version }) },
      { projection: { _id: 0 } },
    )
    .toArray();

/** The answers that are known for some products, by identity; what only `impacts` has is copied first. */
export async function findSimulations(store: Store, md5Ids: readonly string[]): Promise<Map<string, Simulation>> {
  const kept = await simulationsOf(store)
    .find({ _id: { $in: [...md5Ids] } })
    .toArray();
  const found = new Map(
    kept.map((one): [string, Simulation] => [
      one._id,
      { ...documentOf(one), _platform: { methodVersion: one.method_version } } as Simulation,
    ]),
  );
  const missing = md5Ids.filter((id) => !found.has(id));
  if (missing.length === 0) return found;
  const elsewhere = await findStored(store, missing);
  await keepSimulations(store, elsewhere.map(newSimulation));
  for (const one of elsewhere) found.set(one.md5_id as string, one);
  return found;
}

/** The detailed answer for a product by a version of the method, without what the platform adds; null when there is none. */
export async function findSimulation(store: Store, md5Id: string, version: string | null): Promise<FlatSource | null> {
  const ids = [md5Id, formerId(md5Id, version)];
  const found = await simulationsOf(store).findOne({ _id: { $in: ids }, method_version: version });
  return found && documentOf(found);
}

/** Forgets the answers that no product needs, neither as it is nor as it was. */
export async function dropUnusedSimulations(store: Store): Promise<void> {
  for (let after = ''; ; ) {
    const some = await simulationsOf(store)
      .find({ _id: { $gt: after } }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(LOOKED_AT_ONCE)
      .toArray();
    const ids = some.map(({ _id }) => _id);
    if (ids.length === 0) return;
    const products = [...new Set(ids.map(identityOf))];
    const needed = new Set<string>();
    for (const name of ['catalogue_products', 'catalogue_history'] as const) {
      const users = store
        .collection(name)
        .find({ simulations: { $in: products } })
        .project<{ simulations: string[] }>({ _id: 0, simulations: 1 });
      for await (const { simulations } of users) for (const id of simulations) needed.add(id);
    }
    await simulationsOf(store).deleteMany({ _id: { $in: ids.filter((id) => !needed.has(identityOf(id))) } });
    after = ids.at(-1) as string;
  }
}
