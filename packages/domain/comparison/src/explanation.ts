import { partWords } from '@ecobalyse/product-files/names';
import { type CostPart, fill, inEveryLanguage, type Language, type Words } from '@ecobalyse/schema';
import { type Attribution, attribute, type Effect, greatestPart } from './attribution.js';
import { nameIn, valueWords, withPercent } from './fields.js';
import type { Garment } from './garment.js';
import { type Lever, leversOf } from './levers.js';

/** Others of its type, to which a garment is compared. */
export interface Peers {
  /** Who they are, as a sentence goes on: `de la grille de référence`, `of the reference grid`. */
  readonly of: Words;
  /** How many they are. */
  readonly count: number;
  /** The one in the middle by its cost. */
  readonly median: Garment;
  /** Whether it costs more or less than all of them. */
  readonly place: 'dearest' | 'cheapest' | null;
}

/** Why a garment costs what it costs. */
export interface Explanation {
  /** What makes up most of the cost, in Pts and as a share of the whole. */
  readonly cause: { readonly part: CostPart; readonly ecs: number; readonly share: number };
  /** What makes it stand above or below the median garment of its type; null where there is none. */
  readonly against: Attribution | null;
  readonly levers: readonly Lever[];
  readonly sentence: Words;
}

/** Types in the plural, as a sentence names the garments among which one stands. */
const GARMENTS: Readonly<Record<string, Words>> = {
  chemise: { fr: 'chemises', en: 'shirts' },
  jean: { fr: 'jeans', en: 'jeans' },
  jupe: { fr: 'jupes et robes', en: 'skirts and dresses' },
  manteau: { fr: 'manteaux et vestes', en: 'coats and jackets' },
  pantalon: { fr: 'pantalons et shorts', en: 'trousers and shorts' },
  pull: { fr: 'pulls', en: 'jumpers' },
  tshirt: { fr: 't-shirts et polos', en: 'T-shirts and polos' },
  chaussettes: { fr: 'chaussettes', en: 'socks' },
  calecon: { fr: 'caleçons tissés', en: 'woven boxer shorts' },
  slip: { fr: 'slips et boxers tricotés', en: 'knitted briefs' },
  'maillot-de-bain': { fr: 'maillots de bain', en: 'swimwear' },
};

/** The clauses of the sentence. French values stand in quotation marks behind `de`, so that nothing is elided. */
const CLAUSES = {
  cost: { fr: 'Ce produit coûte {cost} Pts', en: 'This product costs {cost} Pts' },
  cause: { fr: ', dont {share} en {part}', en: ', of which {share} for {part}' },
  dearest: {
    fr: ' ; aucun coût n’est plus haut parmi les {garments} {of}',
    en: '; none of the {garments} {of} costs more',
  },
  cheapest: {
    fr: ' ; aucun coût n’est plus bas parmi les {garments} {of}',
    en: '; none of the {garments} {of} costs less',
  },
  above: {
    fr: ' ; c’est {percent} de plus que la médiane des {garments} {of} ({median} Pts)',
    en: '; that is {percent} more than the median of the {garments} {of} ({median} Pts)',
  },
  below: {
    fr: ' ; c’est {percent} de moins que la médiane des {garments} {of} ({median} Pts)',
    en: '; that is {percent} less than the median of the {garments} {of} ({median} Pts)',
  },
  beyond: {
    fr: ', et c’est {percent} {more} que leur médiane ({median} Pts)',
    en: ', and that is {percent} {more} than their median ({median} Pts)',
  },
  equal: {
    fr: ' ; c’est autant que la médiane des {garments} {of} ({median} Pts)',
    en: '; that is as much as the median of the {garments} {of} ({median} Pts)',
  },
  by: { fr: ', surtout par {effects}', en: ', mostly by {effects}' },
  despite: { fr: ', malgré {effects}', en: ', despite {effects}' },
  effect: { fr: '{field} ({points})', en: '{field} ({points})' },
  effectOfOne: {
    fr: '{field} ({value} contre {usual} : {points})',
    en: '{field} ({value} against {usual}: {points})',
  },
  lever: {
    fr: ' ; ce qui l’abaisserait le plus : {field}, « {to} » au lieu de « {from} » ({points}, soit {percent})',
    en: '; what would lower it most: {field}, {to} instead of {from} ({points}, which is {percent})',
  },
  noLever: {
    fr: ' ; aucun changement simple ne l’abaisserait',
    en: '; no single change would lower it',
  },
} as const satisfies Readonly<Record<string, Words>>;

/** What the garments differ in by less than this part is told as equal. */
const EQUAL = 0.01;
/** Effects that are told make at least this part of the difference, */
const LEAST_EFFECT = 0.2;
/** and those that go the other way this part of it. */
const LEAST_COUNTER = 0.25;
const MOST_EFFECTS = 2;
/** Values that are longer are left to the table. */
const MOST_CHARACTERS = 40;

const NUMBERS: Readonly<Record<Language, (digits: number) => Intl.NumberFormat>> = {
  fr: (digits) => new Intl.NumberFormat('fr-FR', { maximumFractionDigits: digits }),
  en: (digits) => new Intl.NumberFormat('en-GB', { maximumFractionDigits: digits }),
};
/** A number for people: whole from ten on. */
const shown = (value: number, language: Language) => NUMBERS[language](Math.abs(value) < 10 ? 1 : 0).format(value);
const signed = (value: number, language: Language) => `${value > 0 ? '+' : '−'}${shown(Math.abs(value), language)}`;
const percent = (share: number, language: Language) => withPercent(shown(100 * share, language), language);

const uncapitalised = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

const AND: Words = { fr: ' et ', en: ' and ' };

/** What people say of an effect: the values too, where it is of one field and they are short. */
function effectText(effect: Effect, garment: Garment, median: Garment, language: Language): string {
  const points = `${signed(effect.item, language)} Pts`;
  const field = effect.words[language];
  const [only, ...others] = effect.fields;
  if (only !== undefined && others.length === 0) {
    const value = valueWords(garment, only)[language];
    const usual = valueWords(median, only)[language];
    if (Math.max(value.length, usual.length) <= MOST_CHARACTERS)
      return fill(CLAUSES.effectOfOne[language], { field, value, usual, points });
  }
  return fill(CLAUSES.effect[language], { field, points });
}

function againstText(garment: Garment, { of, median, place }: Peers, against: Attribution, language: Language): string {
  const difference = against.difference.item;
  const share = Math.abs(difference / median.costs.item);
  const values = {
    garments: (GARMENTS[garment.query.product] ?? { fr: 'produits', en: 'products' })[language],
    of: of[language],
    median: shown(median.costs.item, language),
    percent: percent(share, language),
    more: { fr: difference > 0 ? 'de plus' : 'de moins', en: difference > 0 ? 'more' : 'less' }[language],
  };
  if (share < EQUAL) return fill(CLAUSES[place ?? 'equal'][language], values);
  const start =
    place === null
      ? CLAUSES[difference > 0 ? 'above' : 'below'][language]
      : CLAUSES[place][language] + CLAUSES.beyond[language];
  const effectsOf = (least: number, most: number, isWith: boolean) =>
    against.effects
      .filter(({ item }) => item > 0 === (difference > 0 === isWith) && Math.abs(item) >= least * Math.abs(difference))
      .sort((a, b) => Math.abs(b.item) - Math.abs(a.item))
      .slice(0, most)
      .map((effect) => effectText(effect, garment, median, language))
      .join(AND[language]);
  const clause = (words: Words, effects: string) => (effects === '' ? '' : fill(words[language], { effects }));
  return [
    fill(start, values),
    clause(CLAUSES.by, effectsOf(LEAST_EFFECT, MOST_EFFECTS, true)),
    clause(CLAUSES.despite, effectsOf(LEAST_COUNTER, 1, false)),
  ].join('');
}

function leverText(garment: Garment, lever: Lever | undefined, language: Language): string {
  if (lever === undefined) return CLAUSES.noLever[language];
  return fill(CLAUSES.lever[language], {
    field: uncapitalised(lever.label[language]),
    from: lever.from[language],
    to: lever.to[language],
    points: `${signed(-lever.saves, language)} Pts`,
    percent: percent(-lever.saves / garment.costs.item, language).replace('-', '−'),
  });
}

/**
 * Explains the cost of a garment.
 *
 * @param peers - others of its type; null where there are none.
 * @throws {TextileQueryError} as {@link attribute}.
 */
export function explain(garment: Garment, peers: Peers | null): Explanation {
  const part = greatestPart(garment);
  const ecs = garment.parts[part];
  const share = garment.costs.item > 0 ? ecs / garment.costs.item : 0;
  const against = peers && attribute(peers.median, garment);
  const levers = leversOf(garment);
  const { materials } = garment.query;
  const [only] = materials;
  const sentence = inEveryLanguage((language) => {
    const material = part === 'material' && only !== undefined && materials.length === 1;
    const name = uncapitalised(partWords(part)[language]);
    // What stands in parentheses in a name follows a comma in ours.
    const inParentheses = (text: string) => ` (${uncapitalised(text).replace(/ \((.*)\)$/, ', $1')})`;
    const ofOne = material ? inParentheses(nameIn('material', only.id, language)) : '';
    return [
      fill(CLAUSES.cost[language], { cost: shown(garment.costs.item, language) }),
      // Parts of nothing have no share.
      share > 0 ? fill(CLAUSES.cause[language], { share: percent(share, language), part: name + ofOne }) : '',
      peers && against ? againstText(garment, peers, against, language) : '',
      leverText(garment, levers[0], language),
      '.',
    ].join('');
  });
  return { cause: { part, ecs, share }, against, levers, sentence };
}
