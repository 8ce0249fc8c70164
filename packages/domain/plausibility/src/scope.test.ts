import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SCOPE_RULES, scopeOf } from './index.js';
import { EXCLUDED_WORDS } from './title-words.js';

const linesOf = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../test-vectors/${name}.txt`, import.meta.url)), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' | ') as [title: string, label: string]);
/** Titles and what the notice makes of them: categories, `out` of scope, or `unknown`. Every second one was not looked at before the words were written. */
const TITLES = linesOf('titles');

const labelOf = (title: string): string => {
  const { scope, products } = scopeOf({ title });
  return scope === 'in' ? products.join(' ') : scope;
};

describe('titles', () => {
  const wrongOf = (half: readonly (readonly [string, string])[]) =>
    half.map(([title, label]) => [title, label, labelOf(title)]).filter(([, label, found]) => label !== found);
  // 95 of 100 were asked for.
  it.each([
    ['that were looked at', 0],
    ['that were not', 1],
  ])('%s get the category of the notice', (_which, half) => {
    expect(wrongOf(TITLES.filter((_title, at) => at % 2 === half))).toEqual([]);
  });

  it.each([
    ['Cachemire : pull femme', 'pull'],
    ['Jumper, 100% cashmere', 'pull'],
  ])('%s is named by what it is, not by what it is made of', (title, label) => {
    expect(labelOf(title)).toBe(label);
  });

  it.each([
    ['Chemise 85%coton, 15%soie', [['soie', 0.15]]],
    [
      'Chemise 8,5 % soie ; 20.25% cachemire',
      [
        ['soie', 0.085],
        ['cachemire', 0.2025],
      ],
    ],
    ['Silk shirt', [['silk', 1]]],
    [
      'Pull 70 % laine recyclée + 30 % mohair',
      [
        ['laine recyclee', 0.7],
        ['mohair', 0.3],
      ],
    ],
    ['Pull 50 % coton', []],
  ])('%s says of its materials %j', (title, materials) => {
    expect(scopeOf({ title }).materials.map(({ name, share }) => [name, share])).toEqual(materials);
  });

  it('are out of scope by what they name, and some by whatever they say beside it', () => {
    const beside = EXCLUDED_WORDS.filter(({ fr }) => labelOf(`Chemise ${fr.split(' | ').at(-1)}`) === 'out');
    expect(beside.map(({ why }) => why.en)).toEqual([
      'padded and down jackets',
      'costumes',
      'leather and fur',
      'protective equipment and technical sportswear',
      'clothes with electronics',
      'single-use clothes',
    ]);
  });

  it('that are no more than one of the words of the notice get its category', () => {
    expect(wrongOf(linesOf('phrases'))).toEqual([]);
  });

  it('that are out of scope are never taken to be within', () => {
    const out = TITLES.filter(([, label]) => label === 'out' || label === 'unknown');
    expect(out.length).toBeGreaterThan(50);
    expect(out.filter(([title]) => scopeOf({ title }).scope === 'in')).toEqual([]);
  });
});

describe('the notice', () => {
  const idsOf = (request: Parameters<typeof scopeOf>[0]) => scopeOf(request).findings.map(({ id }) => id);
  const silk = (share: number) => ({
    title: 'Chemise',
    materials: [
      { name: 'Coton', share: 1 - share },
      { name: 'Soie', share },
    ],
  });

  it('lets a material without figures be stood for below 20 % of the mass, and some from there on', () => {
    expect(scopeOf(silk(0.1999))).toMatchObject({
      scope: 'in',
      products: ['chemise'],
      materials: [
        { name: 'Coton', is: 'known', id: 'ei-coton' },
        { name: 'Soie', is: 'proxy', id: 'ei-laine-par-defaut' },
      ],
      findings: [{ id: 'material_by_proxy', severity: 'note', field: 'materials', source: 'notice V1.0, table 11' }],
    });
    for (const share of [0.2, 0.2001, 1]) {
      expect(scopeOf(silk(share))).toMatchObject({
        scope: 'out',
        materials: [{ is: 'known' }, { is: 'excluded', id: null }],
        findings: expect.arrayContaining([
          expect.objectContaining({ id: 'material_without_figures', severity: 'refuse' }),
        ]),
      });
    }
  });

  it.each([
    ['cachemire', 1, 'ei-laine-par-defaut'],
    ['Mohair', 0.5, 'ei-laine-par-defaut'],
    ['alpaca', 0.2, 'ei-laine-par-defaut'],
    ['Yack', 0.1, 'ei-laine-nouvelle-filiere'],
    ['yak', 1, 'ei-laine-nouvelle-filiere'],
    ['polyamide', 1, 'ei-pa'],
    ['silk', 0.15, 'ei-laine-par-defaut'],
    ['silk', 0.2, null],
    ['Tencel', 0.19, 'ei-viscose'],
    ['lyocell', 0.2, null],
    ['Recycled nylon', 0.1, 'ei-pet-r'],
    ['Recycled nylon', 0.2, null],
    ['laine recyclée', 0.1, 'coton-rdpc'],
    ['laine recyclée', 0.2, null],
    ['Kryptonite', 0.1, null],
    ['ei-lin', 0.1, 'ei-lin'],
  ])('%s at %d is written as %s', (name, share, id) => {
    expect(scopeOf({ product: 'pull', materials: [{ name, share }] }).materials[0]?.id).toBe(id);
  });

  it('asks for materials from 2 % on', () => {
    const of = (share: number) => idsOf({ product: 'pull', materials: [{ name: 'Lin', share }] });
    expect([of(0.0199), of(0.02), of(0)]).toEqual([['material_below_two_percent'], [], ['material_below_two_percent']]);
  });

  it('declares the country of the greatest mass of several suppliers', () => {
    const suppliers = {
      countryFabric: [
        { country: 'CN', share: 0.3 },
        { country: 'IN', share: 0.4 },
        { country: 'TR', share: 0.4 },
      ],
      countryMaking: [{ country: 'FR', share: 1 }],
    };
    const { countries, findings } = scopeOf({ product: 'pull', suppliers });
    expect(countries).toEqual({ countryFabric: 'IN', countryMaking: 'FR' });
    expect(findings).toMatchObject([{ id: 'several_suppliers', field: 'countryFabric' }]);
    expect(findings[0]?.message.en).toMatch(/IN$/);
  });

  it.each([
    ['baby', '74 cm', '74 cm'],
    ['child', '128 cm', '128 cm'],
    ['woman', '38 ou M', '38 or M'],
    ['man', 'homme, M', 'man, M'],
  ] as const)('weighs the reference size of a %s', (segment, fr, en) => {
    const [finding] = scopeOf({ product: 'pull', segment }).findings;
    expect(finding).toMatchObject({ id: 'reference_size', source: 'notice V1.0, p. 18 and 19' });
    expect([finding?.message.fr, finding?.message.en]).toEqual([
      expect.stringContaining(fr),
      expect.stringContaining(en),
    ]);
  });

  it('knows when words go with another category than the one that was chosen, with several, or with none', () => {
    expect(idsOf({ title: 'Robe longue', product: 'tshirt' })).toEqual(['category_other']);
    expect(idsOf({ title: 'Robe longue', product: 'jupe' })).toEqual([]);
    expect(scopeOf({ title: 'Boxer homme' })).toMatchObject({ scope: 'in', products: ['calecon', 'slip'] });
    expect(idsOf({ title: 'Boxer homme' })).toEqual(['category_ambiguous']);
    expect(scopeOf({ title: 'Mug' })).toMatchObject({ scope: 'unknown', products: [] });
    expect(idsOf({ title: 'Mug' })).toEqual(['category_unknown']);
    expect(scopeOf({ title: 'Mug', product: 'pull' })).toMatchObject({ scope: 'unknown', products: ['pull'] });
    expect(scopeOf({})).toMatchObject({ scope: 'unknown', products: [], findings: [] });
  });

  it('tells why something is out of scope, in both languages', () => {
    const [finding] = scopeOf({ title: 'Veste chauffante' }).findings;
    expect(finding).toMatchObject({ id: 'out_of_scope', severity: 'refuse', source: 'notice V1.0, table 7' });
    expect(finding?.message).toEqual({
      fr: 'hors du champ de l’affichage : vêtements avec électronique',
      en: 'out of the scope of the label: clothes with electronics',
    });
  });

  it.each(EXCLUDED_WORDS)('has its reason in both languages: $why.en', ({ why, fr }) => {
    expect(why).toEqual({ fr: expect.stringMatching(/^[a-zéê]/), en: expect.stringMatching(/^[a-z]/) });
    const [phrase] = fr.split(' | ') as [string];
    const { message } = scopeOf({ title: phrase }).findings.find(({ id }) => id === 'out_of_scope') ?? {};
    expect(message).toEqual({ fr: expect.stringContaining(why.fr), en: expect.stringContaining(why.en) });
  });

  it('has its rules in the document, with their place', () => {
    const text = readFileSync(fileURLToPath(new URL('../../../../docs/plausibility.md', import.meta.url)), 'utf8');
    for (const [id, { severity, source }] of Object.entries(SCOPE_RULES))
      expect(text).toContain(`| \`${id}\` | ${severity} | ${source} |`);
  });
});
