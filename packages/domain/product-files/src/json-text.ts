import secureJson from 'secure-json-parse';

const BYTE_ORDER_MARK = '\ufeff';

/** A text that is not JSON; the message, in French like those of the method, is meant for its author. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/**
 * Whether a text may name a key that reaches an object's prototype; a backslash may hide its letters. Most texts do not, and
 * need not be searched any further.
 */
const mayReachPrototype = (text: string) =>
  text.includes('__proto__') || text.includes('constructor') || text.includes('\\');

/**
 * Parses JSON from anybody. Keys that could reach an object's prototype are dropped.
 *
 * @throws JsonTextError when the text is empty or is not JSON.
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') throw new JsonTextError('texte vide : un objet JSON est attendu');
  try {
    if (mayReachPrototype(text)) {
      return secureJson.parse(text, null, { protoAction: 'remove', constructorAction: 'remove' });
    }
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    throw new JsonTextError(`JSON invalide : ${(error as Error).message}`);
  }
}
