import {
  answerFacts,
  type DesignSize,
  designedQueries,
  garmentFromQuery,
  LEARNT_SET,
  type Sample,
} from '@ecobalyse/impact-models';
import type { DetailedSimulation } from '@ecobalyse/schema';
import { simulateDetailed } from '@ecobalyse/textile-method';

/** The garments that training draws, answered by the method. */
export function drawnSamples(size: DesignSize): { learnt: Sample[]; suite: Sample[] } {
  const samples = designedQueries(size).map(({ set, index, query }): Sample => {
    const answer = simulateDetailed(query) as unknown as DetailedSimulation;
    const garment = garmentFromQuery(query);
    return { id: `${set} ${index}`, garment, cost: answer.impacts.ecs, facts: answerFacts(answer), set };
  });
  const positive = samples.filter(({ cost }) => cost > 0);
  return {
    learnt: positive.filter(({ set }) => set === LEARNT_SET),
    suite: positive.filter(({ set }) => set !== LEARNT_SET),
  };
}
