import { loadWhenAsked } from '@ecobalyse/http-kit';
import fastify, { type FastifyPluginAsync } from 'fastify';
import type { OrchestratorDependencies } from '../dependencies.js';

/** Where the raw queues can be looked at. */
export const BOARD_PATH = '/queues';

/** Bull Board, to look only: BullMQ's own retry would run a later task of a chain before its inputs exist. */
export function boardRoutes({ pipelines }: OrchestratorDependencies): FastifyPluginAsync {
  return async (app) => {
    loadWhenAsked(app, BOARD_PATH, async () => {
      const [{ createBullBoard }, { BullMQAdapter }, { FastifyAdapter }] = await Promise.all([
        import('@bull-board/api'),
        import('@bull-board/api/bullMQAdapter'),
        import('@bull-board/fastify'),
      ]);
      const adapter = new FastifyAdapter();
      adapter.setBasePath(BOARD_PATH);
      createBullBoard({
        queues: pipelines.queues().map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
        serverAdapter: adapter,
        options: { uiConfig: { boardTitle: 'Ecobalyse queues' } },
      });
      const board = fastify();
      // It asks a font server, which learns who looks when, and which the browser is told not to ask.
      board.addHook('onSend', async (_request, reply, payload) =>
        typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html')
          ? payload.replace(/<link [^>]*href="https:[^>]*>/g, '')
          : payload,
      );
      await board.register(adapter.registerPlugin(), { prefix: BOARD_PATH });
      return board;
    });
  };
}
