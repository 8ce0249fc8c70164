import { z } from 'zod';
import { IMPACT_CODES, type ImpactCode } from './vocabulary.js';

/**
 * Answers of an Ecobalyse-compatible textile API (METHOD §15).
 *
 * Demanding on what the platform stores, counts or shows; loose on everything else: the fields that an upstream adds are
 * kept as received, at every level.
 */

/** The 21 indicators. */
export const impactsSchema = z
  .looseObject(Object.fromEntries(IMPACT_CODES.map((code) => [code, z.number()])) as Record<ImpactCode, z.ZodNumber>)
  .meta({ id: 'Impacts' });

/** Indicators that the official API has no more since version 8.3: what it answers is kept without them. */
export const WITHDRAWN_IMPACTS = ['etf-c', 'htc-c', 'htn-c', 'pef'] as const satisfies readonly ImpactCode[];
type WithdrawnImpact = (typeof WITHDRAWN_IMPACTS)[number];

/** The indicators of an upstream's answer, of whatever version; it may send more. */
const upstreamImpactsSchema = z
  .looseObject({
    ...(impactsSchema.shape as Record<Exclude<ImpactCode, WithdrawnImpact>, z.ZodNumber>),
    ...(Object.fromEntries(WITHDRAWN_IMPACTS.map((code) => [code, z.number().nullish()])) as Record<
      WithdrawnImpact,
      z.ZodOptional<z.ZodNullable<z.ZodNumber>>
    >),
  })
  .meta({ id: 'UpstreamImpacts' });

/** Complements in Pts, positive when they are maluses (METHOD §10). */
export const complementsImpactsSchema = z.record(z.string(), z.number());

/** A country as shown in an answer. */
export const countrySchema = z.looseObject({ code: z.string(), name: z.string() });

/** Distances in km, and their impacts (METHOD §11.4). */
export const transportSchema = z
  .looseObject({
    air: z.number(),
    road: z.number(),
    sea: z.number(),
    impacts: upstreamImpactsSchema,
  })
  .meta({ id: 'Transport' });

/** One of the stages of the life cycle (METHOD §15.4). */
export const lifeCycleStageSchema = z
  .looseObject({
    label: z.string(),
    enabled: z.boolean(),
    country: countrySchema,
    inputMass: z.number(),
    outputMass: z.number(),
    impacts: upstreamImpactsSchema,
    transport: transportSchema,
  })
  .meta({ id: 'LifeCycleStage' });

/** The resolved inputs that the platform indexes and filters on. */
export const simulationInputsSchema = z
  .looseObject({
    mass: z.number(),
    materials: z.array(z.looseObject({ material: z.looseObject({ id: z.string() }), share: z.number() })).min(1),
    product: z.looseObject({ id: z.string() }),
    countryDyeing: countrySchema,
    countryFabric: countrySchema,
    countryMaking: countrySchema,
  })
  .meta({ id: 'SimulationInputs' });

/** Answer of `POST /textile/simulator/detailed` (METHOD §15.3). */
export const detailedSimulationSchema = z
  .looseObject({
    impacts: upstreamImpactsSchema,
    impactsWithoutDurability: upstreamImpactsSchema,
    complementsImpacts: complementsImpactsSchema,
    trimsImpacts: upstreamImpactsSchema,
    daysOfWear: z.number(),
    durability: z.number(),
    useNbCycles: z.number(),
    inputs: simulationInputsSchema,
    lifeCycle: z.array(lifeCycleStageSchema).min(1),
    transport: transportSchema,
  })
  .meta({ id: 'DetailedSimulation' });

/** Answer of `POST /textile/simulator` and `POST /textile/simulator/{code}` (METHOD §15.2): all indicators, or one. */
export const simpleSimulationSchema = z.looseObject({
  webUrl: z.string(),
  impacts: z.record(z.string(), z.number()).refine((impacts) => Object.keys(impacts).length > 0, {
    error: 'at least one indicator is expected',
  }),
  description: z.string(),
  query: z.looseObject({}),
});

/** Item of `GET /textile/countries` (METHOD §15.6). */
export const countryItemSchema = z.looseObject({ code: z.string(), name: z.string() }).meta({ id: 'Country' });

/** Item of `GET /textile/materials`, `/products` and `/trims` (METHOD §15.6). */
export const namedItemSchema = z.looseObject({ id: z.string(), name: z.string() }).meta({ id: 'ReferenceItem' });

const ZEROS = Object.fromEntries(IMPACT_CODES.map((code) => [code, 0]));
const [FIRST_CODE] = IMPACT_CODES;

function fillZeros(owner: unknown, ...names: string[]): void {
  if (typeof owner !== 'object' || owner === null) return;
  const fields = owner as Record<string, unknown>;
  for (const name of names) {
    const impacts = fields[name];
    if (typeof impacts === 'object' && impacts !== null && 'ecs' in impacts && !(FIRST_CODE in impacts))
      fields[name] = { ...ZEROS, ...impacts };
  }
}

/**
 * A detailed answer, as parsed, with the indicators of 0 that our simulator leaves out where `zeros=omitted` asks for it: as it
 * would have been without that, in the same order. It is changed in place; any other value stays as it is.
 */
export function withZeros<Answer>(answer: Answer): Answer {
  const { transport, lifeCycle } = Object(answer) as { transport?: unknown; lifeCycle?: unknown };
  fillZeros(answer, 'impacts', 'impactsWithoutDurability', 'trimsImpacts');
  fillZeros(transport, 'impacts');
  for (const stage of Array.isArray(lifeCycle) ? lifeCycle : []) {
    const { preTreatments, transport } = Object(stage);
    fillZeros(stage, 'impacts');
    fillZeros(preTreatments, 'energy', 'impacts', 'toxicity');
    fillZeros(transport, 'impacts');
  }
  return answer;
}

export type Impacts = z.infer<typeof impactsSchema>;
export type LifeCycleStage = z.infer<typeof lifeCycleStageSchema>;
export type DetailedSimulation = z.infer<typeof detailedSimulationSchema>;
export type SimpleSimulation = z.infer<typeof simpleSimulationSchema>;
export type CountryItem = z.infer<typeof countryItemSchema>;
export type NamedItem = z.infer<typeof namedItemSchema>;
