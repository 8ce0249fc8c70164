import type { TaskContext } from '@ecobalyse/pipeline';
import { type TaskResult, taskResultSchemas } from '@ecobalyse/schema';
import { countRunEffect, countStored, ensureIndexes, findRun } from '@ecobalyse/store';
import { identityOf, plannedSimulations } from '../grid.js';
import type { Resources } from '../resources.js';

/**
 * Checks that everything that upstream answered is stored and indexed, and sums up what the run changed.
 *
 * @throws Error when documents are missing: the counts have to add up.
 */
export async function loadSimulations(
  context: Pick<TaskContext, 'payload'>,
  { store }: Pick<Resources, 'store'>,
): Promise<TaskResult<'load'>> {
  const { runId, parameters: scope } = context.payload;
  const run = await findRun(store, runId);
  const simulations = taskResultSchemas.simulations.safeParse(run?.tasks.simulations?.result);
  if (!simulations.success) throw new Error('the run has no result of the task "simulations"');

  const { planned, answered, refused: refusals } = simulations.data;
  const refused = refusals.reduce((sum, { count }) => sum + count, 0);
  const indexes = await ensureIndexes(store);
  // Some garments of the grid are one product to the method: their simulations share an identity and a document.
  const identities = [...new Set(plannedSimulations(scope).map(identityOf))];
  const stored = await countStored(store, identities);
  if (answered + refused !== planned || stored < identities.length - refused) {
    throw new Error(
      `of ${planned} planned simulations (${identities.length} products) ${answered} were answered and ${refused} refused, but ${stored} products are stored`,
    );
  }
  const { inserted, updated } = await countRunEffect(store, runId);
  return {
    planned,
    products: identities.length,
    inserted,
    updated,
    unchanged: answered - inserted - updated,
    refused,
    refusals,
    indexes,
  };
}
