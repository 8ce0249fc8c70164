import { LANGUAGES } from '@ecobalyse/schema';
import { expect, it } from 'vitest';
import { inReadersLanguage } from './job-results.js';

it.each(LANGUAGES)(
  'every line of every portion of a result is told in the language of its reader: %s',
  async (language) => {
    const words = { en: 'too heavy', fr: 'trop lourd' };
    const line = (text: unknown) =>
      `${JSON.stringify({ line: 1, detail: text, warnings: [{ id: 'x', message: text }] })}\n`;
    const added = '{"line":2,"status":"added"}\n';
    async function* portions() {
      yield line(words) + added + line(words);
      yield added;
      // Earlier versions kept one language.
      yield line('zu schwer') + line(words);
    }
    const told: string[] = [];
    for await (const lines of inReadersLanguage(portions(), language)) told.push(lines);
    const own = line(words[language]);
    expect(told).toEqual([own + added + own, added, line('zu schwer') + own]);
  },
);
