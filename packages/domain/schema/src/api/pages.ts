import { z } from 'zod';
import { integerParameter, offsetParameter } from './parameters.js';

/** Which part of a list is asked for. */
export const pageQuery = z.object({
  limit: integerParameter(0, 1000).default(50).meta({ description: 'How many at most', example: 50 }),
  offset: offsetParameter.default(0).meta({ description: 'How many to pass over' }),
});

/** A page of something. */
export const pageOf = <Item extends z.ZodType>(id: string, item: Item) =>
  z
    .object({
      total: z.int().meta({ description: 'How many there are, on all pages' }),
      offset: z.int(),
      limit: z.int(),
      items: z.array(item),
    })
    .meta({ id });
