import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { RefusedError } from './refused-error.js';

type Inflater = Transform & { bytesWritten: number };

/** What makes the body that was meant, by its `content-encoding`. */
const INFLATERS: Readonly<Record<string, () => Inflater>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};
const ENCODINGS = 'gzip, deflate, br';

/** Inflates a body as it is read, and not one byte more once the answer is out. */
function inflated(body: Readable, inflater: Inflater): Inflater {
  inflater.once('error', (error) => Object.assign(error, { code: 'BODY_ENCODING', statusCode: 422 }));
  // What still comes is read and thrown away: the client is to hear the answer, and may ask again on its connection.
  inflater.once('close', () => body.unpipe(inflater).resume());
  body.once('error', (error) => inflater.destroy(error));
  // Fastify bounds both lengths, and compares this one with content-length.
  Object.defineProperty(inflater, 'receivedEncodedLength', { get: () => inflater.bytesWritten });
  return body.pipe(inflater);
}

/**
 * Inflates compressed bodies: the limits of a route hold for what comes out, so that a small body cannot become a huge one.
 * An encoding that we cannot read is refused with 415.
 */
export function inflateBodies(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('preParsing', (request, reply, body, done) => {
    const { headers } = request.raw;
    const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    // Whoever passes the body on passes on what came out.
    delete headers['content-encoding'];
    if (encoding === 'identity') return done(null, body);
    const inflater = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding]?.() : undefined;
    if (!inflater) {
      reply.header('accept-encoding', ENCODINGS);
      return done(new RefusedError('content_encoding_unknown', { encodings: ENCODINGS }));
    }
    reply.raw.once('close', () => inflater.destroy());
    done(null, inflated(body as Readable, inflater));
  });
}
