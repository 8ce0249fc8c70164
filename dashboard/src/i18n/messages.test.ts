import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listCountries } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { numbersIn, OTHER_LANGUAGE, saysNo } from '../../../packages/domain/schema/src/testing/other-language.js';
import { makeFormat } from './make-format.js';
import { reasonMessages, reasonText } from './reasons.js';

type Message = string | ((...values: string[]) => string);
interface Table {
  readonly en: Readonly<Record<string, Message>>;
  readonly fr: Readonly<Record<string, Message>>;
}
const SOURCES = join(import.meta.dirname, '..');
const MODULES = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('-messages.ts'),
);
const tables: Record<string, Table> = { reasonMessages };
for (const file of MODULES)
  for (const [name, value] of Object.entries(await import(join(SOURCES, file))))
    if (typeof value === 'object' && value !== null && 'fr' in value) tables[name] = value as Table;

const NO_BREAK = /[\u00a0\u202f]/g;

/** A name for each value of a text. */
const VALUES = ['‹a›', '‹b›', '‹c›', '‹d›', '‹e›', '‹f›'];
const textOf = (message: Message) => (typeof message === 'string' ? message : message(...VALUES));
const valuesIn = (text: string) => [...new Set(text.match(/‹.›/g))];
/** Texts that do not tell their values in the order in which they are given. */
const ORDERS: Readonly<Record<string, readonly number[]>> = {
  'analysisMessages stable': [1, 0],
  'analysisMessages unstable': [1, 0],
  'scoreMessages predicted': [0, 3, 1, 2],
};

/** Texts of which one language says no in another way than by a word that does. */
const NO_OTHERWISE = new Set([
  'reasonMessages overlap',
  'analysisMessages pooled',
  'modelsMessages liveDrifts',
  'modelsMessages liveFew',
  'pipelinesMessages off',
  'pipelinesMessages methodVersionHint',
  'retentionMessages forEver',
  'declarationMessages blockedHint',
  'fileMessages uploadIntro',
  'fileMessages incomplete',
  'fileMessages message',
  'fileMessages words',
  'garmentMessages UnconventionalSpinning',
]);

describe.each(Object.entries(tables))('%s', (of, table) => {
  it.each(Object.entries(table.en))('%s says the same in both languages', (name, message) => {
    const [en, fr] = [textOf(message), textOf(table.fr[name] as Message)];
    expect(en.trim()).not.toBe('');
    expect(fr.trim()).not.toBe('');
    // Every value that a text is given stands in it, in both, and none in the place of another.
    const count = typeof message === 'string' ? 0 : message.length;
    const values = ORDERS[`${of} ${name}`]?.map((at) => VALUES[at]) ?? VALUES.slice(0, count);
    expect([valuesIn(en), valuesIn(fr)]).toEqual([values, values]);
    // The quotation marks, apostrophes and spaces of each language, and no word of the other.
    expect(en).not.toMatch(/[«»]/);
    if (name !== 'otherLanguage') expect(en).not.toMatch(OTHER_LANGUAGE.en);
    expect(fr).not.toMatch(/[“”']| [:;?!»%]|« /);
    expect(fr).not.toMatch(OTHER_LANGUAGE.fr);
    expect(numbersIn(fr)).toEqual(numbersIn(en));
    if (!NO_OTHERWISE.has(`${of} ${name}`)) expect([name, saysNo(fr)]).toEqual([name, saysNo(en)]);
  });
});

/** Texts that stand beside what shows them. */
const BESIDE = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.tsx'))
  .map((file) => readFileSync(join(SOURCES, file), 'utf8').split('= defineMessages(')[1]?.split('\n});')[0] ?? '')
  .flatMap((source) => [...source.matchAll(/\w'?: \[\s*'(.*?)',\s*'(.*?)',?\s*\]/g)])
  .map(([, en = '', fr = '']) => ({ en, fr }));

it.each(BESIDE)('$en | $fr are in their languages', ({ en, fr }) => {
  expect(en).not.toMatch(OTHER_LANGUAGE.en);
  expect(fr).not.toMatch(OTHER_LANGUAGE.fr);
});

it('texts are those that were read over, side by side', async () => {
  const lines = Object.entries(tables).flatMap(([of, table]) => [
    `# ${of}`,
    ...Object.entries(table.en).map(([name, en]) => `${name}: ${textOf(en)} | ${textOf(table.fr[name] ?? '')}`),
  ]);
  lines.push('# beside what shows them', ...BESIDE.map(({ en, fr }) => `${en} | ${fr}`));
  await expect(`${lines.join('\n').replaceAll(NO_BREAK, ' ')}\n`).toMatchFileSnapshot('../testing/words.txt');
});

it.each(['en', 'fr'] as const)(
  'what a text quotes in %s is what a button, a field or a state is called',
  (language) => {
    const texts = Object.values(tables).flatMap((table) => Object.values(table[language]).map(textOf));
    // The pipeline is called so by the vocabulary.
    const names = new Set([...texts, 'Training', 'Entraînement']);
    const quoted = texts.flatMap((text) => [...text.matchAll(/[“«]\s*([^”»]*?)\s*[”»]/g)].map(([, name = '']) => name));
    expect(quoted.filter((name) => !name.includes('‹') && !names.has(name))).toEqual([]);
  },
);

describe('reasons that the pipelines write', () => {
  const [en, fr] = [makeFormat('en', 'en-GB'), makeFormat('fr', 'fr-FR')];
  const both = (text: string) =>
    [reasonText(text, reasonMessages.en, en), reasonText(text, reasonMessages.fr, fr)].map((shown) =>
      shown.replace(/[\u00a0\u202f]/g, ' '),
    );

  it.each([
    [
      'promoted: median error 3.10 % against 4.25 % over the same strata, 27.1 % better',
      'put into production: median error 3.1% against 4.25% on the same garments, 27.1% better',
      'mis en production : erreur médiane 3,1 % contre 4,25 % sur les mêmes vêtements, 27,1 % de mieux',
    ],
    [
      'kept as a candidate: median error 1373.00 % against 3.10 % over the same strata, less than 2.0 % better',
      'kept as a candidate: median error 1,373% against 3.1% on the same garments, less than 2% better',
      'gardé comme candidat : erreur médiane 1 373 % contre 3,1 % sur les mêmes vêtements, moins de 2 % de mieux',
    ],
    [
      '40 distinct products are stored, and a model needs 100: extract more first',
      '40 different products are stored, and a model needs 100: extract more first',
      '40 produits différents sont dans la base, et un modèle en demande 100 : faites d’abord une extraction',
    ],
    ['cancelled by a user', 'cancelled by a user', 'arrêtée par un utilisateur'],
    ['cancelled by API_KEY', 'cancelled by API_KEY', 'arrêtée par API_KEY'],
    [
      'STATS_ENGINE=spark needs SPARK_MASTER, such as spark://host:7077',
      'STATS_ENGINE=spark needs SPARK_MASTER, such as spark://host:7077',
      'STATS_ENGINE=spark demande SPARK_MASTER, par exemple spark://host:7077',
    ],
    [
      'STATS_ENGINE=spark needs STATISTICS_FOLDER, which the cluster sees as well',
      'STATS_ENGINE=spark needs STATISTICS_FOLDER, which the cluster sees as well',
      'STATS_ENGINE=spark demande STATISTICS_FOLDER, un dossier que le cluster voit aussi',
    ],
    [
      '/nowhere/spark-submit was not found: install Spark beside this service, or name its command in SPARK_SUBMIT',
      '/nowhere/spark-submit was not found: install Spark beside this service, or name its command in SPARK_SUBMIT',
      '/nowhere/spark-submit est introuvable : installez Spark à côté de ce service, ou indiquez sa commande dans SPARK_SUBMIT',
    ],
    [
      'Spark has not ended within 0.5 minutes (SPARK_TIMEOUT_MINUTES)',
      'Spark has not ended within 0.5 minutes (SPARK_TIMEOUT_MINUTES)',
      'Spark n’a pas fini en 0,5 minutes (SPARK_TIMEOUT_MINUTES)',
    ],
    [
      'Spark failed with code 3: first | no executors',
      'Spark failed with code 3: first | no executors',
      'Spark a échoué avec le code 3 : first | no executors',
    ],
    [
      'Spark saw 1006 of 1007 documents: another run replaced the files meanwhile; start again',
      'Spark saw 1,006 of 1,007 documents: another run replaced the files meanwhile; start again',
      'Spark a vu 1 006 documents sur 1 007 : une autre exécution a remplacé les fichiers entre-temps ; relancez',
    ],
  ])('%s', (text, english, french) => {
    expect(both(text)).toEqual([english, french]);
  });

  it.each([
    'promoted: there was no production model',
    'promoted: the production model has predictions that are not finite or not above 0',
    'refused: a prediction on the test set is not finite or not above 0',
    'the 7106 distinct products, the design and the code have not changed since 2026-11-30T12:00:00.000Z',
    'the run before it still went on',
  ])('%s is told in French too', (text) => {
    expect(both(text)[1]).not.toMatch(/\b(the|model|products|run)\b/);
  });

  it('leave as it is what they do not know', () => {
    expect(both('promoted: on a whim')).toEqual(['promoted: on a whim', 'promoted: on a whim']);
  });
});

describe('countries of the method', () => {
  it('all have a name', () => {
    for (const f of [makeFormat('en', 'en-GB'), makeFormat('fr', 'fr-FR')])
      for (const { code } of listCountries()) expect(f.country(code)).not.toBe(code);
  });
});
