import {
  type EcobalyseClient,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import type { TaskContext } from '@ecobalyse/pipeline';
import { toImpactDocument } from '@ecobalyse/product-documents';
import {
  type DetailedSimulation,
  type ImpactDocument,
  type Json,
  type TaskResult,
  tagsOfReplaced,
} from '@ecobalyse/schema';
import { countOlder, findOlder, type OlderProduct, upsertImpacts, withInvalidation } from '@ecobalyse/store';
import type { Resources } from '../resources.js';

/** Products that are told as an example of what upstream refuses. */
const MOST_EXAMPLES = 20;
/** So many products in a row without an answer have an upstream that is none. */
const MOST_UNANSWERED = 20;

type Outcome = { answer: DetailedSimulation } | { reasons: Readonly<Record<string, string>> };

/** The answer for a product, or why there is none; anything but a fault of this one product is thrown. */
async function ask(upstream: EcobalyseClient, query: object, signal: AbortSignal): Promise<Outcome> {
  try {
    return { answer: await upstream.simulateDetailed(query, signal) };
  } catch (error) {
    if (error instanceof UpstreamRefusedError) return { reasons: error.reasons };
    if (error instanceof UpstreamMalformedError && error.kind === 'contract')
      return { reasons: { answer: error.message } };
    throw error;
  }
}

/**
 * Scores anew what is by another version of the method than upstream has now; what it was stays beside it, with the difference.
 * What was done is not done again: a run that was broken off goes on where it was. What upstream refuses, or answers in a form
 * that is not known, stays as it was and is told.
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
  const planned = await countOlder(store, version);
  await log(`${planned} products are by another version than ${version}`);
  const result = {
    methodVersion: version,
    planned,
    rescored: 0,
    refused: 0,
    examples: [] as TaskResult<'rescore'>['examples'],
  };
  let unanswered = 0;

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
    if (batch.length === 0) return result;
    after = (batch.at(-1) as OlderProduct).md5_id;
    const together = await upstream.simulateTogether(
      batch.map(({ query }) => query),
      signal,
    );
    const documents: ImpactDocument[] = [];
    const asked = await Promise.allSettled(
      batch.map(async (product, at) => {
        const given = together[at];
        const outcome: Outcome = given ? { answer: given.answer } : await ask(upstream, product.query, signal);
        if ('answer' in outcome) {
          unanswered = 0;
          documents.push(documentOf(product, outcome.answer));
          return;
        }
        result.refused += 1;
        unanswered += 'answer' in outcome.reasons ? 1 : 0;
        if (result.examples.length < MOST_EXAMPLES)
          result.examples.push({ md5_id: product.md5_id, reasons: { ...outcome.reasons } });
      }),
    );
    if ((await upstream.methodVersion(signal)) !== version)
      throw new UpstreamUnreachableError('the Ecobalyse API became another version meanwhile');
    // What came before a failure is not asked for again.
    await withInvalidation(store, cache, {
      tags: tagsOfReplaced(documents.map(({ product_id }) => product_id)),
      write: () => upsertImpacts(store, documents),
    });
    result.rescored += documents.length;
    for (const one of asked) if (one.status === 'rejected') throw one.reason;
    if (unanswered >= MOST_UNANSWERED)
      throw new Error(
        `the Ecobalyse API answers in a form that is not known: ${Object.values(result.examples[0]?.reasons ?? {}).join('; ')}`,
      );
    await progress(result.rescored + result.refused, planned);
  }
}
