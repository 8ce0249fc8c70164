import { type EcobalyseClient, UpstreamMalformedError, UpstreamRefusedError } from '@ecobalyse/ecobalyse-client';
import { type GridCost, referenceVersion, type Store, sampleGridCosts } from '@ecobalyse/store';

/** Garments that upstream is asked about again: at its public pace this takes two seconds. */
const SAMPLE = 10;
/** Relative difference of two costs that no rounding explains. */
const TOLERANCE = 1e-9;

/** What upstream answers now, beside what is stored of it. */
export interface UpstreamAnswers {
  /** Version of the method that upstream tells; null when it tells none. */
  readonly version: string | null;
  /** Version that most stored products are by; null when none of them tells it. */
  readonly stored: string | null;
  /** Garments of the grid that upstream was asked about again; none when it has another version. */
  readonly asked: number;
  /** Those of them that cost something else now, or that it does not answer for any more. */
  readonly other: number;
}

export type AnswersDependencies = {
  readonly store: Store;
  readonly upstream: Pick<EcobalyseClient, 'methodVersion' | 'simulateDetailed'>;
};

/** Whether upstream has moved on from the version that most stored products are by. */
export const hasOtherVersion = ({ version, stored }: Pick<UpstreamAnswers, 'version' | 'stored'>): boolean =>
  version !== null && stored !== null && version !== stored;

/**
 * Asks upstream for its version and, when it is that of what is stored, for the cost of the same few garments each time. They
 * are of the grid, which an extraction asks about anew: what differs can be mended.
 *
 * @throws the client's error when upstream cannot be asked now.
 */
export async function readUpstreamAnswers(
  { store, upstream }: AnswersDependencies,
  signal: AbortSignal,
): Promise<UpstreamAnswers> {
  const [version, { version: stored }] = await Promise.all([
    upstream.methodVersion(signal, 0),
    referenceVersion(store, { signal }),
  ]);
  if (hasOtherVersion({ version, stored })) return { version, stored, asked: 0, other: 0 };

  const isOther = async ({ query, ecs }: GridCost): Promise<boolean> => {
    try {
      const { impacts } = await upstream.simulateDetailed(query, signal);
      return !(Math.abs(Number(impacts.ecs) - ecs) <= TOLERANCE * Math.abs(ecs));
    } catch (error) {
      if (error instanceof UpstreamRefusedError) return true;
      if (error instanceof UpstreamMalformedError && error.isAnswer) return true;
      throw error;
    }
  };
  const garments = await sampleGridCosts(store, stored, SAMPLE);
  const answers = await Promise.all(garments.map(isOther));
  return { version, stored, asked: answers.length, other: answers.filter(Boolean).length };
}
