import type { DetailedSimulation } from '@ecobalyse/schema';
import { simulateDetailed, simulateTotals } from '@ecobalyse/textile-method';
import { answerFacts } from '../answer-facts.js';
import { type DesignSize, designedQueries, LEARNT_SET } from '../design.js';
import type { Sample } from '../families/family.js';
import { garmentFromQuery } from '../garment.js';

/** A garment with what the real method answers. */
export function answered(query: Readonly<Record<string, unknown>>, set?: string, id = JSON.stringify(query)): Sample {
  const answer = simulateDetailed(query) as unknown as DetailedSimulation;
  return { id, garment: garmentFromQuery(query), cost: answer.impacts.ecs, facts: answerFacts(answer), set };
}

/** The design, answered by the real method; of those that judge, only the cost is looked at. */
export function drawnGarments(size: DesignSize): { learnt: Sample[]; suite: Sample[] } {
  const learnt: Sample[] = [];
  const suite: Sample[] = [];
  for (const { set, index, query } of designedQueries(size)) {
    const id = `${set} ${index}`;
    if (set === LEARNT_SET) learnt.push(answered(query, set, id));
    else suite.push({ id, garment: garmentFromQuery(query), cost: simulateTotals(query).ecs, set });
  }
  const costsSomething = ({ cost }: Sample) => cost > 0;
  return { learnt: learnt.filter(costsSomething), suite: suite.filter(costsSomething) };
}
