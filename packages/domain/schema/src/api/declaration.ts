import { z } from 'zod';
import { EXAMPLE_DECLARATION } from './examples.js';
import { languageParameter } from './files.js';
import { MOST_NAME_CHARACTERS } from './jobs.js';
import { oneOf } from './parameters.js';

/** Requests and answers of `POST /declaration/check`: the official declaration file, judged as the portal judges it. */

export const declarationCheckQuery = z.object({
  name: z
    .string()
    .min(1)
    .max(MOST_NAME_CHARACTERS)
    .optional()
    .meta({ description: 'Name of the file, whose ending the portal goes by', example: 'spring.csv' }),
  rules: oneOf(['may-2026', 'august-2026'])
    .default('may-2026')
    .meta({ description: 'Rules of the portal as they were; the later ones take barcode numbers of 12 digits' }),
  format: oneOf(['ndjson', 'json']).optional().meta({ description: 'By itself what Accept asks for, or ndjson' }),
  language: languageParameter,
});

const binary = z.unknown().meta({ type: 'string', format: 'binary' });

export const declarationCheckBody = {
  content: {
    // Whatever is sent is judged: what is no table is a file that is refused.
    'text/csv': { schema: z.unknown().meta({ examples: [EXAMPLE_DECLARATION] }) },
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { schema: binary },
    'multipart/form-data': {
      schema: z
        .object({
          organisation: z.string().optional().describe('Who uploads, as JSON (docs/declaration.md), before the file'),
          file: binary,
        })
        .meta({ examples: [{ file: EXAMPLE_DECLARATION }] }),
    },
  },
};

const errorSchema = z.object({
  stage: z.string(),
  path: z.array(z.union([z.string(), z.number()])),
  reason: z.string(),
  repair: z.string().meta({ description: 'How to mend it' }),
});
const scoredSchema = z.union([z.object({ ecs: z.number() }), z.object({ refusedField: z.string() })]);

/** Answer of `POST /declaration/check` as JSON. */
export const declarationReportSchema = z
  .object({
    file: z.enum(['read', 'refused']),
    stage: z.string().optional().meta({ description: 'Where a file is refused whole' }),
    reason: z.string().optional(),
    repair: z.string().optional(),
    warnings: z
      .array(z.string())
      .meta({ description: 'Headers that the portal reads otherwise than they are written' }),
    rows: z.array(
      z.object({
        row: z.number().int(),
        reference: z.string(),
        verdict: z.enum(['accepted', 'refused', 'blocked', 'unchanged']),
        errors: z.array(errorSchema),
        ecs: z.number().nullable().meta({ description: 'Cost that the portal computes, in Pts' }),
        misread: z
          .array(z.object({ column: z.string(), text: z.string(), read_as: z.number(), meant: z.number().nullable() }))
          .meta({ description: 'Cells that the portal reads as other numbers than they mean' }),
        scores: z
          .object({
            as_portal: scoredSchema,
            as_given: scoredSchema,
            difference: z.number().nullable(),
            assumed: z.record(z.string(), z.unknown()).meta({ description: 'What the portal assumes' }),
          })
          .nullable()
          .meta({ description: 'Of an accepted row: the cost as the portal computes it, and of what the row says' }),
      }),
    ),
  })
  .meta({ id: 'DeclarationReport' });
export type DeclarationReport = z.output<typeof declarationReportSchema>;
