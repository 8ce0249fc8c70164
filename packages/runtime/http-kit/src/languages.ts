import { LANGUAGES, type Language } from '@ecobalyse/schema';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

type Asked = Pick<FastifyRequest, 'headers' | 'routeOptions'>;

/** Whether a request is for a route of our own, whose errors carry their code and speak the reader's language. */
export const isOwnRoute = ({ routeOptions: { url, config } }: Asked): boolean =>
  url !== undefined && config?.ofContract !== true;

/** The language that a request asks for by `Accept-Language`: English when it asks for none of ours, or in no way that can be read. */
export const languageOf = ({ headers }: Pick<FastifyRequest, 'headers'>): Language =>
  (new Negotiator({ headers }).language([...LANGUAGES]) as Language | undefined) ?? LANGUAGES[0];

/** Says in which language an answer is, and that others would get it in another one. */
export function tellLanguage(reply: FastifyReply, language: Language): FastifyReply {
  const varies = reply.getHeader('vary');
  return reply
    .header('content-language', language)
    .header('vary', [...(varies === undefined ? [] : [varies].flat()), 'accept-language'].join(', '));
}
