import { JsonTextError } from '@ecobalyse/product-files';
import { TextileQueryError } from '@ecobalyse/textile-method';
import { expect, it } from 'vitest';
import { AnswerableError, notFound, toAnswerable, tooLarge, undecodable } from './error-answers.js';

it.each([
  [
    notFound('GET', `/${'x'.repeat(200)}`),
    404,
    {
      general: `Aucun point d’entrée « GET /${'x'.repeat(199)} ». La liste des points d’entrée est donnée par GET /api.`,
    },
  ],
  [tooLarge('Le lot', 12), 413, { general: 'Le lot dépasse la limite de 12 octets.' }],
  [undecodable('illisible'), 400, { decoding: 'illisible' }],
  [new AnswerableError(418, { mass: 'a', product: 'b' }), 418, { mass: 'a', product: 'b' }],
  [new TextileQueryError({ mass: 'attendu' }), 400, { mass: 'attendu' }],
  [new JsonTextError({ fr: 'illisible', en: 'unreadable' }), 400, { decoding: 'illisible' }],
  [new Error('secret'), 500, { general: 'Erreur interne du simulateur. Réessayez, ou signalez la requête.' }],
])('%s is answered %i', (error, status, errors) => {
  const answer = toAnswerable(error);
  expect([answer.status, answer.errors]).toEqual([status, errors]);
  expect(answer.message).toBe(Object.values(errors).join(' '));
});
