import { written } from '@ecobalyse/plausibility';
import { type Named, wordsOf } from '@ecobalyse/product-files/names';
import { inEveryLanguage, type Language, type Words } from '@ecobalyse/schema';
import type { ReadQuery, Simulation } from '@ecobalyse/textile-method';
import type { Garment } from './garment.js';

export type Field = keyof ReadQuery;

type Value<Name extends Field> = NonNullable<ReadQuery[Name]>;

interface FieldRow<Name extends Field> {
  /** What it is called in a sentence, with its article. */
  readonly words: Words;
  readonly show: (value: Value<Name>, language: Language) => string;
  /** What the method takes when nothing is told; without it that is not shown. */
  readonly byDefault?: (simulation: Simulation) => Value<Name>;
}

/** What an id is called; the id where we have no name. */
export const nameIn = (kind: Named, id: string, language: Language): string => wordsOf(kind, id)?.[language] ?? id;
const named =
  (kind: Named) =>
  (value: unknown, language: Language): string =>
    nameIn(kind, String(value), language);
const number =
  (unit = '') =>
  (value: number, language: Language): string =>
    `${written(value, language)}${unit}`;
/** As each language writes it. */
export const withPercent = (figure: string, language: Language) => `${figure}${language === 'fr' ? ' %' : '%'}`;
const percent = (value: number, language: Language) => withPercent(written(100 * value, language), language);

const NONE: Words = { fr: 'aucun', en: 'none' };
const listed = (texts: readonly string[], language: Language) => texts.join(', ') || NONE[language];

const UNKNOWN_COUNTRY = '---';
const country = (words: Words) => ({ words, show: named('country'), byDefault: () => UNKNOWN_COUNTRY });

/** Every field of a garment, in the order of answers; those that may come to one ({@link GROUPS}) stand together. */
export const FIELDS: { readonly [Name in Field]: FieldRow<Name> } = {
  product: { words: { fr: 'le type de vêtement', en: 'the type of garment' }, show: named('product') },
  mass: { words: { fr: 'la masse', en: 'the mass' }, show: number(' kg') },
  materials: {
    words: { fr: 'les matières', en: 'the materials' },
    show: (materials, language) =>
      listed(
        materials.map(({ id, share, country: from, spinning }) => {
          const about = [
            ...(from === null ? [] : [named('country')(from, language)]),
            ...(spinning === null ? [] : [named('spinning')(spinning, language)]),
          ];
          const name = `${nameIn('material', id, language)} ${percent(share, language)}`;
          return about.length === 0 ? name : `${name} (${about.join(', ')})`;
        }),
        language,
      ),
  },
  fabricProcess: {
    words: { fr: 'le procédé d’étoffe', en: 'the fabric process' },
    show: named('fabricProcess'),
    byDefault: ({ garment }) => garment.fabric.id,
  },
  surfaceMass: {
    words: { fr: 'le grammage', en: 'the surface mass' },
    show: number(' g/m²'),
    byDefault: ({ garment }) => garment.surfaceMass,
  },
  yarnSize: {
    words: { fr: 'le titrage du fil', en: 'the yarn size' },
    show: ({ nm }, language) => `${written(nm, language)} Nm`,
    byDefault: ({ garment }) => ({ nm: garment.yarnSize, written: garment.yarnSize }),
  },
  countrySpinning: country({ fr: 'le pays de filature', en: 'the country of spinning' }),
  countryFabric: country({ fr: 'le pays de tissage ou tricotage', en: 'the country of weaving or knitting' }),
  countryDyeing: country({ fr: 'le pays d’ennoblissement', en: 'the country of dyeing' }),
  countryMaking: country({ fr: 'le pays de confection', en: 'the country of making' }),
  airTransportRatio: {
    words: { fr: 'la part de transport aérien', en: 'the share of air transport' },
    show: percent,
    byDefault: ({ airRatio }) => airRatio,
  },
  dyeingProcessType: {
    words: { fr: 'le type de teinture', en: 'the kind of dyeing' },
    show: named('dyeingProcessType'),
    byDefault: () => 'average',
  },
  printing: {
    words: { fr: 'l’impression', en: 'the printing' },
    show: ({ kind, ratio }, language) => `${nameIn('printing', kind, language)} ${percent(ratio, language)}`,
  },
  fading: {
    words: { fr: 'le délavage', en: 'the fading' },
    show: named('boolean'),
    byDefault: ({ garment }) => garment.fading,
  },
  makingComplexity: {
    words: { fr: 'la complexité de confection', en: 'the complexity of making' },
    show: named('makingComplexity'),
    byDefault: ({ garment }) => garment.makingComplexity,
  },
  makingWaste: {
    words: { fr: 'le taux de perte en confection', en: 'the waste of making' },
    show: percent,
    byDefault: ({ garment }) => garment.makingWasteRatio,
  },
  makingDeadStock: {
    words: { fr: 'le taux de stocks dormants', en: 'the share of dead stock' },
    show: percent,
    byDefault: ({ garment }) => garment.makingDeadStockRatio,
  },
  trims: {
    words: { fr: 'les accessoires', en: 'the trims' },
    show: (trims, language) =>
      listed(
        trims.map(({ id, quantity }) => `${quantity} × ${nameIn('trim', id, language)}`),
        language,
      ),
    byDefault: ({ garment }) => garment.product.trims,
  },
  business: {
    words: { fr: 'le type d’entreprise', en: 'the kind of business' },
    show: named('business'),
    byDefault: ({ garment }) => garment.business,
  },
  numberOfReferences: {
    words: { fr: 'le nombre de références', en: 'the number of references' },
    show: number(),
    byDefault: ({ garment }) => garment.numberOfReferences,
  },
  price: {
    words: { fr: 'le prix', en: 'the price' },
    show: number(' €'),
    byDefault: ({ garment }) => garment.priceEuro,
  },
  physicalDurability: {
    words: { fr: 'la durabilité physique', en: 'the physical durability' },
    show: number(),
    byDefault: ({ garment }) => garment.physicalDurability,
  },
  upcycled: { words: { fr: 'le remanufacturage', en: 'the remanufacturing' }, show: named('boolean') },
  disabledSteps: {
    words: { fr: 'les étapes laissées de côté', en: 'the stages that are left out' },
    show: (stages, language) =>
      listed(
        stages.map((stage) => named('stage')(stage, language)),
        language,
      ),
  },
};

export const FIELD_ORDER = Object.keys(FIELDS) as readonly Field[];

/** Fields that come to one when more differ than can be told apart, the first group first. */
const GROUPS: Readonly<Record<string, { readonly words: Words; readonly fields: readonly Field[] }>> = {
  countries: {
    words: { fr: 'les pays de la chaîne', en: 'the countries of the chain' },
    fields: ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'],
  },
  brand: {
    words: { fr: 'la marque (entreprise, références, prix)', en: 'the brand (business, references, price)' },
    fields: ['business', 'numberOfReferences', 'price'],
  },
  making: {
    words: { fr: 'la confection (complexité, pertes, stocks)', en: 'the making (complexity, waste, stock)' },
    fields: ['makingComplexity', 'makingWaste', 'makingDeadStock'],
  },
  finishing: {
    words: { fr: 'les finitions (teinture, impression, délavage)', en: 'the finishing (dyeing, printing, fading)' },
    fields: ['dyeingProcessType', 'printing', 'fading'],
  },
  cloth: {
    words: { fr: 'l’étoffe (procédé, grammage, fil)', en: 'the cloth (process, surface mass, yarn)' },
    fields: ['fabricProcess', 'surfaceMass', 'yarnSize'],
  },
  life_cycle: {
    words: { fr: 'les étapes comptées', en: 'the stages that count' },
    fields: ['upcycled', 'disabledSteps'],
  },
};

/** Fields that are told apart at most: the method works out each of their 2^12 mixtures. */
export const MOST_PLAYERS = 12;

/** What a difference is told of: a field, or several that count as one. */
export interface Player {
  readonly id: string;
  readonly fields: readonly Field[];
  readonly words: Words;
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** Fields in which garments are told otherwise than the first. */
export const differingFields = ([first, ...others]: readonly Garment[]): Field[] =>
  FIELD_ORDER.filter((field) => others.some(({ query }) => !isSame(first?.query[field], query[field])));

/** The players of a difference: its fields, or groups of them until there are {@link MOST_PLAYERS} at most. */
export function playersOf(fields: readonly Field[]): Player[] {
  const players: Player[] = fields.map((field) => ({ id: field, fields: [field], words: FIELDS[field].words }));
  for (const [id, { words, fields: members }] of Object.entries(GROUPS)) {
    if (players.length <= MOST_PLAYERS) break;
    const joined = players.filter((player) => members.includes(player.id as Field));
    if (joined.length < 2) continue;
    players.splice(players.indexOf(joined[0] as Player), joined.length, {
      id,
      words,
      fields: joined.flatMap((player) => player.fields),
    });
  }
  return players;
}

const BY_DEFAULT: Words = { fr: 'par défaut', en: 'by default' };

/** The value of a field in words: what the method takes is marked where nothing is told. */
export const valueWords = ({ query, simulation }: Garment, field: Field): Words =>
  inEveryLanguage((language) => {
    const { show, byDefault } = FIELDS[field] as FieldRow<Field>;
    const given = query[field];
    if (given !== null) return show(given as never, language);
    if (field === 'printing') return NONE[language];
    const assumed = byDefault?.(simulation);
    if (assumed === undefined) return BY_DEFAULT[language];
    const shown = show(assumed as never, language);
    // The unknown country is called so already.
    return assumed === UNKNOWN_COUNTRY ? shown : `${shown}, ${BY_DEFAULT[language]}`;
  });

/** Words without the article, as the head of a row. */
export const asLabel = ({ fr, en }: Words): Words => {
  const headed = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return { fr: headed(fr.replace(/^(le|la|les) |^l’/, '')), en: headed(en.replace(/^the /, '')) };
};
