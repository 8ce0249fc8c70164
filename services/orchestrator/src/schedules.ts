import type { PipelineName, Schedule } from '@ecobalyse/pipeline';
import { parseSchedule, type Settings } from '@ecobalyse/service-kit';
import { pausedPipelines } from '@ecobalyse/store';
import type { ConfiguredSchedule, OrchestratorDependencies } from './dependencies.js';

/** The setting that schedules each pipeline. */
export const SCHEDULE_SETTINGS = {
  ecobalyse_extract: 'SCHEDULE_ECOBALYSE_EXTRACT',
  ecobalyse_training: 'SCHEDULE_ECOBALYSE_TRAINING',
  ecobalyse: 'SCHEDULE_ECOBALYSE',
  ecobalyse_rescore: 'SCHEDULE_ECOBALYSE_RESCORE',
} as const satisfies Record<PipelineName, string>;

type ScheduleSettings = Settings<(typeof SCHEDULE_SETTINGS)[PipelineName] | 'SCHEDULE_TIME_ZONE'>;

/** The schedule of each pipeline, from the settings. */
export function configuredSchedules(settings: ScheduleSettings): Map<PipelineName, ConfiguredSchedule> {
  const timeZone = settings.SCHEDULE_TIME_ZONE;
  return new Map(
    (Object.keys(SCHEDULE_SETTINGS) as PipelineName[]).map((pipeline) => {
      const text = settings[SCHEDULE_SETTINGS[pipeline]];
      const parsed = parseSchedule(text);
      const schedule: Schedule | undefined =
        parsed === 'off' ? undefined : 'pattern' in parsed ? { ...parsed, timeZone } : parsed;
      return [pipeline, { text, timeZone, ...(schedule && { schedule }) }];
    }),
  );
}

/**
 * Makes Redis hold the schedules of the pipelines that are neither off nor paused, as after a flush or a resume. What cannot
 * be scheduled now keeps nothing else from being scheduled, is told to the readiness, and is tried again by {@link reconcile}.
 */
export async function applySchedules(dependencies: OrchestratorDependencies): Promise<void> {
  const { store, scheduler, schedules, troubles, logger } = dependencies;
  try {
    const paused = await pausedPipelines(store);
    const active = [...schedules].flatMap(([pipeline, { schedule }]): [PipelineName, Schedule][] =>
      schedule && !paused.has(pipeline) ? [[pipeline, schedule]] : [],
    );
    const failures = await scheduler.apply(new Map(active));
    for (const [pipeline, err] of failures) logger.warn({ err, pipeline }, 'could not set a schedule: trying again');
    if (failures.size === 0) troubles.delete('schedules');
    else troubles.set('schedules', `without the schedule that is set: ${[...failures.keys()].join(', ')}`);
  } catch (err) {
    logger.warn({ err }, 'could not set the schedules: trying again');
    troubles.set('schedules', 'the schedules could not be compared with those that are set');
  }
}
