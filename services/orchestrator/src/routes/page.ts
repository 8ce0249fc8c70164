import { readFile } from 'node:fs/promises';
import type { FastifyPluginAsync } from 'fastify';

const folder = new URL('../../public/', import.meta.url);

/** Files of the page, by path. */
const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
} as const;

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** The page for people: pipelines, runs as timelines, Run now, Pause, Retry, Cancel. */
export const pageRoutes: FastifyPluginAsync = async (app) => {
  for (const [path, [file, type]] of Object.entries(FILES)) {
    const content = await readFile(new URL(file, folder));
    app.get(path, { schema: { hide: true } }, async (_request, reply) =>
      reply.headers(SECURITY_HEADERS).header('cache-control', 'no-cache').type(type).send(content),
    );
  }
};
