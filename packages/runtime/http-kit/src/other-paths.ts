import type { FastifyInstance } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { RefusedError } from './refused-error.js';

const SLASH = '/';
/** A path that a browser would take for the address of another host. */
const IS_ADDRESS = /^\/[/\\]/;

/** The path with no slash at its end, or null when it has none, or is no path of ours. */
function withoutSlashes(path: string): string | null {
  if (!path.startsWith(SLASH) || !path.endsWith(SLASH) || IS_ADDRESS.test(path)) return null;
  let { length } = path;
  while (path[length - 1] === SLASH) length -= 1;
  return length === 0 ? null : path.slice(0, length);
}

/**
 * Answers requests that miss a route only a little, as the original did: a slash too much at the end of the path is 307 to
 * the route, a method that the path does not have is 405 with those that it has in `Allow`. What is nobody's path is 404.
 */
export function answerOtherPaths(
  app: Pick<FastifyInstance, 'addHook' | 'setNotFoundHandler'>,
  maxParamLength: number,
): void {
  const router = findMyWay({ maxParamLength });
  const methods = new Set<HTTPMethod>();
  app.addHook('onRoute', ({ method: given, url }) => {
    // For preflights of CORS, whose path need not be one.
    if (url === '*') return;
    for (const method of [given].flat() as HTTPMethod[]) {
      methods.add(method);
      if (router.findRoute(method, url) === null) router.on(method, url, () => undefined);
    }
  });
  const allowed = (path: string) => [...methods].filter((method) => router.find(method, path) !== null).sort();

  app.addHook('onRequest', ({ url, routeOptions }, reply, done) => {
    const [path = '', ...query] = url.split('?');
    const found = withoutSlashes(path);
    if (found === null) return done();
    // A route may be meant to end so, as that of a plugin's prefix is, which goes by its name without the slash.
    const { url: route = '' } = routeOptions;
    if (/[*/]$/.test(route) || route === found || allowed(found).length === 0) return done();
    reply.redirect([found, ...query].join('?'), 307);
  });

  app.setNotFoundHandler((request, reply) => {
    const others = allowed(request.url.split('?')[0] ?? '');
    // A route itself may find that nothing is there.
    if (others.length === 0 || others.includes(request.method as HTTPMethod)) throw new RefusedError('path_unknown');
    reply.header('allow', others.join(', '));
    throw new RefusedError('method_not_allowed');
  });
}
