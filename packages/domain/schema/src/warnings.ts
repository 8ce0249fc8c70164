import { z } from 'zod';
import { type Language, wordsSchema } from './languages.js';

/** How serious a warning is: what cannot be taken, what its owner has to look at, what he should know. */
export const SEVERITIES = ['refuse', 'doubtful', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a rule says of a product, in every language: as it is kept. */
export const findingSchema = z.object({
  /** Of the rule. */
  id: z.string(),
  severity: z.enum(SEVERITIES),
  /** Field of the product that it is about; null for all of it. */
  field: z.string().nullable(),
  message: wordsSchema,
});
export type Finding = z.output<typeof findingSchema>;

/** What became of a doubtful product: it counts in statistics and training again once somebody has confirmed it. */
export const CHECK_STATES = ['to-check', 'confirmed'] as const;
export type CheckState = (typeof CHECK_STATES)[number];
/** What products can be asked for: `counted` are all but those to check. */
export const STATE_FILTERS = [...CHECK_STATES, 'counted'] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];

export const checkStateSchema = z.enum(CHECK_STATES).nullable().meta({
  description: 'Of a doubtful product: to-check, or confirmed by somebody; null for all others',
});

/** The same for one reader. */
export const warningSchema = z
  .object({
    id: z.string().meta({ description: 'Rule, of docs/plausibility.md' }),
    severity: z
      .enum(SEVERITIES)
      .meta({ description: 'doubtful: kept out of statistics and training until it is confirmed or corrected' }),
    field: z.string().nullable().meta({ description: 'Field that it is about; null for the whole product' }),
    message: z.string(),
  })
  .meta({ id: 'Warning' });
export type Warning = z.output<typeof warningSchema>;

export const warningsSchema = z.array(warningSchema).meta({
  description: 'What is doubtful or worth knowing about the product; its cost is exact all the same',
});

/** Findings for a reader of a language. */
export const warningsIn = (findings: readonly Finding[], language: Language): Warning[] =>
  findings.map(({ message, ...finding }) => ({ ...finding, message: message[language] }));

/** What is kept of something, for a reader of a language. */
export const withWarningsIn = <Kept extends { warnings: readonly Finding[] }>(kept: Kept, language: Language) => ({
  ...kept,
  warnings: warningsIn(kept.warnings, language),
});

/** Whether somebody has to look at a product before it counts. */
export const isDoubtful = (findings: readonly Pick<Finding, 'severity'>[]): boolean =>
  findings.some(({ severity }) => severity !== 'note');
