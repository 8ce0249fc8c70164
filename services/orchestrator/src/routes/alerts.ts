import { RefusedError } from '@ecobalyse/http-kit';
import { PIPELINE_ROUTES } from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import { countDoubtful, type Incident, listIncidents, SEES_ALL, type Store, type Viewer } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { CHECKS } from '../alerts/checks.js';
import type { OrchestratorDependencies } from '../dependencies.js';

const SHOWN_MS = 30 * 86_400_000;

const view = ({ _id, message, since, ended_at, told_at, error }: Incident) => ({
  id: _id,
  message,
  since: since.toISOString(),
  ended_at: ended_at?.toISOString() ?? null,
  told_at: told_at?.toISOString() ?? null,
  error,
});

/**
 * Incidents as somebody may see them: products to check are counted over the catalogues that he sees, and what such an incident
 * counted before it ended is nobody's but the admins'.
 */
async function shownTo(store: Store, viewer: Viewer, incidents: readonly Incident[]): Promise<Incident[]> {
  if (viewer === SEES_ALL) return [...incidents];
  const shown: Incident[] = [];
  for (const incident of incidents) {
    if (incident._id !== 'doubtful_data') shown.push(incident);
    else if (incident.ended_at === null) {
      const [own] = CHECKS.doubtful_data({ doubtful: await countDoubtful(store, viewer), lateAfterHours: 0 }) ?? [];
      if (own) shown.push({ ...incident, message: own[1] });
    }
  }
  return shown;
}

/** `/alerts…`: incidents, and a trial of the webhook. */
export function alertRoutes({ store, webhook }: OrchestratorDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      ...PIPELINE_ROUTES.listAlerts,
      handler: async (request) => {
        const found = await listIncidents(store, new Date(Date.now() - SHOWN_MS));
        return { webhook: webhook !== null, incidents: (await shownTo(store, viewerOf(request), found)).map(view) };
      },
    });

    app.route({
      ...PIPELINE_ROUTES.testAlert,
      handler: async () => {
        if (webhook === null) throw new RefusedError('webhook_missing');
        const message = { en: 'A trial: nothing happened.', fr: 'Un essai : il ne s’est rien passé.' };
        await webhook.send({ id: 'test', message, since: new Date() }).catch(({ message: reason }: Error) => {
          throw new RefusedError('webhook_failed', { reason });
        });
        return { message: 'The webhook took it' };
      },
    });
  };
}
