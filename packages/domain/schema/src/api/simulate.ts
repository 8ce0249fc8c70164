import { z } from 'zod';
import { productRequestSchema } from '../product-request.js';
import { detailedSimulationSchema } from '../simulation.js';
import { textileQuerySchema } from '../textile-query.js';
import { COST_PARTS } from '../vocabulary.js';
import { warningsSchema } from '../warnings.js';
import { EXAMPLE_SIMULATION } from './examples.js';

/** Request and answer of `POST /simulate`. */

const { countrySpinning, countryFabric, countryDyeing, countryMaking } = productRequestSchema.shape;

/** Any textile query: what `POST /product` asks for may be left to the method. */
export const simulationRequestSchema = productRequestSchema
  .extend({
    countrySpinning: countrySpinning.nullish(),
    countryFabric: countryFabric.nullish(),
    countryDyeing: countryDyeing.nullish(),
    countryMaking: countryMaking.nullish(),
    fabricProcess: textileQuerySchema.shape.fabricProcess,
  })
  .meta({ id: 'SimulationRequest', examples: [EXAMPLE_SIMULATION] });

export const simulationSchema = z
  .object({
    ecs: z.number().meta({ description: 'Environmental cost, Pts' }),
    pef: z.number().meta({ description: 'PEF single score, Pts' }),
    method_version: z.string(),
    mass: z.number().meta({ description: 'kg' }),
    product_id: z.string(),
    durability: z.number(),
    days_of_wear: z.number(),
    stages: z
      .array(
        z.object({
          stage: z.enum(COST_PARTS),
          label: z.string(),
          ecs: z.number().meta({ description: 'Pts, divided by the durability' }),
          share: z.number().meta({ description: 'Share in ecs' }),
        }),
      )
      .meta({ description: 'What makes up ecs; the parts add up to it' }),
    impacts: z.record(z.string(), z.number()).meta({ description: 'The 21 impacts' }),
    md5_id: z.string().meta({ description: 'Identity that POST /product would give to this query' }),
    warnings: warningsSchema,
    exists: z.boolean().meta({ description: 'Whether a product with this identity is stored' }),
    simulation: detailedSimulationSchema.meta({ description: 'The whole detailed answer' }),
  })
  .meta({ id: 'Simulation' });
export type Simulation = z.output<typeof simulationSchema>;
