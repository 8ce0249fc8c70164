import { z } from 'zod';
import { readingNumbersFromText } from '../numbers-as-text.js';
import { textileQuerySchema } from '../textile-query.js';
import { MODEL_FAMILIES, STAGE_CODES } from '../vocabulary.js';
import { EXAMPLE_PREDICTION } from './examples.js';

const MAX_MASS_KG = 100;
const identifier = (what: string, example: string) =>
  z.string(`expected ${what}`).max(100, `expected ${what} of at most 100 characters`).nullish().meta({ example });
const ratio = (what: string) =>
  z
    .number(`expected ${what}, from 0 to 1`)
    .min(0, `expected ${what}, from 0 to 1`)
    .max(1, `expected ${what}, from 0 to 1`);
/** Everything that `POST /simulate` takes; what is missing is missing. */
const query = textileQuerySchema.partial().shape;
const positive = (what: string) => z.number(`expected ${what}`).positive(`expected ${what} above 0`).nullish();
const mass = () =>
  positive('a mass in kg').refine(
    (mass) => !mass || mass <= MAX_MASS_KG,
    `expected a mass of at most ${MAX_MASS_KG} kg`,
  );

/**
 * Body of `POST /predict` (CONTRACT, "The prediction request"): eleven fields of the original, each of which may be
 * null or absent, further ones that the method knows, and the names of `POST /simulate` for all of them; a further field
 * that is absent has the method's default. Any other field is named in a warning. Numbers may be written as text, as the original took them.
 */
export const predictionRequestSchema = readingNumbersFromText(
  z.looseObject({
    ProductId: identifier('a product type', 'pantalon'),
    MaterialId_1: identifier('a material', 'ei-coton-organic'),
    MaterialId_2: identifier('a material', 'ei-pet'),
    MaterialId_1_share: ratio('the share of the first material').nullish(),
    MaterialId_2_share: ratio('the share of the second material').nullish(),
    CountryDyeingCode: identifier('the code of the country of dyeing', 'BD'),
    CountryFabricCode: identifier('the code of the country of fabric', 'BD'),
    CountryMakingCode: identifier('the code of the country of making', 'BD'),
    FabricProcess: identifier('a fabric process', 'knitting-mix'),
    Mass: mass(),
    AirTransportRatio: ratio('the share of air transport').nullish(),

    Materials: z
      .array(z.object({ id: z.string().min(1).max(100), share: ratio('a share') }))
      .max(50)
      .nullish()
      .describe('All materials, instead of MaterialId_1 and MaterialId_2'),
    CountrySpinningCode: identifier('the code of the country of spinning', 'BD'),
    DisabledSteps: z.array(z.enum(STAGE_CODES)).nullish().describe('Stages of the life cycle that are left out'),
    Business: identifier('a kind of business', 'small-business'),
    MakingComplexity: identifier('a complexity of making', 'medium'),
    NumberOfReferences: positive('a number of references'),
    PhysicalDurability: positive('a coefficient of physical durability'),
    Price: positive('a price in euros'),
    SurfaceMass: positive('a surface mass in g/m²'),

    ...query,
    product: identifier('a product type', 'tshirt'),
    materials: query.materials.unwrap().max(50, 'expected at most 50 materials').nullish(),
    mass: mass(),
    fabricProcess: identifier('a fabric process', 'knitting-mix'),
  }),
).meta({ id: 'PredictionRequest', examples: [EXAMPLE_PREDICTION] });
export type PredictionRequest = z.output<typeof predictionRequestSchema>;

/** Why a prediction may be worth less than its interval says. */
export const predictionWarningSchema = z
  .object({
    code: z.enum(['missing-field', 'unknown-field', 'unknown-category', 'outside-training-range', 'incomplete-shares']),
    field: z.string(),
    message: z.string(),
  })
  .meta({ id: 'PredictionWarning' });
export type PredictionWarning = z.output<typeof predictionWarningSchema>;

/** Answer of `POST /predict`: the environmental cost in Pts first, as the original answered it. */
export const predictionSchema = z
  .object({
    prediction_impact: z.number(),
    exact: z
      .number()
      .nullable()
      .describe('The cost by the method, where the garment is described in full: use this one'),
    interval: z.object({ low: z.number(), high: z.number(), level: z.number() }),
    model: z.object({ family: z.enum(MODEL_FAMILIES), version: z.number(), trainedAt: z.string() }),
    warnings: z.array(predictionWarningSchema),
  })
  .meta({ id: 'Prediction' });
export type Prediction = z.output<typeof predictionSchema>;

/** Bodies of `POST /predict/batch` by their type; the lines are a stream, of which each is checked when it comes. */
export const predictionBatchBody = {
  content: {
    'application/json': { schema: z.array(predictionRequestSchema).meta({ examples: [[EXAMPLE_PREDICTION]] }) },
    'application/x-ndjson': {
      schema: z.unknown().meta({
        type: 'string',
        description: 'A prediction request per line',
      }),
    },
  },
};
export const predictionBatchAnswer = {
  description: 'A prediction for each request',
  content: {
    'application/json': { schema: z.array(predictionSchema) },
    'application/x-ndjson': { schema: z.string() },
  },
};
