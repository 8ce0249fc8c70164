import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { OTHER_LANGUAGE } from '../../packages/domain/schema/src/testing/other-language.js';

/** Texts that the sources write in both languages are in the language that they say. Those of the dashboard have tests of their own. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const foldersIn = (folder: string) => readdirSync(join(root, folder)).map((name) => join(folder, name));
// Not from the top down: the dependencies of each package stand beside its sources.
const SOURCES = [...foldersIn('packages').flatMap(foldersIn), ...foldersIn('services')].flatMap((folder) =>
  readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|(^|\/)testing\//.test(file))
    .map((file) => join(folder, 'src', file)),
);

const TEXT = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\x60(?:[^\x60\\]|\\.)*\x60`;
const FIELD = new RegExp(String.raw`\b(en|fr):\s*(${TEXT})`, 'g');
/** Functions of the schemas that take a text in English, then in French. */
const PAIR = new RegExp(
  String.raw`\b(?:expected|textParameter|numberParameter|listParameter|ratio|positive|exactly|atMost)\(\s*(${TEXT}),\s*(${TEXT})`,
  'g',
);
/** Without values, what is quoted, and names of fields. */
const proseOf = (text: string) =>
  text
    .slice(1, -1)
    .replace(/\$?\{[^}]*\}/g, '…')
    .replace(/["“«][^"”»]*["”»]/g, '…')
    .replace(/\b(from at most to|from ne dépassant pas to|md5_id|Matières|Catégorie)\b/g, '…')
    .replace(/(comme|colonnes|catalogue et|fichier :) product\b/g, '…');

it.each(['en', 'fr'] as const)('texts that are said to be in %s are', (language) => {
  const texts = SOURCES.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    const fields = [...source.matchAll(FIELD)].flatMap(([, of, text = '']) => (of === language ? [text] : []));
    const pairs = [...source.matchAll(PAIR)].map(([, en = '', fr = '']) => ({ en, fr })[language]);
    return [...fields, ...pairs].map((text) => ({ file, text }));
  });
  expect(texts.length).toBeGreaterThan(500);
  expect(texts.filter(({ text }) => OTHER_LANGUAGE[language].test(proseOf(text)))).toEqual([]);
});
