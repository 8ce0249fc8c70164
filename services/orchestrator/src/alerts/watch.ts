import { statfs } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { PipelineName } from '@ecobalyse/pipeline';
import {
  beginIncident,
  claimIncident,
  countDoubtful,
  endIncident,
  findServedModel,
  listIncidents,
  listRuns,
  noteTold,
  SEES_ALL,
} from '@ecobalyse/store';
import type { OrchestratorDependencies } from '../dependencies.js';
import { type Facts, look, type PipelineFacts } from './checks.js';
import { type AnswersDependencies, readUpstreamAnswers } from './upstream-answers.js';

const EVERY_MS = 30_000;
/** Reads about every document where nothing is doubtful. */
const DOUBTFUL_EVERY_MS = 600_000;
/** Upstream is not to be a nuisance to, whether it answers or not. */
const ANSWERS_EVERY_MS = 600_000;
/** What is looked at beside upstream's answers does not wait for them for longer. */
const ANSWERS_WITHIN_MS = 20_000;
/** Among so many newest runs is one that was not skipped, or there is none worth knowing. */
const RUNS = 20;

export type WatchDependencies = Pick<
  OrchestratorDependencies,
  'store' | 'scheduler' | 'schedules' | 'pingUpstream' | 'lateAfterHours' | 'webhook' | 'logger'
> &
  AnswersDependencies;

async function pipelineFacts({ store, scheduler, schedules }: WatchDependencies): Promise<PipelineFacts[]> {
  const ticks = await scheduler.nextTicks();
  return Promise.all(
    [...schedules.keys()].map(async (name: PipelineName) => {
      const runs = await listRuns(store, { pipeline: name }, RUNS);
      return { name, newest: runs.find(({ state }) => state !== 'skipped'), nextTick: ticks.get(name) ?? null };
    }),
  );
}

/** The disk that the service runs on: with npm start and on a Docker host that of the data, too. */
async function diskHere(): Promise<{ used: number; total: number }> {
  const { blocks, bavail } = await statfs('.');
  return { used: blocks - bavail, total: blocks };
}

/** A watch over the platform: what it finds begins, tells of and ends incidents. */
export function openWatch(dependencies: WatchDependencies) {
  const { store, pingUpstream, lateAfterHours, webhook, logger } = dependencies;
  let doubtfulAt = Number.NEGATIVE_INFINITY;
  let answersAt = Number.NEGATIVE_INFINITY;

  /** A fact; undefined when it cannot be read now. */
  const orUnknown = <T>(what: string, read: () => Promise<T>): Promise<T | undefined> =>
    read().catch((err: unknown) => {
      logger.debug({ err }, `${what} cannot be looked at now`);
      return undefined;
    });

  function readAnswers(now: number) {
    if (now - answersAt < ANSWERS_EVERY_MS) return undefined;
    answersAt = now;
    return orUnknown('what upstream answers', () =>
      readUpstreamAnswers(dependencies, AbortSignal.timeout(ANSWERS_WITHIN_MS)),
    );
  }

  async function readFacts(now: number): Promise<Facts> {
    const isDue = now - doubtfulAt >= DOUBTFUL_EVERY_MS;
    const [pipelines, upstream, answers, disk, doubtful, model] = await Promise.all([
      orUnknown('the pipelines', () => pipelineFacts(dependencies)),
      pingUpstream().then(
        () => true,
        () => false,
      ),
      readAnswers(now),
      orUnknown('the disk', diskHere),
      isDue ? orUnknown('what is doubtful', () => countDoubtful(store, SEES_ALL)) : undefined,
      orUnknown('the model', () => findServedModel(store)),
    ]);
    if (doubtful !== undefined) doubtfulAt = now;
    return { pipelines, upstream, answers, disk, doubtful, model, lateAfterHours };
  }

  /** Tells of what nobody was told of. */
  async function tell(at: Date): Promise<void> {
    if (webhook === null) return;
    for (;;) {
      const incident = await claimIncident(store, at);
      if (incident === null) return;
      const { _id: id, message, since } = incident;
      const error = await webhook.send({ id, message, since }).then(
        () => null,
        ({ message: reason }: Error) => reason,
      );
      if (error !== null) logger.warn({ incident: id, reason: error }, 'the webhook did not take an incident');
      await noteTold(store, incident, new Date(), error);
    }
  }

  return {
    /** Looks once. */
    async look(now = Date.now()): Promise<void> {
      const { found, unknown } = look(await readFacts(now), now);
      const at = new Date(now);
      for (const [id, message] of found) await beginIncident(store, id, message, at);
      for (const { _id: id, ended_at } of await listIncidents(store, at)) {
        const [kind = ''] = id.split(':');
        if (ended_at === null && !found.has(id) && !unknown.includes(kind)) await endIncident(store, id, at);
      }
      await tell(at);
    },
  };
}

/** Looks again and again until the signal aborts. */
export async function keepWatch(dependencies: WatchDependencies, signal: AbortSignal): Promise<void> {
  const watch = openWatch(dependencies);
  while (!signal.aborted) {
    await watch.look().catch((err: unknown) => dependencies.logger.debug({ err }, 'looked in vain for incidents'));
    await wait(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
