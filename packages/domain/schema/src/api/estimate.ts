import { z } from 'zod';
import { expected } from '../languages.js';
import { orRefused } from './answers.js';
import { EXAMPLE_ESTIMATE } from './examples.js';

/** Requests and answers of `POST /estimate` and `POST /estimate/batch`. */

const OPEN = 'a value as in `POST /simulate`, or `{"any": true}`, or `{"oneOf": […]}`';
const RANGED = `${OPEN}, or \`{"from": a, "to": b}\``;
const open = (of: string, forms = OPEN) =>
  z
    .unknown()
    .optional()
    .meta({ description: `${of}: ${forms}` });

/** A textile query of which any field may be unknown; what each field may hold is checked by the estimation. */
export const estimateRequestSchema = z
  .looseObject({
    product: open('Type of garment'),
    mass: open('Mass in kg', RANGED),
    materials: open('Materials; in an entry, too, `id`, `share`, `country` and `spinning` may be open'),
    fabricProcess: open('Knitting or weaving technique'),
    countrySpinning: open('Country'),
    countryFabric: open('Country'),
    countryDyeing: open('Country'),
    countryMaking: open('Country'),
    catalogue: z
      .array(z.record(z.string(), z.unknown()), expected('a list of textile queries', 'une liste de requêtes textiles'))
      .min(1, expected('at least one product', 'au moins un produit'))
      .max(2000, expected('at most 2000 products', '2000 produits au plus'))
      .nullish()
      .meta({
        description: 'Your own products, as textile queries: what is unknown is drawn from those that are alike',
      }),
  })
  .meta({
    id: 'EstimateRequest',
    description:
      'Every field of the textile query, left out or open where it is unknown. Left out, the eight fields named here are unknown; any other has the default of the method.',
    examples: [EXAMPLE_ESTIMATE],
  });
export type EstimateRequest = z.output<typeof estimateRequestSchema>;

const DRAWS = expected('a number of draws from 20 to 5000', 'un nombre de tirages de 20 à 5000');
const SEED = expected('a whole number from 0 to 4294967295', 'un nombre entier de 0 à 4294967295');

export const DISTRIBUTIONS = ['sector', 'legal-defaults'] as const;
export const estimateParametersSchema = z.strictObject({
  distribution: z
    .enum(DISTRIBUTIONS, expected(`one of ${DISTRIBUTIONS.join(', ')}`, `l’un de ${DISTRIBUTIONS.join(', ')}`))
    .optional()
    .meta({ description: 'What unknown fields are drawn from; `sector` by default' }),
  draws: z.coerce.number(DRAWS).int(DRAWS).min(20, DRAWS).max(5000, DRAWS).optional(),
  seed: z.coerce
    .number(SEED)
    .int(SEED)
    .min(0, SEED)
    .max(2 ** 32 - 1, SEED)
    .optional(),
});

const pts = (description: string) => z.number().meta({ description: `${description}, Pts` });
const query = z.record(z.string(), z.unknown());
const answer = z.object({ value: z.unknown(), ecs: pts('Expected cost with this answer') });
const fields = (description: string) => z.array(z.string()).meta({ description });

export const estimateSchema = z
  .object({
    exact: z.boolean().meta({ description: 'Whether nothing is unknown: the cost is the exact one' }),
    ecs: z.object({
      min: pts('Lowest cost of all completions'),
      max: pts('Highest cost of all completions'),
      mean: pts('Mean of the drawn garments'),
      median: pts('Median of the drawn garments'),
      p5: pts('5 % of the drawn garments cost less'),
      p95: pts('5 % of the drawn garments cost more'),
      standard_error: pts('Monte Carlo error of the mean'),
    }),
    completions: z
      .object({ min: query, max: query })
      .meta({ description: 'Completions that cost the least and the most, as queries of POST /simulate' }),
    ask: z
      .array(
        z.object({
          field: z.string(),
          status: z.enum(['drawn', 'defaulted']),
          points: pts(
            'Worth of the answer: how much it is expected to narrow the 90 % range (drawn), or to move the cost (defaulted)',
          ),
          best: answer,
          worst: answer,
          words: z.object({ en: z.string(), fr: z.string() }),
        }),
      )
      .meta({ description: 'What to ask first' }),
    declaration: z.object({
      published: pts('Cost by legal defaults, as a third party would publish it').nullable(),
      declarable: pts('The same with the best facts of the brand that were not given').nullable(),
      facts: query.meta({ description: 'These facts' }),
      needs: fields('Fields without which nothing can be published'),
    }),
    given: fields('Fields that were given'),
    defaulted: fields('Fields that have the default of the method'),
    drawn: fields('Fields that are unknown'),
    distribution: z.object({ name: z.string(), version: z.number(), draws: z.number(), seed: z.number() }),
    method_version: z.string(),
  })
  .meta({ id: 'Estimate' });
export type EstimateAnswer = z.output<typeof estimateSchema>;

/** Bodies of `POST /estimate/batch` by their type. */
export const estimateBatchBody = {
  content: {
    'application/json': { schema: z.array(estimateRequestSchema).meta({ examples: [[EXAMPLE_ESTIMATE]] }) },
    'application/x-ndjson': { schema: z.unknown().meta({ type: 'string', description: 'A request per line' }) },
  },
};
export const estimateBatchAnswer = {
  description: 'An estimate, or `{"detail": […], "code": …}`, for each request',
  content: {
    'application/json': { schema: z.array(orRefused(estimateSchema)) },
    'application/x-ndjson': { schema: z.string() },
  },
};
