import type { FastifyInstance } from 'fastify';

/** Addresses that the official API had before it knew anything but textiles, and still redirects (302). */
export async function redirectRoutes(app: FastifyInstance): Promise<void> {
  for (const name of ['countries', 'materials', 'products'])
    app.get(`/${name}`, (_request, reply) => reply.redirect(`/api/textile/${name}`));
  for (const path of ['/simulator', '/simulator/*'])
    app.get(path, ({ url }, reply) => reply.redirect(url.replace('/api/', '/api/textile/')));
}
