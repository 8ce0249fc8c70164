import { describe, expect, it } from 'vitest';
import { JsonTextError, parseJson } from './json-text.js';

describe('JSON from anybody', () => {
  it('is parsed, after a byte order mark too', () => {
    expect(parseJson('{"a":[1,"é",null]}')).toEqual({ a: [1, 'é', null] });
    expect(parseJson('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  it.each([
    ['an own __proto__', '{"a":1,"__proto__":{"polluted":true}}'],
    ['an escaped __proto__', '{"a":1,"__pr\\u006fto__":{"polluted":true}}'],
    ['a constructor', '{"a":1,"constructor":{"prototype":{"polluted":true}}}'],
    ['a nested __proto__', '{"a":1,"b":{"__proto__":{"polluted":true}}}'],
  ])('reaches no prototype through %s', (_, text) => {
    const value = parseJson(text) as { a: number; b?: object };
    expect(value.a).toBe(1);
    for (const object of [value, value.b ?? {}]) {
      expect(Object.hasOwn(object, '__proto__') || Object.hasOwn(object, 'constructor')).toBe(false);
      expect(Object.assign({}, object)).not.toHaveProperty('polluted');
    }
  });

  it.each(['', '  \n', '{', '{"a":1}}', 'nope', "{'a':1}", '{"__proto__"'])('is refused when it is %j', (text) => {
    expect(() => parseJson(text)).toThrow(JsonTextError);
  });

  it.each([
    ['  ', 'empty text: expected a JSON object', 'texte vide : un objet JSON est attendu'],
    ['{"a":', /^invalid JSON: /, /^JSON invalide : le texte s’arrête trop tôt/],
    ['{"a":1 "b"}', /^invalid JSON: .* at position 7/, 'JSON invalide (caractère 8)'],
    ['{"a":nope}', /^invalid JSON: /, /^JSON invalide : « o » inattendu/],
  ])('is told why it is not read when it is %j', (text, en, fr) => {
    const words = (() => {
      try {
        parseJson(text);
      } catch (error) {
        return (error as JsonTextError).words;
      }
      throw new Error('it was read');
    })();
    expect(words.en).toMatch(en);
    expect(words.fr).toMatch(fr);
  });
});
