import type { sensitivityQuery } from '@ecobalyse/schema';
import {
  ANALYSES,
  type AnalysisName,
  type AnalysisQueries,
  analyseSensitivity,
  type GarmentDistribution,
  type ReadCatalogue,
} from '@ecobalyse/statistics';
import type { z } from 'zod';

/** An analysis of catalogues that were read, or of the method over a distribution. */
export type AnalysisTask =
  | {
      readonly [Name in AnalysisName]: {
        readonly name: Name;
        readonly query: AnalysisQueries[Name];
        readonly read: readonly ReadCatalogue[];
      };
    }[AnalysisName]
  | {
      readonly name: 'sensitivity';
      readonly query: z.output<typeof sensitivityQuery>;
      readonly distribution?: GarmentDistribution | undefined;
    };

/** What a thread does: an analysis takes up to some seconds, for which the API would answer nobody. */
export default function analyseInThread(task: AnalysisTask): object {
  if (task.name === 'sensitivity') return analyseSensitivity(task.query, task.distribution);
  const analyse = ANALYSES[task.name] as (query: unknown, read: readonly ReadCatalogue[]) => object;
  return analyse(task.query, task.read);
}
