import type { TaskContext } from '@ecobalyse/pipeline';
import { toImpactDocument } from '@ecobalyse/product-documents';
import {
  type DetailedSimulation,
  type ImpactDocument,
  type Json,
  type TaskResult,
  tagsOfReplaced,
} from '@ecobalyse/schema';
import {
  countOlder,
  countOlderInCatalogues,
  findOlder,
  type OlderProduct,
  SEES_ALL,
  upsertImpacts,
  visibleCatalogues,
  withInvalidation,
} from '@ecobalyse/store';
import type { Resources } from '../resources.js';
import { openAsking } from './ask-anew.js';
import { rescoreCatalogue } from './rescore-catalogue.js';

/** Products that are told as an example of what upstream refuses. */
const MOST_EXAMPLES = 20;
/**
 * Scores anew what is by another version of the method than upstream has now; what it was stays beside it, with the difference.
 * What was done is not done again: a run that was broken off goes on where it was. What upstream refuses, or answers in a form
 * that is not known, stays as it was and is told. Products of catalogues that are not in the bin come last, each catalogue as one
 * change of it; those that upstream refuses are counted, and not told to those whose they are not.
 *
 * @throws Error when upstream does not tell its version, or has another one than the run is for.
 */
export async function rescoreProducts(
  { payload, signal, progress, log }: Pick<TaskContext, 'payload' | 'signal' | 'progress' | 'log'>,
  { store, upstream, cache, batchSize }: Pick<Resources, 'store' | 'upstream' | 'cache' | 'batchSize'>,
): Promise<TaskResult<'rescore'>> {
  const { runId, parameters } = payload;
  const version = await upstream.methodVersion(signal, 0);
  if (version === null) throw new Error('the Ecobalyse API does not tell the version of its method');
  const { methodVersion: wanted = version } = parameters;
  if (wanted !== version)
    throw new Error(`the Ecobalyse API has version ${version} of the method, and ${wanted} is asked for`);
  const catalogues = await visibleCatalogues(store, SEES_ALL, false);
  const planned = (await countOlder(store, version)) + (await countOlderInCatalogues(store, catalogues, version));
  await log(`${planned} products are by another version than ${version}`);
  const result = {
    methodVersion: version,
    planned,
    rescored: 0,
    inCatalogues: 0,
    refused: 0,
    examples: [] as TaskResult<'rescore'>['examples'],
  };
  const asking = openAsking(upstream, version, signal);

  const documentOf = ({ query, source, scenario, insertedByRun }: OlderProduct, answer: DetailedSimulation) =>
    toImpactDocument({
      ...{
        query: query as Record<string, Json>,
        answer,
        source,
        scenario,
        methodVersion: version,
        figures: upstream.figures(),
      },
      runId: source === 'api' ? insertedByRun : runId,
    });

  for (let after = ''; ; ) {
    signal.throwIfAborted();
    const batch = await findOlder(store, version, after, batchSize);
    if (batch.length === 0) break;
    after = (batch.at(-1) as OlderProduct).md5_id;
    const { outcomes, rethrow } = await asking(batch.map(({ query }) => query));
    const documents: ImpactDocument[] = [];
    for (const [at, product] of batch.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined) continue;
      if ('answer' in outcome) {
        documents.push(documentOf(product, outcome.answer));
        continue;
      }
      result.refused += 1;
      if (result.examples.length < MOST_EXAMPLES)
        result.examples.push({ md5_id: product.md5_id, reasons: { ...outcome.reasons } });
    }
    await withInvalidation(store, cache, {
      tags: tagsOfReplaced(documents.map(({ product_id }) => product_id)),
      write: () => upsertImpacts(store, documents),
    });
    result.rescored += documents.length;
    rethrow();
    await progress(result.rescored + result.refused, planned);
  }

  const run = { id: runId, version, batchSize, asking, signal };
  for (const catalogue of catalogues)
    await rescoreCatalogue(store, catalogue, run, async ({ rescored, refused }) => {
      result.rescored += rescored;
      result.inCatalogues += rescored;
      result.refused += refused;
      await progress(result.rescored + result.refused, planned);
    });
  return result;
}
