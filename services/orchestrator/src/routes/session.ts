import { admit } from '@ecobalyse/http-kit';
import { errorDetailSchema, messageSchema } from '@ecobalyse/schema';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { OrchestratorDependencies } from '../dependencies.js';
import { admitOrigin, closeSession, createSession, SESSION_COOKIE, SESSION_SECONDS } from '../session.js';

/** Guessing a key is made slow. */
const LOGINS_PER_MINUTE = 20;

/** `POST /session` and `DELETE /session`: the login of the page and of the queue board. */
export function sessionRoutes(dependencies: OrchestratorDependencies): FastifyPluginAsyncZod {
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', maxAge: SESSION_SECONDS } as const;
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => (admitOrigin(request, reply) ? undefined : reply));
    app.post(
      '/session',
      {
        config: { perMinute: LOGINS_PER_MINUTE },
        schema: {
          tags: ['Session'],
          summary: 'Log in with the key of an admin, for pages',
          description: 'Sets a cookie that stands for the key until it expires. Programs send the key itself instead.',
          body: z.object({ key: z.string().min(1).max(500) }),
          response: { 200: messageSchema, 403: errorDetailSchema, 429: errorDetailSchema, 503: errorDetailSchema },
        },
      },
      async (request, reply) => {
        const caller = dependencies.access.find(request.body.key);
        request.caller = caller;
        if (!admit(caller, 'admin', request, reply as never) || !caller) return reply;
        request.subject = 'login';
        return reply
          .setCookie(SESSION_COOKIE, await createSession(caller.name, dependencies), {
            ...cookie,
            secure: request.protocol === 'https',
          })
          .send({ message: 'Logged in' });
      },
    );

    app.delete(
      '/session',
      {
        schema: {
          tags: ['Session'],
          summary: 'Log out',
          description: 'Ends the session itself: its cookie is accepted nowhere any more.',
          response: { 200: messageSchema, 403: errorDetailSchema, 503: errorDetailSchema },
        },
      },
      async (request, reply) => {
        await closeSession(request, dependencies);
        return reply.clearCookie(SESSION_COOKIE, cookie).send({ message: 'Logged out' });
      },
    );
  };
}
