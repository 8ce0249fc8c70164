import { type EcobalyseClient, UpstreamRefusedError } from '@ecobalyse/ecobalyse-client';
import { answerFacts, DESIGN_VERSION, type DesignedQuery, designedQueries, STRATA } from '@ecobalyse/impact-models';
import type { DetailedSimulation } from '@ecobalyse/schema';
import { addDesignedGarments, type DesignedGarment, readDesignedGarments, type Store } from '@ecobalyse/store';

/** Garments that are asked about and kept together. */
const BATCH = 200;
/** So many of the suite for each garment to learn from. */
const JUDGED_SHARE = 0.5;

/** What the garments are answered by and kept in. */
export interface DesignResources {
  store: Store;
  upstream: Pick<EcobalyseClient, 'simulateManyDetailed' | 'methodVersion'>;
  /** Address of upstream. */
  upstreamUrl: string;
  /** How many garments to learn from. */
  size: number;
}

/**
 * The designed garments with upstream's answers: those that it has not been asked about are, at its pace, and kept, so that
 * whoever comes after a failure asks for the rest only.
 *
 * @returns in the order of the design; without those that upstream refused.
 * @throws the client's errors when upstream is away.
 */
export async function answeredGarments(
  { store, upstream, upstreamUrl, size }: DesignResources,
  progress: (done: number, planned: number) => void,
  signal: AbortSignal,
): Promise<DesignedGarment[]> {
  const planned = designedQueries({ design: size, stratum: Math.ceil((JUDGED_SHARE * size) / STRATA.length) });
  if (planned.length === 0) return [];
  const { host } = new URL(upstreamUrl);
  const common = { design: DESIGN_VERSION, upstream: host, methodVersion: await upstream.methodVersion(signal) };
  const idOf = ({ set, index }: Pick<DesignedQuery, 'set' | 'index'>) =>
    [host, common.methodVersion, DESIGN_VERSION, set, index].join(' ');
  const known = new Map((await readDesignedGarments(store, common)).map((garment) => [garment._id, garment]));
  const open = planned.filter((garment) => !known.has(idOf(garment)));

  const keep = (garment: DesignedQuery, answer: DetailedSimulation | UpstreamRefusedError): DesignedGarment => {
    const { set, index } = garment;
    const kept = { _id: idOf(garment), ...common, set, index, query: { ...garment.query } };
    if (answer instanceof UpstreamRefusedError) return { ...kept, ecs: null, facts: null };
    const facts = answerFacts(answer);
    return { ...kept, ecs: answer.impacts.ecs, facts: facts && { ...facts } };
  };
  for (let from = 0; from < open.length; from += BATCH) {
    signal.throwIfAborted();
    const asked = open.slice(from, from + BATCH);
    const answers = await upstream.simulateManyDetailed(
      asked.map(({ query }) => query),
      signal,
    );
    const answered = asked.map((garment, at) =>
      keep(garment, answers[at] as DetailedSimulation | UpstreamRefusedError),
    );
    await addDesignedGarments(store, answered);
    for (const garment of answered) known.set(garment._id, garment);
    progress(from + answered.length, open.length);
  }
  return planned.flatMap((garment) => {
    const answered = known.get(idOf(garment));
    return answered?.ecs != null && answered.ecs > 0 ? [answered] : [];
  });
}
