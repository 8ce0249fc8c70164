import type { DetailedSimulation } from '@ecobalyse/schema';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { answerFacts } from '../answer-facts.js';
import { type DesignSize, designedQueries, LEARNT_SET } from '../design.js';
import type { Sample } from '../families/family.js';
import { garmentFromQuery } from '../garment.js';

/** A garment with what the real method answers. */
export function answered(query: Readonly<Record<string, unknown>>, set?: string, id = JSON.stringify(query)): Sample {
  const answer = simulateDetailed(query) as unknown as DetailedSimulation;
  return { id, garment: garmentFromQuery(query), cost: answer.impacts.ecs, facts: answerFacts(answer), set };
}

/** The design, answered by the real method. */
export function drawnGarments(size: DesignSize): { learnt: Sample[]; suite: Sample[] } {
  const samples = designedQueries(size)
    .map(({ set, index, query }) => answered(query, set, `${set} ${index}`))
    .filter(({ cost }) => cost > 0);
  return {
    learnt: samples.filter(({ set }) => set === LEARNT_SET),
    suite: samples.filter(({ set }) => set !== LEARNT_SET),
  };
}
