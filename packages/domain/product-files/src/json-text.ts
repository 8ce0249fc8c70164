import type { Words } from '@ecobalyse/schema';
import secureJson from 'secure-json-parse';
import { UnreadableTextError } from './product-text.js';

const BYTE_ORDER_MARK = '\ufeff';

/** A text that is not JSON. */
export class JsonTextError extends UnreadableTextError {
  override readonly name = 'JsonTextError';
}

/**
 * Whether a text may name a key that reaches an object's prototype; a backslash may hide its letters. Most texts do not, and
 * need not be searched any further.
 */
const mayReachPrototype = (text: string) =>
  text.includes('__proto__') || text.includes('constructor') || text.includes('\\');

const EMPTY: Words = { fr: 'texte vide : un objet JSON est attendu', en: 'empty text: expected a JSON object' };

/** What the parser complains of; in French only what it quotes, and where that is. */
function notJson(complaint: string): Words {
  const place = /position (\d+)/.exec(complaint)?.[1];
  const quoted = complaint.match(/^Unexpected token '?(.)/)?.[1];
  const why = complaint.includes('end of JSON')
    ? ' : le texte s’arrête trop tôt'
    : quoted && ` : « ${quoted} » inattendu`;
  return {
    fr: `JSON invalide${why ?? ''}${place === undefined ? '' : ` (caractère ${Number(place) + 1})`}`,
    en: `invalid JSON: ${complaint}`,
  };
}

/**
 * Parses JSON from anybody. Keys that could reach an object's prototype are dropped.
 *
 * @throws JsonTextError when the text is empty or is not JSON.
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') throw new JsonTextError(EMPTY);
  try {
    if (mayReachPrototype(text)) {
      return secureJson.parse(text, null, { protoAction: 'remove', constructorAction: 'remove' });
    }
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    throw new JsonTextError(notJson((error as Error).message));
  }
}
