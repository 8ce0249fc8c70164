import { z } from 'zod';
import { STATISTIC_NAMES, type StatisticName } from '../statistics.js';
import { IMPACT_TYPES } from '../vocabulary.js';
import { errorDetailSchema } from './answers.js';
import { integerParameter, oneOf } from './parameters.js';

/** Requests of `/stats…` and their failure; the documents are the `STATISTICS`. */

/** Most documents that one answer holds; the exports have no such bound. */
export const MAX_LIMIT = 10_000;

/** Filters of the statistics. One that a statistic cannot be filtered by is not looked at. */
export const statisticQuery = z.object({
  product_id: z.string().min(1).max(100).optional().meta({ description: 'Only this product type', example: 'tshirt' }),
  impact_type: oneOf<string>(IMPACT_TYPES)
    .optional()
    .meta({ description: 'Only this impact, with _ for -', example: 'ecs' }),
  limit: integerParameter(1, MAX_LIMIT).optional().meta({ description: 'Documents at most', example: 100 }),
});

export const statisticParams = z.object({
  name: z.enum(STATISTIC_NAMES as [StatisticName, ...StatisticName[]]).meta({ description: 'Statistic' }),
});

/** Nothing found; before the first run also what to do about it. */
export const nothingFoundSchema = errorDetailSchema
  .extend({ hint: z.string().optional().meta({ description: 'How to start a first run, when there has been none' }) })
  .meta({ id: 'NothingFound' });

export const statisticNotFound = {
  404: nothingFoundSchema.describe('Nothing found, or no statistics have been computed yet'),
};
