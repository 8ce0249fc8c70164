import { type CatalogueContent, catalogueProductId, scoredAnew } from '@ecobalyse/product-documents';
import {
  applyOpenChange,
  type CatalogueProduct,
  dropCatalogueMethodChanges,
  findCatalogueProducts,
  findOlderInCatalogue,
  findSimulations,
  findStored,
  keepCatalogueMethodChanges,
  type NewChange,
  newSimulation,
  replaceSimulations,
  type Simulation,
  type Store,
  UNKNOWN_VERSION,
} from '@ecobalyse/store';
import type { Asked } from './ask-anew.js';

/** A run that scores anew. */
interface Run {
  id: string;
  version: string;
  batchSize: number;
  asking(queries: readonly object[]): Promise<Asked>;
  signal: AbortSignal;
}

interface Counts {
  rescored: number;
  refused: number;
}

/** What is in a product that is there. */
const contentOf = ({ content }: CatalogueProduct) => content as CatalogueContent;
const costsOf = ({ ecs, stages }: CatalogueContent) => ({ ecs, ...stages });

/** The answers by a version of the method for some products, by identity: those that are known, and else those of upstream. */
async function answersFor(store: Store, products: readonly CatalogueProduct[], { version, asking }: Run) {
  const queries = new Map(products.map(contentOf).map(({ md5_id, query }) => [md5_id, query]));
  const kept = await findSimulations(store, [...queries.keys()]);
  const isOf = ({ _platform: { methodVersion } }: Simulation) => methodVersion === version;
  const found = new Map([...kept].filter(([, simulation]) => isOf(simulation)));
  const add = async (simulations: readonly Simulation[]) => {
    await replaceSimulations(store, simulations.map(newSimulation));
    for (const one of simulations) found.set(one.md5_id as string, one);
  };
  const missing = () => [...queries].filter(([md5_id]) => !found.has(md5_id));
  await add(
    await findStored(
      store,
      missing().map(([md5_id]) => md5_id),
      version,
    ),
  );

  const toAsk = missing();
  if (toAsk.length === 0) return { found, rethrow: () => undefined };
  const { outcomes, rethrow } = await asking(toAsk.map(([, query]) => query));
  await add(
    toAsk.flatMap(([md5_id], at): Simulation[] => {
      const outcome = outcomes[at];
      if (!outcome || !('answer' in outcome)) return [];
      const { answer } = outcome;
      return [{ ...answer, md5_id, product_id: answer.inputs.product.id, _platform: { methodVersion: version } }];
    }),
  );
  return { found, rethrow };
}

/** Puts products by their new answers in the place of what they are, unless somebody changes them meanwhile: those are given back. */
async function putAnew(
  store: Store,
  change: NewChange,
  products: readonly CatalogueProduct[],
  answers: ReadonlyMap<string, Simulation>,
  version: string,
): Promise<CatalogueProduct[]> {
  const anew = products.map((product) => {
    const before = contentOf(product);
    return { product, before, content: scoredAnew(before, { ...(answers.get(before.md5_id) as Simulation) }) };
  });
  // Who dies after this does it again; who died before it would have changed costs that nobody is told of.
  await keepCatalogueMethodChanges(
    store,
    anew.map(({ product: { _id, catalogue, reference }, before, content }) => ({
      ...{ catalogue, product: _id, reference, md5_id: before.md5_id, product_id: content.product_id as string },
      ...{ from: before.method_version ?? UNKNOWN_VERSION, to: version },
      ...{ before: costsOf(before), after: costsOf(content), at: change.at.toISOString() },
      doubtful: [before, content].some(({ state }) => state === 'to-check'),
    })),
  );
  const steps = await applyOpenChange(
    store,
    change,
    anew.map(({ product: { _id: id, reference, version: madeFrom }, content }) => ({
      ...{ id, reference, line: null, content, madeFrom, isRescored: true },
    })),
  );
  const outdated = products.filter((_, at) => steps[at] === 'outdated');
  if (outdated.length > 0)
    await dropCatalogueMethodChanges(
      store,
      change.catalogue,
      outdated.map(({ _id }) => _id),
      version,
    );
  return outdated;
}

/**
 * Scores the products of a catalogue anew that are by another version of the method, as one change of the catalogue, which can be
 * undone. A run that is broken off goes on where it was.
 *
 * @param count - is told after each batch what became of it.
 */
export async function rescoreCatalogue(
  store: Store,
  catalogue: string,
  run: Run,
  count: (counts: Counts) => Promise<void>,
): Promise<void> {
  const { version, batchSize, signal } = run;
  // The same for each try of the run.
  const _id = catalogueProductId(run.id, catalogue);
  const change: NewChange = { _id, catalogue, kind: 'rescore', at: new Date(), by: null, file: null, job: null };
  const isOlder = (product: CatalogueProduct) => product.live && contentOf(product).method_version !== version;
  for (let after = ''; ; ) {
    let left = await findOlderInCatalogue(store, catalogue, version, after, batchSize);
    if (left.length === 0) return;
    after = (left.at(-1) as CatalogueProduct).reference;
    const counts = { rescored: 0, refused: 0 };
    // Products that somebody changes meanwhile are read again.
    while (left.length > 0) {
      signal.throwIfAborted();
      const { found, rethrow } = await answersFor(store, left, run);
      const ready = left.filter((product) => found.has(contentOf(product).md5_id));
      const outdated = await putAnew(store, change, ready, found, version);
      counts.rescored += ready.length - outdated.length;
      rethrow();
      counts.refused += left.length - ready.length;
      const ids = outdated.map(({ _id: id }) => id);
      left = ids.length === 0 ? [] : (await findCatalogueProducts(store, catalogue, ids)).filter(isOlder);
    }
    await count(counts);
  }
}
