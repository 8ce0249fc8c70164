import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type Loaded = Pick<FastifyInstance, 'inject' | 'close'>;

/** Said by the server that answers, not by the application behind it. */
const OF_THE_CONNECTION = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

/**
 * Answers `GET` at a path and everything below it from an application that is loaded when it is first asked for, since
 * pages that few look at would make every start of the service longer. Hooks and headers of the service hold there too.
 *
 * @param load - makes the application, whose routes name the whole path.
 */
export function loadWhenAsked(
  app: Pick<FastifyInstance, 'get' | 'addHook'>,
  path: string,
  load: () => Promise<Loaded>,
): void {
  let loading: Promise<Loaded> | undefined;
  app.addHook('onClose', async () => void (await loading?.then((loaded) => loaded.close())));
  const answer = async ({ url, headers }: FastifyRequest, reply: FastifyReply) => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    const loaded = await loading;
    const answered = await loaded.inject({ url, headers });
    if (answered.statusCode === 404) return reply.callNotFound();
    const told = Object.entries(answered.headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
    return reply.code(answered.statusCode).headers(Object.fromEntries(told)).send(answered.rawPayload);
  };
  for (const url of [path, `${path}/*`]) app.get(url, { schema: { hide: true } }, answer);
}
