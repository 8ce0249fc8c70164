import {
  BUSINESSES,
  countryItemSchema,
  countrySchema,
  DYEING_PROCESS_TYPES,
  detailedSimulationSchema,
  FABRIC_PROCESSES,
  impactsSchema,
  lifeCycleStageSchema,
  namedItemSchema,
  PRINTING_KINDS,
  SPINNING_TECHNIQUES,
  STAGE_CODES,
  simpleSimulationSchema,
  simulationInputsSchema,
  transportSchema,
} from '@ecobalyse/schema';
import { z } from 'zod';

/**
 * What the simulator answers, in full (METHOD §15), for the OpenAPI document. The platform's own contracts of
 * `@ecobalyse/schema` name only what the platform uses of an answer; these extend them with everything else.
 */

const ratio = (description: string) => z.number().min(0).max(1).describe(description);
const kilograms = (description: string) => z.number().describe(`${description} (kg)`);
const label = (description: string) => z.string().nullable().describe(description);
const processId = (description: string) => z.string().describe(description);

/** Complements in Pts (METHOD §10). */
export const complements = z
  .object({
    cropDiversity: z.number(),
    hedges: z.number(),
    livestockDensity: z.number(),
    microfibers: z.number().describe('Rejets de microfibres.'),
    outOfEuropeEOL: z.number().describe('Export en fin de vie hors d’Europe.'),
    permanentPasture: z.number(),
    plotSize: z.number(),
  })
  .describe('Compléments au coût environnemental, en points (Pts) ; un malus est positif.');

/** A country with the processes of its energy mix (METHOD §15.3). */
export const country = countrySchema
  .extend({
    aquaticPollutionScenario: z.enum(['Best', 'Average', 'Worst']),
    electricityProcessUuid: processId('Procédé du mix électrique.'),
    heatProcessUuid: processId('Procédé du mix de chaleur.'),
    scopes: z.array(z.string()),
  })
  .describe('Pays ou région ; `---` est le pays inconnu.');

/** Distances and impacts of a transport (METHOD §11.4). */
export const transport = transportSchema
  .extend({ roadCooled: z.literal(0), seaCooled: z.literal(0) })
  .describe('Distances en km et impacts du transport.');

const trimItem = z.object({
  id: z.string(),
  quantity: z.number().int().min(1),
  custom: z
    .object({
      name: z.string().optional(),
      elements: z.array(z.object({ amount: z.number(), material: z.string(), transforms: z.array(z.string()) })),
    })
    .optional(),
});

const material = z.object({
  id: z.string(),
  name: z.string(),
  shortName: z.string(),
  origin: z.string().describe('Origine de la fibre.'),
  materialProcessUuid: processId('Procédé de la matière.'),
  recycledProcessUuid: z.string().nullable(),
  recycledFrom: z.string().nullable().describe('Matière vierge dont celle-ci est le recyclage.'),
  geographicOrigin: z.string(),
  defaultCountry: z.string(),
});

const product = z.object({
  id: z.string(),
  name: z.string(),
  fabric: z.string(),
  making: z.object({ pcrWaste: ratio('Taux de perte par défaut.'), complexity: z.string() }),
  trims: z.array(trimItem),
  use: z.object({
    nonIroningProcessUuid: processId('Procédé d’entretien hors repassage.'),
    wearsPerCycle: z.number(),
    defaultNbCycles: z.number(),
    ratioDryer: z.number(),
    ratioIroning: z.number(),
    timeIroning: z.number().describe('Durée de repassage (h).'),
    daysOfWear: z.number(),
  }),
  endOfLife: z.object({ volume: z.number().describe('Volume (m³).') }),
});

/** The resolved inputs (METHOD §15.3): `null` where the query gave nothing. */
export const inputs = simulationInputsSchema
  .extend({
    airTransportRatio: ratio('Part du transport aérien.').nullable(),
    business: z.enum(BUSINESSES).nullable(),
    countryDyeing: country,
    countryFabric: country,
    countryMaking: country,
    disabledSteps: z.array(z.enum(STAGE_CODES)),
    dyeingProcessType: z.enum(DYEING_PROCESS_TYPES).nullable(),
    fabricProcess: z.enum(FABRIC_PROCESSES).nullable(),
    fading: z.boolean().nullable(),
    makingComplexity: z.string().nullable().describe('`not-applicable` est écrit `non-applicable`.'),
    makingDeadStock: ratio('Taux de stocks dormants.').nullable(),
    makingWaste: ratio('Taux de perte en confection.').nullable(),
    materials: z.array(
      z.object({
        material,
        share: ratio('Part de la matière.'),
        country: z.string().optional().describe('Code du pays d’origine, s’il a été donné.'),
        spinning: z.enum(SPINNING_TECHNIQUES).optional(),
      }),
    ),
    numberOfReferences: z.number().int().nullable(),
    physicalDurability: z.number().nullable(),
    price: z.number().nullable().describe('Prix (€).'),
    printing: z.object({ kind: z.enum(PRINTING_KINDS), ratio: ratio('Part imprimée.') }).nullable(),
    product,
    surfaceMass: z.number().int().nullable().describe('Grammage (g/m²).'),
    trims: z.array(trimItem),
    upcycled: z.boolean(),
    yarnSize: z.number().nullable().describe('Titrage (Nm).'),
  })
  .describe('Données d’entrée, valeurs par défaut comprises là où elles sont montrées.');

const processInfo = z
  .object({
    airTransport: label('Transport aérien.'),
    airTransportRatio: label('Jamais renseigné.'),
    countryElec: label('Électricité.'),
    countryHeat: label('Chaleur.'),
    distribution: label('Distribution.'),
    endOfLife: label('Traitement en fin de vie.'),
    fabric: label('Étoffe.'),
    fading: label('Délavage.'),
    making: label('Jamais renseigné.'),
    passengerCar: label('Trajet en voiture.'),
    roadTransport: label('Transport routier.'),
    seaTransport: label('Transport maritime.'),
    useIroning: label('Repassage.'),
    useNonIroning: label('Entretien hors repassage.'),
  })
  .describe('Libellés des procédés de l’étape.');

const preTreatments = z
  .object({
    elecKWh: z.number(),
    heatMJ: z.number(),
    energy: impactsSchema,
    toxicity: impactsSchema,
    impacts: impactsSchema,
    operations: z.array(z.string()),
  })
  .describe('Pré-traitements de l’ennoblissement.');

/** One stage of the life cycle (METHOD §15.4). */
export const stage = lifeCycleStageSchema
  .extend({
    airTransportRatio: ratio('Part du transport aérien vers l’étape suivante.'),
    complementsImpacts: complements,
    country,
    deadstock: kilograms('Stocks dormants'),
    durability: z.literal(1),
    editable: z.boolean(),
    elecKWh: z.number().describe('Électricité (kWh).'),
    enabled: z.boolean().describe('Si l’étape compte dans les totaux.'),
    heatMJ: z.number().describe('Chaleur (MJ).'),
    inputMass: kilograms('Masse entrante'),
    makingDeadStock: ratio('Taux demandé, à l’étape de confection.').nullable(),
    makingWaste: ratio('Taux demandé, à l’étape de confection.').nullable(),
    outputMass: kilograms('Masse sortante'),
    picking: z.number().nullable().describe('Duitage (nombre de duites) d’une étoffe tissée.'),
    preTreatments,
    processInfo,
    surfaceMass: z.number().nullable().describe('Grammage demandé (g/m²), à l’étape de l’étoffe.'),
    threadDensity: z.number().nullable().describe('Densité de fils (par cm) d’une étoffe tissée.'),
    transport,
    waste: kilograms('Pertes'),
    yarnSize: z.number().nullable().describe('Titrage demandé (Nm), aux étapes de filature et d’étoffe.'),
  })
  .describe('Étape du cycle de vie ; impacts compléments compris, hors transport, non divisés par la durabilité.');

/** `POST /textile/simulator/detailed` (METHOD §15.3). */
export const detailedAnswer = detailedSimulationSchema
  .extend({
    complementsImpacts: complements,
    daysOfWear: z.number().int().describe('Nombre de jours d’utilisation.'),
    durability: z.number().describe('Coefficient de durabilité, par lequel les totaux sont divisés.'),
    inputs,
    lifeCycle: z.array(stage).length(STAGE_CODES.length),
    transport,
    useNbCycles: z.number().int().describe('Nombre de cycles d’entretien.'),
    webUrl: z.string().describe('La même simulation sur le site.'),
  })
  .describe('Tous les résultats intermédiaires d’une simulation.');

const echoedQuery = z.looseObject({}).describe('La requête comprise : valeurs résolues, champs sans valeur omis.');

/** `POST /textile/simulator` (METHOD §15.2). */
export const simpleAnswer = simpleSimulationSchema
  .extend({
    description: z.string().describe('Résumé de la requête en une ligne.'),
    impacts: impactsSchema,
    query: echoedQuery,
    webUrl: z.string().describe('La même simulation sur le site.'),
  })
  .describe('Les indicateurs d’un vêtement.');

/** `POST /textile/simulator/{impact}` (METHOD §15.2). */
export const singleImpactAnswer = simpleSimulationSchema
  .extend({
    description: z.string().describe('Résumé de la requête en une ligne.'),
    impacts: z.record(z.string(), z.number()).describe('Le seul indicateur demandé, sous son code.'),
    query: echoedQuery,
    webUrl: z.string().describe('La même simulation sur le site.'),
  })
  .describe('Un indicateur d’un vêtement.');

/** Every answer that is not a success (METHOD §4.4). */
export const errorAnswer = z
  .object({
    error: z
      .record(z.string(), z.string())
      .describe('Un message par champ en faute ; `decoding` pour une requête illisible, `general` pour le reste.'),
    documentation: z.string().describe('Adresse de la documentation.'),
  })
  .describe('Refus, avec ce qui a été reçu et ce qui était attendu.');

/** A line of a batch's answer about a query that was refused. */
export const errorLine = errorAnswer
  .extend({
    line: z.number().int().min(1).describe('Ligne du lot reçu à laquelle la requête finit.'),
    status: z.number().int().describe('Statut que la requête aurait eu seule.'),
  })
  .describe('Ligne de réponse d’un lot pour une requête refusée.');

export const countryList = z.array(countryItemSchema).describe('Liste des pays et régions.');
export const namedList = z.array(namedItemSchema).describe('Liste d’identifiants et de libellés.');
