import { z } from 'zod';
import { expected } from '../languages.js';
import { readingNumbersFromText } from '../numbers-as-text.js';
import { textileQuerySchema } from '../textile-query.js';
import { MODEL_FAMILIES, STAGE_CODES } from '../vocabulary.js';
import { orRefused } from './answers.js';
import { EXAMPLE_PREDICTION } from './examples.js';

const MAX_MASS_KG = 100;
const identifier = (en: string, fr: string, example: string) =>
  z
    .string(expected(en, fr))
    .max(100, expected(`${en} of at most 100 characters`, `${fr} de 100 caractères au plus`))
    .nullish()
    .meta({ example });
const ratio = (en: string, fr: string) => {
  const error = expected(`${en}, from 0 to 1`, `${fr}, de 0 à 1`);
  return z.number(error).min(0, error).max(1, error);
};
const positive = (en: string, fr: string) =>
  z
    .number(expected(en, fr))
    .positive(expected(`${en} above 0`, `${fr} au-dessus de 0`))
    .nullish();
const mass = () =>
  positive('a mass in kg', 'une masse en kg').refine(
    (mass) => !mass || mass <= MAX_MASS_KG,
    expected(`a mass of at most ${MAX_MASS_KG} kg`, `une masse de ${MAX_MASS_KG} kg au plus`),
  );
/** Everything that `POST /simulate` takes; what is missing is missing. */
const query = textileQuerySchema.partial().shape;

/**
 * Body of `POST /predict` (CONTRACT, "The prediction request"): eleven fields of the original, each of which may be
 * null or absent, further ones that the method knows, and the names of `POST /simulate` for all of them; a further field
 * that is absent has the method's default. Any other field is named in a warning. Numbers may be written as text, as the original took them.
 */
export const predictionRequestSchema = readingNumbersFromText(
  z.looseObject({
    ProductId: identifier('a product type', 'un type de produit', 'pantalon'),
    MaterialId_1: identifier('a material', 'une matière', 'ei-coton-organic'),
    MaterialId_2: identifier('a material', 'une matière', 'ei-pet'),
    MaterialId_1_share: ratio('the share of the first material', 'la part de la première matière').nullish(),
    MaterialId_2_share: ratio('the share of the second material', 'la part de la seconde matière').nullish(),
    CountryDyeingCode: identifier('the code of the country of dyeing', 'le code du pays de teinture', 'BD'),
    CountryFabricCode: identifier(
      'the code of the country of fabric',
      'le code du pays de tissage ou de tricotage',
      'BD',
    ),
    CountryMakingCode: identifier('the code of the country of making', 'le code du pays de confection', 'BD'),
    FabricProcess: identifier('a fabric process', 'un procédé de tissage ou de tricotage', 'knitting-mix'),
    Mass: mass(),
    AirTransportRatio: ratio('the share of air transport', 'la part de transport aérien').nullish(),

    Materials: z
      .array(z.object({ id: z.string().min(1).max(100), share: ratio('a share', 'une part') }))
      .max(50)
      .nullish()
      .describe('All materials, instead of MaterialId_1 and MaterialId_2'),
    CountrySpinningCode: identifier('the code of the country of spinning', 'le code du pays de filature', 'BD'),
    DisabledSteps: z.array(z.enum(STAGE_CODES)).nullish().describe('Stages of the life cycle that are left out'),
    Business: identifier('a kind of business', 'un type d’entreprise', 'small-business'),
    MakingComplexity: identifier('a complexity of making', 'une complexité de confection', 'medium'),
    NumberOfReferences: positive('a number of references', 'un nombre de références'),
    PhysicalDurability: positive('a coefficient of physical durability', 'un coefficient de durabilité physique'),
    Price: positive('a price in euros', 'un prix en euros'),
    SurfaceMass: positive('a surface mass in g/m²', 'un grammage en g/m²'),

    ...query,
    product: identifier('a product type', 'un type de produit', 'tshirt'),
    materials: query.materials.unwrap().max(50, expected('at most 50 materials', '50 matières au plus')).nullish(),
    mass: mass(),
    fabricProcess: identifier('a fabric process', 'un procédé de tissage ou de tricotage', 'knitting-mix'),
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
  description: 'A prediction, or `{"detail": […], "code": …}`, for each request',
  content: {
    'application/json': { schema: z.array(orRefused(predictionSchema)) },
    'application/x-ndjson': { schema: z.string() },
  },
};
