import { RefusedError } from '@ecobalyse/http-kit';
import { PIPELINE_ROUTES } from '@ecobalyse/schema';
import { type Incident, listIncidents } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
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

/** `/alerts…`: incidents, and a trial of the webhook. */
export function alertRoutes({ store, webhook }: OrchestratorDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      ...PIPELINE_ROUTES.listAlerts,
      handler: async () => ({
        webhook: webhook !== null,
        incidents: (await listIncidents(store, new Date(Date.now() - SHOWN_MS))).map(view),
      }),
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
