import { z } from 'zod';
import { detailedSimulationSchema } from './simulation.js';
import { SCENARIOS } from './vocabulary.js';
import { CHECK_STATES, findingSchema } from './warnings.js';

/** Forms of upstream's answers. */
export const ANSWER_FORMS = ['v7', 'v8'] as const;
export type AnswerForm = (typeof ANSWER_FORMS)[number];

export const scenarioSchema = z.enum(SCENARIOS);

/** What the platform adds to an upstream answer; the contract routes leave it out. */
export const platformFieldsSchema = z.object({
  /** Where the document comes from; `other` for what another platform wrote into the same database. */
  source: z.enum(['extraction', 'api', 'other']),
  /** The query as it was sent upstream: what `md5_id` is taken over. Of another platform's document, what its inputs tell. */
  query: z.record(z.string(), z.unknown()),
  /** Scenario of the extraction grid; null for a product added by a user. */
  scenario: scenarioSchema.nullable(),
  /** Version of the regulatory method that computed the answer, such as `7.0.0`; null when upstream does not tell. */
  methodVersion: z.string().nullable(),
  /** Hash of the figures that it was computed with; null when upstream does not tell. Older documents do not say. */
  figures: z.string().nullable().optional(),
  /** Form of the answer: those of version 8 of the official API lack `pef` and three other indicators. */
  form: z.enum(ANSWER_FORMS).optional(),
  /** Impacts with a real figure; the others are 0 because upstream gave none. */
  coveredImpacts: z.array(z.string()),
  /** How many those are: the good and bad product routes compare only products of one number. */
  coveredCount: z.int(),
  /** Mean of the 21 impact values: what the good and bad product routes sort by. */
  averageImpacts: z.number(),
  /** Hash of the normalised query: equal for two identities of the same garment. Of another platform's document, `md5_id`. */
  contentHash: z.string(),
  /** Hash of the upstream answer, or of all that another platform wrote: tells an update from an unchanged document. */
  answerHash: z.string(),
  // As text: the original's API puts whole documents into JSON, which a BSON date would break.
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Run of the pipeline that inserted the document; null when a user added it. */
  insertedByRun: z.string().nullable(),
  /** Last run that changed the document. */
  updatedByRun: z.string().nullable(),
  /** Of a doubtful product only: what was found of it, whether it still has to be checked, and who confirmed it. */
  warnings: z.array(findingSchema).optional(),
  state: z.enum(CHECK_STATES).optional(),
  confirmed: z.object({ by: z.string().nullable(), at: z.iso.datetime() }).optional(),
});

export type PlatformFields = z.output<typeof platformFieldsSchema>;

/** A document of the `impacts` collection: the upstream's detailed answer as received, and what identifies it. */
export const impactDocumentSchema = detailedSimulationSchema.extend({
  md5_id: z.string(),
  product_id: z.string(),
  _platform: platformFieldsSchema,
});

export type ImpactDocument = z.output<typeof impactDocumentSchema>;

/** An `impacts` document as the contract routes answer it: without what the platform adds. */
export type PublicImpactDocument = Omit<ImpactDocument, '_platform'>;

/** A document of `impacts_documentation`. */
export const impactDocumentationSchema = z.object({ code: z.string(), description: z.string() });
export type ImpactDocumentation = z.output<typeof impactDocumentationSchema>;

/** A document of `countries`. */
export const countryDocumentSchema = z.object({ code: z.string(), name: z.string() });
export type CountryDocument = z.output<typeof countryDocumentSchema>;

/** A document of `materials`, `products` or `fabricProcess`. */
export const namedDocumentSchema = z.object({ id: z.string(), name: z.string() });
export type NamedDocument = z.output<typeof namedDocumentSchema>;

/** A document of `products_details`: a garment of the extraction grid. */
export const productDetailsSchema = z.object({
  product: z.string(),
  label: z.string(),
  materials: z.array(z.object({ id: z.string(), share: z.number() })).min(1),
  massKg: z.object({ min: z.number().positive(), max: z.number().positive(), step: z.number().positive() }),
  fabricProcess: z.string(),
});
export type ProductDetails = z.output<typeof productDetailsSchema>;
