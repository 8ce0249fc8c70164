import { setTimeout as wait } from 'node:timers/promises';
import { UpstreamMalformedError, UpstreamUnreachableError } from '@ecobalyse/ecobalyse-client';
import { productIdentity } from '@ecobalyse/product-documents';
import { type ScoredProduct, scoreProduct } from '@ecobalyse/product-scoring';
import {
  type Json,
  PRODUCT_OUTCOMES,
  type ProductRequest,
  type ProductResultLine,
  productRequestSchema,
  tagsOfAdded,
} from '@ecobalyse/schema';
import {
  findKnownProducts,
  insertImpacts,
  type KnownProduct,
  type OutcomeCounts,
  withInvalidation,
} from '@ecobalyse/store';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { ProductJobResources } from './product-job.js';

/** Products as the API stored them: read, not yet checked. */
const storedProductsSchema = z.array(
  z.object({
    line: z.number(),
    index: z.number(),
    product: z.unknown().optional(),
    /** Why it could not be read. */
    fault: z.string().optional(),
  }),
);

/** What became of a chunk. */
export interface ChunkOutcome {
  /** Lines of the result, as NDJSON. */
  result: string;
  counts: OutcomeCounts;
}

/** A chunk that takes longer is one whose upstream only seems to answer. */
const CHUNK_DEADLINE_MS = 600_000;

/** Pauses before the products on which upstream failed are scored again. */
const PAUSES_MS = [500, 2000];

type Place = Pick<ProductResultLine, 'line' | 'index'>;
type CheckedProduct = Place & ({ product: ProductRequest; md5_id: string } | { refused: string });

/** A product that could not be scored although upstream answers: the reason. */
interface Unscored {
  failure: string;
}

function check(products: string): CheckedProduct[] {
  return storedProductsSchema.parse(JSON.parse(products)).map(({ line, index, product, fault }) => {
    if (fault !== undefined) return { line, index, refused: fault };
    const { data, error } = productRequestSchema.safeParse(product);
    if (data) return { line, index, product: data, md5_id: productIdentity(data as Record<string, Json>) };
    const reasons = error.issues.map(({ path, message }) => `${path.join('.') || 'product'}: ${message}`);
    return { line, index, refused: reasons.join('; ') };
  });
}

/** What came of scoring some products. */
interface Scoring {
  outcomes: ReadonlyMap<string, ScoredProduct | Unscored>;
  /** What ended it early, if anything did: the rest is to be scored later. */
  interruption?: unknown;
}

/**
 * Whether an error may be that of the product which was asked for: upstream answered it with a failure, or with nothing in
 * time. A connection that was refused or broke off says nothing about the product, nor does a token that is not taken.
 */
function mayBeTheProducts(error: UpstreamUnreachableError | UpstreamMalformedError): boolean {
  const { kind } = error as { kind?: string };
  if (error instanceof UpstreamMalformedError) return kind !== 'unauthorised' && kind !== 'not-found';
  return kind === 'slow' || / \(status 5\d\d\)/.test(error.message);
}

/**
 * Scores products. When upstream fails on one and still answers otherwise, the product is scored again after a pause, as long
 * as that scores any. Then what upstream itself fails on, while it scores others, could not be scored; anything else is an
 * upstream that comes and goes, and interrupts the whole: later the same products may do.
 */
async function score(
  products: ReadonlyMap<string, ProductRequest>,
  insertedBy: string,
  { upstream, concurrency }: ProductJobResources,
  signal: AbortSignal,
): Promise<Scoring> {
  const givenUp = new AbortController();
  // Not AbortSignal.any, which would leave a trace of each chunk with a signal that lives as long as the process.
  const giveUp = () => givenUp.abort(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  const late = new UpstreamUnreachableError(`the Ecobalyse API took longer than ${CHUNK_DEADLINE_MS / 60_000} minutes`);
  const timer = setTimeout(() => givenUp.abort(late), CHUNK_DEADLINE_MS);

  const outcomes = new Map<string, ScoredProduct | Unscored>();
  const limit = pLimit(concurrency);

  /** Scores each product once; gives the errors of those on which upstream failed. */
  async function scoreEach(ids: Iterable<string>) {
    const failures = new Map<string, UpstreamUnreachableError | UpstreamMalformedError>();
    let probe: Promise<unknown> | undefined;
    const scoreOne = async (md5_id: string): Promise<void> => {
      givenUp.signal.throwIfAborted();
      try {
        const product = products.get(md5_id) as ProductRequest;
        outcomes.set(md5_id, await scoreProduct(upstream, product, givenUp.signal, insertedBy));
      } catch (error) {
        givenUp.signal.throwIfAborted();
        if (!(error instanceof UpstreamUnreachableError || error instanceof UpstreamMalformedError)) throw error;
        probe ??= upstream.countries(givenUp.signal);
        await probe;
        failures.set(md5_id, error);
      }
    };
    const all = await Promise.allSettled(
      [...ids].map((md5_id) =>
        limit(() =>
          scoreOne(md5_id).catch((error: unknown) => {
            // The first failure ends the chunk.
            givenUp.abort(error);
            throw error;
          }),
        ),
      ),
    );
    if (all.some(({ status }) => status === 'rejected')) throw givenUp.signal.reason;
    return failures;
  }

  try {
    let failures = await scoreEach(products.keys());
    for (let fruitless = 0; failures.size > 0 && fruitless < PAUSES_MS.length; ) {
      await wait(PAUSES_MS[fruitless], undefined, { signal: givenUp.signal }).catch(() => undefined);
      const again = await scoreEach(failures.keys());
      fruitless = again.size < failures.size ? 0 : fruitless + 1;
      failures = again;
    }
    const scoresOthers = outcomes.size > 0 || products.size === 1;
    for (const [md5_id, error] of failures) {
      if (!scoresOthers || !mayBeTheProducts(error)) return { outcomes, interruption: error };
      outcomes.set(md5_id, { failure: error.message });
    }
    return { outcomes };
  } catch (interruption) {
    return { outcomes, interruption };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** The products of a chunk could not all be scored now; those that could are added, and the rest is to be done later. */
export class ChunkInterruptedError extends Error {
  override readonly name = 'ChunkInterruptedError';
  /** Seconds that upstream asks to wait, if it does. */
  readonly retryAfterSeconds: number;

  /** @param added - products that this try has added. */
  constructor(
    interruption: unknown,
    readonly added: number,
  ) {
    super(interruption instanceof Error ? interruption.message : String(interruption), { cause: interruption });
    this.retryAfterSeconds = (interruption as { retryAfterSeconds?: number }).retryAfterSeconds ?? 0;
  }
}

/**
 * Scores and adds the products of a chunk, exactly as `POST /product` would one after another.
 *
 * Doing it again gives the same result: the documents bear the name of the chunk that added them, so that what a killed
 * worker has added is not taken for what was there before.
 *
 * @param insertedBy - name of the chunk, unique among all jobs.
 * @throws ChunkInterruptedError when upstream is away or comes and goes; what was scored is added, and nothing is lost.
 */
export async function addChunk(
  products: string,
  insertedBy: string,
  resources: ProductJobResources,
  signal: AbortSignal,
): Promise<ChunkOutcome> {
  const { store, cache } = resources;
  const checked = check(products);
  const valid = new Map(checked.flatMap((one) => ('product' in one ? [[one.md5_id, one.product] as const] : [])));
  const known = await findKnownProducts(store, [...valid.keys()]);
  const missing = new Map([...valid].filter(([md5_id]) => !known.has(md5_id)));
  const { outcomes: scored, interruption } = await score(missing, insertedBy, resources, signal);
  signal.throwIfAborted();

  const documents = [...scored.values()].flatMap((one) => ('document' in one ? [one.document] : []));
  const allNew =
    documents.length === 0 ||
    (await withInvalidation(store, cache, {
      tags: tagsOfAdded(documents.map(({ product_id }) => product_id)),
      write: () => insertImpacts(store, documents),
    }));
  if (allNew) {
    for (const { md5_id, impacts } of documents) known.set(md5_id, { md5_id, ecs: impacts.ecs, insertedBy });
  } else {
    // Somebody else added some of them meanwhile.
    const now = await findKnownProducts(
      store,
      documents.map(({ md5_id }) => md5_id),
    );
    for (const [md5_id, product] of now) known.set(md5_id, product);
  }
  if (interruption !== undefined) throw new ChunkInterruptedError(interruption, documents.length);
  return report(checked, known, scored, insertedBy);
}

function report(
  checked: readonly CheckedProduct[],
  known: ReadonlyMap<string, KnownProduct>,
  scored: ReadonlyMap<string, ScoredProduct | Unscored>,
  insertedBy: string,
): ChunkOutcome {
  const counts = Object.fromEntries(PRODUCT_OUTCOMES.map((outcome) => [outcome, 0])) as OutcomeCounts;
  const told = new Set<string>();

  const outcomeOf = (one: CheckedProduct): Omit<ProductResultLine, keyof Place> => {
    if ('refused' in one) return { status: 'refused', detail: one.refused };
    const { md5_id } = one;
    const stored = known.get(md5_id);
    if (stored) {
      // The first of two equal products of a chunk is the one that was added.
      const isAdded = stored.insertedBy === insertedBy && !told.has(md5_id);
      told.add(md5_id);
      return { status: isAdded ? 'added' : 'existing', md5_id, ecs: stored.ecs };
    }
    const outcome = scored.get(md5_id);
    if (outcome && 'reasons' in outcome) {
      const reasons = Object.entries(outcome.reasons).map(([field, reason]) => `${field}: ${reason}`);
      return { status: 'refused', md5_id, detail: reasons.join('; ') };
    }
    const detail = outcome && 'failure' in outcome ? outcome.failure : 'deleted while it was being added';
    return { status: 'failed', md5_id, detail };
  };

  const lines = checked.map((one) => {
    const outcome = outcomeOf(one);
    counts[outcome.status] += 1;
    return JSON.stringify({ line: one.line, index: one.index, ...outcome } satisfies ProductResultLine);
  });
  return { result: lines.map((line) => `${line}\n`).join(''), counts };
}
