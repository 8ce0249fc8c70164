import type { FastifyServerOptions } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';

/** Zod checks and writes. Given to Fastify when it is made: later, it would have loaded its own compilers (ajv) in vain. */
export const compiledBy = (check = validatorCompiler): NonNullable<FastifyServerOptions['schemaController']> => ({
  compilersFactory: { buildValidator: () => check as never, buildSerializer: () => serializerCompiler as never },
});
