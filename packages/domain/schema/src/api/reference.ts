import { z } from 'zod';

/** Items of the lists that queries choose from; upstream may tell more of each. */

export const documentedImpactSchema = z
  .looseObject({ code: z.string(), description: z.string(), unit: z.string().optional() })
  .meta({ id: 'DocumentedImpact' });
export type DocumentedImpact = z.output<typeof documentedImpactSchema>;
