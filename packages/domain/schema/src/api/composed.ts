import { z } from 'zod';
import { expected } from '../languages.js';
import { fileProductSchema } from '../product-request.js';
import { textileQuerySchema } from '../textile-query.js';
import { warningsSchema } from '../warnings.js';
import { EXAMPLE_SIMULATION } from './examples.js';

/** Requests and answers of `POST /lot` and `POST /multicomponent`: what is sold as one and scored by its parts. Costs are in Pts. */

const MOST_ITEMS = 100;
const MOST_PIECES = 999;
const MOST_COMPONENTS = 20;

const { mass, materials, product, price, numberOfReferences, business, trims, airTransportRatio } =
  fileProductSchema.shape;
const { countrySpinning, countryFabric, countryDyeing, countryMaking, printing, fading, upcycled } =
  fileProductSchema.shape;
const shared = { price, numberOfReferences, business };
const flag = z.boolean(expected('yes or no (true or false)', 'oui ou non (true ou false)')).optional();
const pieces = expected(`a whole number from 1 to ${MOST_PIECES}`, `un nombre entier de 1 à ${MOST_PIECES}`);
const count = (most: number, least: number, en: string, fr: string) =>
  expected(`a list of ${least} to ${most} ${en}`, `une liste de ${least} à ${most} ${fr}`);
const items = count(MOST_ITEMS, 1, 'items', 'articles');
const components = count(MOST_COMPONENTS, 2, 'components', 'composants');

export const lotRequest = z
  .object({
    ...shared,
    items: z
      .array(
        fileProductSchema.extend({
          price: z.null(expected('no price: the lot has one', 'aucun prix : c’est le lot qui en a un')).optional(),
          fabricProcess: textileQuerySchema.shape.fabricProcess,
          numberOfItem: z.int(pieces).min(1, pieces).max(MOST_PIECES, pieces).optional(),
          outOfScope: flag.meta({
            description: 'Whether the display does not apply to such items: then not to the lot',
          }),
        }),
        items,
      )
      .min(1, items)
      .max(MOST_ITEMS, items),
  })
  .meta({ id: 'LotRequest', examples: [{ price: 50, items: [{ ...EXAMPLE_SIMULATION, numberOfItem: 2 }] }] });

const asPortalSchema = z
  .object({ ecs: z.number(), difference: z.number().meta({ description: 'Pts that the portal has more' }) })
  .meta({ description: 'What the portal makes of it' });

export const lotAnswer = z
  .object({
    rule: z.enum(['out-of-scope', 'identical', 'different']).meta({
      description:
        'identical: one computation of the whole mass; different: the sum; out-of-scope: one item is, so the lot is',
    }),
    out_of_scope: z.array(z.int()).meta({ description: 'Indexes of the items that are' }),
    mass: z.number().nullable().meta({ description: 'kg' }),
    ecs: z.number().nullable().meta({ description: 'Environmental cost of the lot, Pts' }),
    per_100g: z.number().nullable(),
    items: z.array(
      z.object({
        ecs: z.number().meta({ description: 'Of one piece, at its part of the price' }),
        number_of_item: z.int(),
        price: z.number().nullable().meta({ description: 'Part of the price of the lot, euros' }),
      }),
    ),
    as_portal: asPortalSchema.nullable(),
    warnings: warningsSchema,
  })
  .meta({ id: 'Lot' });
export type LotAnswer = z.output<typeof lotAnswer>;

export const multicomponentRequest = z
  .object({
    ...shared,
    product,
    trims,
    countryMaking,
    airTransportRatio,
    components: z
      .array(
        z.object({
          mass,
          materials,
          countrySpinning,
          countryFabric,
          countryDyeing,
          printing,
          fading,
          upcycled,
          isLabelled: flag.meta({ description: 'Whether it has to be told on the label of fibres' }),
        }),
        components,
      )
      .min(2, components)
      .max(MOST_COMPONENTS, components),
  })
  .meta({
    id: 'MulticomponentRequest',
    examples: [
      {
        product: 'tshirt',
        price: 40,
        countryMaking: 'TN',
        components: [
          { mass: 0.19, materials: [{ id: 'ei-coton', share: 1 }], countryFabric: 'TR', countryDyeing: 'TR' },
          { mass: 0.008, materials: [{ id: 'ei-pet', share: 1 }], countryFabric: 'CN', countryDyeing: 'CN' },
        ],
      },
    ],
  });

const scored = z.object({ ecs: z.number(), per_100g: z.number() });
export const multicomponentAnswer = z
  .object({
    mass: z.number().meta({ description: 'kg' }),
    main: z.int().meta({ description: 'Index of the heaviest component' }),
    by_component: scored
      .extend({ components: z.array(z.number()) })
      .meta({ description: 'Each at the whole price, trims with the heaviest, added up' }),
    simplified_1: scored.meta({ description: 'Whole mass and composition, countries of the heaviest' }),
    simplified_2: scored.nullable().meta({
      description:
        'Whole mass, composition of the heaviest; null unless the others are less than 5 % and not on the label',
    }),
    as_portal: asPortalSchema,
    warnings: warningsSchema,
  })
  .meta({ id: 'Multicomponent' });
export type MulticomponentAnswer = z.output<typeof multicomponentAnswer>;
