import type { FastifyReply, FastifySchema, FastifySchemaCompiler } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';

/**
 * Sends bytes, a file or a stream as they are, or nothing. To the types a handler answers what its schema describes, as an
 * object: this is the one place where they are set aside.
 */
export const sendAsIs = (reply: FastifyReply, content?: unknown): never => reply.send(content) as never;

/** Checks all of a request but its body, which the handler reads and checks bit by bit. */
export const checkAllButBody: FastifySchemaCompiler<FastifySchema> = (route) =>
  route.httpPart === 'body'
    ? (value: unknown) => ({ value })
    : validatorCompiler(route as Parameters<typeof validatorCompiler>[0]);
