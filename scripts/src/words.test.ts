import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { numbersIn, OTHER_LANGUAGE, saysNo } from '../../packages/domain/schema/src/testing/other-language.js';

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

/** Both languages of a text that stand beside each other. */
const BOTH = new RegExp(String.raw`\b(en|fr):\s*(${TEXT}),\s*(?:en|fr):\s*(${TEXT})`, 'g');
const READ = SOURCES.map((file) => {
  const source = readFileSync(join(root, file), 'utf8');
  return {
    file,
    pairs: [
      ...[...source.matchAll(BOTH)].map(([, first, one = '', other = '']) =>
        first === 'en' ? { en: one, fr: other } : { en: other, fr: one },
      ),
      ...[...source.matchAll(PAIR)].map(([, en = '', fr = '']) => ({ en, fr })),
    ],
    alone: [...source.replaceAll(BOTH, '').matchAll(FIELD)].map(([, of, text = '']) => ({ [of as string]: text })),
  };
});
const PAIRS = READ.flatMap(({ pairs }) => pairs);

it.each(['en', 'fr'] as const)('texts that are said to be in %s are', (language) => {
  const texts = READ.flatMap(({ file, pairs, alone }) =>
    [...pairs, ...alone].flatMap((text) => (text[language] === undefined ? [] : [{ file, text: text[language] }])),
  );
  expect(texts.length).toBeGreaterThan(500);
  expect(texts.filter(({ text }) => OTHER_LANGUAGE[language].test(proseOf(text)))).toEqual([]);
});

it('texts are those that were read over, side by side', async () => {
  const lines = READ.flatMap(({ file, pairs, alone }) => {
    const told = [
      ...pairs.map(({ en, fr }) => `${en} | ${fr}`),
      ...alone.flatMap((text) => Object.entries(text).map((one) => one.join(': '))),
    ];
    return told.length > 0 ? [`# ${file}`, ...told.map((text) => text.replace(/\s+/g, ' '))] : [];
  });
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('testing/words.txt');
});

/** A value of a text, without the language that it is written in. */
const nameless = (value: string) =>
  value
    .replace(/\b(inFrench|english|french)\.format\(([\w.]+)\)/, '$2')
    .replace(/\b(en|fr|french|english|or|ou)\b/g, '~');
/** Texts of which one language says no in another way than by a word that does. */
const NO_OTHERWISE = [
  'Error clear cache',
  'Give the origins of weaving',
  'Grid: stored garments are compared',
  'Inputs are drawn independently',
  'Numbers of references and of trims',
  'Products to check before they count',
  'The Ecobalyse API answers otherwise',
  'This catalogue belongs to the platform',
  'alternatives; say more',
  'unknown shares; say more',
  'numbers with from at most to',
  'rows have more or fewer cells',
  'the shares of the materials add up',
  'these are no products',
  'this field is gone',
  '(price with tax, without',
  'missing columns: ',
  '"oneOf"',
  ' was due at ',
  "The model's version",
];

it('texts in both languages tell the same numbers, the same values, and say no together', () => {
  expect(PAIRS.length).toBeGreaterThan(250);
  const told = (text: string) => {
    const values = (text.match(/\$?\{[^}]*\}/g) ?? []).map(nameless).sort();
    const prose = text.replace(/\$?\{[^}]*\}/g, '');
    return JSON.stringify({ values, numbers: numbersIn(prose), no: saysNo(prose) });
  };
  const differ = PAIRS.filter(({ en, fr }) => told(en) !== told(fr)).map(({ en, fr }) => `${en} | ${fr}`);
  expect(differ.filter((text) => !NO_OTHERWISE.some((part) => text.includes(part)))).toEqual([]);
});
