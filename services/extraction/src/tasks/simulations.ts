import { fanOut, type TaskContext } from '@ecobalyse/pipeline';
import type { Refusal, RefusalGroup, TaskResult } from '@ecobalyse/schema';
import { plannedSimulations } from '../grid.js';
import type { Resources } from '../resources.js';

const SECONDS_PER_MINUTE = 60;

/** Refusals for the same fields, counted, each with one example. */
export function groupRefusals(refusals: readonly Refusal[]): RefusalGroup[] {
  const groups = new Map<string, RefusalGroup>();
  for (const refusal of refusals) {
    const fields = Object.keys(refusal.reasons).sort().join(', ');
    const group = groups.get(fields);
    if (group) group.count += 1;
    else groups.set(fields, { count: 1, example: refusal });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** Has every simulation of the scope computed and stored, by batches that all workers share. */
export async function extractSimulations(
  context: TaskContext,
  { batches, batchSize, upstream: { requestsPerSecond } }: Pick<Resources, 'batches' | 'batchSize' | 'upstream'>,
): Promise<TaskResult<'simulations'>> {
  const { product, limit } = context.payload.parameters;
  const scope = { ...(product !== undefined && { product }), ...(limit !== undefined && { limit }) };
  const planned = plannedSimulations(scope).length;
  if (planned === 0) throw new Error(`no garment of the grid is of the product type "${scope.product}"`);
  if (requestsPerSecond > 0 && context.job.data.fannedOutAttempt === undefined) {
    const minutes = Math.ceil(planned / requestsPerSecond / SECONDS_PER_MINUTE);
    const told = `${planned} simulations at ${requestsPerSecond} requests a second take ${minutes} minutes or more`;
    await context.log(`${told}; what has come is kept, whatever stops them`);
  }
  const results = await fanOut(context, batches, { planned, batchSize, scope });
  return {
    planned,
    answered: results.reduce((sum, { answered }) => sum + answered, 0),
    refused: groupRefusals(results.flatMap(({ refused }) => refused)),
  };
}
