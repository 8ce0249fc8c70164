import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, ImpactDocument, Json, Scenario } from '@ecobalyse/schema';
import { methodVersion, simulateDetailed } from '@ecobalyse/textile-method';

interface Planned {
  query: Record<string, Json>;
  scenario: Scenario;
}

/** The documents that a full extraction from the simulator stores, each identity once. */
export async function catalogueDocuments(): Promise<ImpactDocument[]> {
  const grid = (await import(new URL('../../services/extraction/dist/grid.js', import.meta.url).href)) as {
    plannedSimulations(scope: object): Planned[];
  };
  const documents = grid.plannedSimulations({}).map(({ query, scenario }) =>
    toImpactDocument({
      query,
      scenario,
      answer: simulateDetailed(query) as unknown as DetailedSimulation,
      source: 'extraction',
      methodVersion,
      runId: 'bench',
    }),
  );
  return [...new Map(documents.map((document) => [document.md5_id, document])).values()];
}
