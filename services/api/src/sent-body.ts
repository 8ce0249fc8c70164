import type { FastifyRequest } from 'fastify';

const bodies = new WeakMap<FastifyRequest, unknown>();

/** Keeps a body as it was sent: what its schema makes of it has lost the fields that nobody knows. For `preValidation`. */
export const keepSentBody = async (request: FastifyRequest): Promise<void> => {
  bodies.set(request, request.body);
};

/** The body as it was sent, of a route that keeps it. */
export const sentBody = (request: FastifyRequest): unknown => bodies.get(request);
