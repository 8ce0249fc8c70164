import {
  garmentFromQuery,
  type Sample,
  type TrainingOutcome,
  trainModels,
  writeBundle,
} from '@ecobalyse/impact-models';
import type { ModelFamily } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import type { Tracker } from '@ecobalyse/tracking';

/** Few garments, of few kinds, since only the way from a model to an answer is looked at here; their costs are the method's. */
const samples: Sample[] = ['pantalon', 'jean'].flatMap((product) =>
  ['BD', 'FR', 'CN', 'TR'].flatMap((country) =>
    Array.from({ length: 20 }, (_, step) => {
      const mass = 0.1 + step * 0.02;
      const query = {
        mass,
        product,
        materials: [
          { id: 'ei-coton-organic', share: 0.7 },
          { id: 'ei-pet', share: 0.3 },
        ],
        countrySpinning: country,
        countryFabric: country,
        countryDyeing: country,
        countryMaking: country,
        fabricProcess: 'knitting-mix',
        airTransportRatio: 0.33,
      };
      return {
        id: JSON.stringify(query),
        garment: garmentFromQuery(query),
        cost: simulateTotals(query).ecs,
      };
    }),
  ),
);
const outcomes = new Map<ModelFamily, Promise<TrainingOutcome>>();

/** A small model of a family, which is trained once. */
function trained(family: ModelFamily): Promise<TrainingOutcome> {
  const outcome = outcomes.get(family) ?? trainModels(samples, { families: [family], effort: 0.1 });
  outcomes.set(family, outcome);
  return outcome;
}

/** Registers a small model as the training does; the number of its version. */
export async function registerModel(tracker: Tracker, family: ModelFamily): Promise<number> {
  const { best, reports } = await trained(family);
  const run = await tracker.startRun({ name: 'test', tags: {} });
  await run.logArtifact('model/model.json', writeBundle(best), 'application/json');
  await run.logArtifact(
    'evaluation.json',
    Buffer.from(JSON.stringify({ reports, importance: [] })),
    'application/json',
  );
  await run.end('FINISHED');
  return tracker.registerVersion({
    runId: run.runId,
    artifactPath: 'model/model.json',
    description: 'registered by a test',
    tags: {
      family,
      trainedAt: best.trainedAt,
      metrics: JSON.stringify(reports[0]?.metrics),
      ...(family === 'ridge' && { backend: 'wasm' }),
    },
  });
}
