import { z } from 'zod';
import type { Language, Words } from './languages.js';

/** How serious a warning is: what cannot be taken, what its owner has to look at, what he should know. */
export const SEVERITIES = ['refuse', 'doubtful', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a rule says of a product, in every language: as it is kept. */
export interface Finding {
  /** Of the rule. */
  id: string;
  severity: Severity;
  /** Field of the product that it is about; null for all of it. */
  field: string | null;
  message: Words;
}

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

/** Whether somebody has to look at a product before it counts. */
export const isDoubtful = (findings: readonly Pick<Finding, 'severity'>[]): boolean =>
  findings.some(({ severity }) => severity !== 'note');
