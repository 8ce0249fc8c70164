import { createHash } from 'node:crypto';
import { finished, Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RefusedError } from './refused-error.js';

const POLL_MS = 400;
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 2000;
/** Streams of one kind in one process at once. */
const MAX_STREAMS = 200;

/** What can be followed as server-sent events. */
export interface Followed<T> {
  read(id: string): Promise<T | null>;
  /** What is told of it: an event comes whenever this changes. */
  view(subject: T): unknown;
  isOver(subject: T): boolean;
  /** Name of the event of a change. */
  changed: string;
  /** Name of one more event, with the same data, when it is over. */
  ended?: string;
  maxStreams?: number;
  pollMs?: number;
}

/** Answers a request with the events of a subject that was just read. */
export type Follow<T> = (id: string, first: T, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** Reads for many streams at once: those that ask for the same within `everyMs` share one look at the database. */
function sharedReader<T>(read: (id: string) => Promise<T>, everyMs: number): (id: string) => Promise<T> {
  const reads = new Map<string, Promise<T>>();
  return (id) => {
    const known = reads.get(id);
    if (known) return known;
    const reading = read(id);
    reads.set(id, reading);
    setTimeout(() => reads.delete(id), everyMs).unref();
    return reading;
  };
}

/**
 * Server-sent events of things that change in the database and end. Every stream is bounded: there are only so many, they
 * share their looks at the database, what a slow client does not take is not made, and a stopping service ends them. A
 * client that comes back with Last-Event-ID hears only what is new.
 */
export function openEventStreams<T>(app: Pick<FastifyInstance, 'addHook'>, followed: Followed<T>): Follow<T> {
  const { view, isOver, changed, ended, maxStreams = MAX_STREAMS, pollMs = POLL_MS } = followed;
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  const read = sharedReader((id) => followed.read(id), pollMs / 2);
  let streams = 0;

  async function* events(id: string, first: T, lastEventId: unknown, closed: AbortSignal): AsyncGenerator<string> {
    const signal = AbortSignal.any([closed, stopping.signal]);
    let subject: T | null = first;
    let before = lastEventId;
    let lastSent = Date.now();
    yield `retry: ${RECONNECT_MS}\n\n`;
    while (subject !== null && !signal.aborted) {
      const data = JSON.stringify(view(subject));
      const eventId = createHash('sha256').update(data).digest('base64url').slice(0, 16);
      const event = (name: string) => `id: ${eventId}\nevent: ${name}\ndata: ${data}\n\n`;
      if (eventId !== before) {
        before = eventId;
        lastSent = Date.now();
        yield event(changed);
      } else if (Date.now() - lastSent > HEARTBEAT_MS) {
        lastSent = Date.now();
        yield ': still here\n\n';
      }
      if (isOver(subject)) {
        if (ended !== undefined) yield event(ended);
        return;
      }
      await wait(pollMs, undefined, { signal }).catch(() => undefined);
      // A database that is away has nothing new to tell.
      if (!signal.aborted) subject = await read(id).catch(() => subject);
    }
  }

  return (id, first, request, reply) => {
    if (streams >= maxStreams) throw new RefusedError('too_many_streams');
    const closed = new AbortController();
    const stream = Readable.from(events(id, first, request.headers['last-event-id'], closed.signal), {
      objectMode: false,
    });
    streams += 1;
    // Called once, also for a client that has gone already, and for a HEAD request.
    finished(reply.raw, () => {
      streams -= 1;
      closed.abort();
      stream.destroy();
    });
    return reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream);
  };
}
