import { z } from 'zod';

/** Answers of `/retention…`: what is forgotten by age, and what is kept whatever its age. */

/** What there are policies for. */
export const RETENTION_KINDS = ['runs', 'jobs', 'models', 'versions'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

/** Why something stays, and what that means. */
export const KEPT_REASONS = {
  recent: 'no older than the policy says, or the policy has no days',
  newest: 'one of the newest, which stay whatever their age',
  open: 'it waits or goes on',
  succeeded: 'the last run of its pipeline that succeeded',
  serving: 'a model that an alias such as production names',
  only: 'the last answer for a product that is not there otherwise',
} as const;
export type KeptReason = keyof typeof KEPT_REASONS;

const kind = z.enum(RETENTION_KINDS).meta({
  description:
    'Runs of pipelines with their logs, jobs of POST /product/batch with their results, versions of the model with their files, answers that those of another version of the method took the place of',
});
const moment = z.iso.datetime().nullable();

export const retentionPreview = z
  .array(
    z
      .object({
        kind,
        policy: z.object({
          days: z.int().nullable().meta({ description: 'What is older goes; null: for ever' }),
          newest: z.int().meta({ description: 'So many stay whatever their age, of each pipeline or model' }),
          most: z
            .int()
            .nullable()
            .meta({ description: 'What is beyond so many goes whatever its age; null: no limit' }),
        }),
        goes: z.object({
          count: z.int(),
          oldest: moment,
          newest: moment,
          bytes: z.int().nullable().meta({ description: 'Of their files; null where the database does not tell' }),
        }),
        stays: z.object({
          count: z.int(),
          reasons: z.array(
            z.object({
              reason: z.enum(Object.keys(KEPT_REASONS) as [KeptReason, ...KeptReason[]]).meta({
                description: Object.entries(KEPT_REASONS)
                  .map(([name, meaning]) => `${name}: ${meaning}`)
                  .join('; '),
              }),
              count: z.int(),
            }),
          ),
        }),
      })
      .meta({ id: 'RetentionOfKind' }),
  )
  .meta({ description: 'Models that an MLflow server keeps are not among them' });
export type RetentionPreview = z.output<typeof retentionPreview>;

export const retentionOutcome = z.array(
  z
    .object({
      kind,
      removed: z.int(),
      left: z.int().meta({ description: 'What would go too, beyond what one request removes: ask again' }),
    })
    .meta({ id: 'RetentionOutcome' }),
);
export type RetentionOutcome = z.output<typeof retentionOutcome>;
