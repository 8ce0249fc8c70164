import type { MATERIAL_FAMILIES } from '@ecobalyse/product-documents';
import { type Named, wordsOf } from '@ecobalyse/product-files';
import {
  type CostPart,
  type CostUnit,
  type EffectFactor,
  type InEveryLanguage,
  LANGUAGES,
  type StratumGrouping,
  type Words,
} from '@ecobalyse/schema';

/** What figures are told with, in both languages. */

const alike = (text: string): Words => ({ en: text, fr: text });
const named =
  (kind: Named) =>
  (id: string): Words =>
    wordsOf(kind, id) ?? alike(id);

export const NOT_TOLD: Words = { en: 'not told', fr: 'non renseigné' };
export const ALL_TYPES: Words = { en: 'All types', fr: 'Tous les types' };
export const productName = named('product');
export const materialName = named('material');
export const countryName = named('country');
export const processName = named('fabricProcess');

const SCENARIO_NAMES: Readonly<Record<string, Words>> = {
  regular: { en: 'regular (all stages)', fr: 'normal (toutes les étapes)' },
  'low-cost': { en: 'low-cost (without use, more air transport)', fr: 'à bas coût (sans utilisation, plus d’avion)' },
};
export const scenarioName = (id: string): Words => SCENARIO_NAMES[id] ?? alike(id);

/** What the value of a grouping or a factor is called. */
export const NAMES: Readonly<Record<StratumGrouping | EffectFactor, (value: string) => Words>> = {
  product: productName,
  main_material: materialName,
  material: materialName,
  country: countryName,
  country_spinning: countryName,
  country_fabric: countryName,
  country_dyeing: countryName,
  country_making: countryName,
  process: processName,
  scenario: scenarioName,
  brand: alike,
  tag: alike,
  air: (share) => alike(`${Number(share) * 100} %`),
};

const PART_NAMES: Readonly<Record<string, Words>> = {
  material: { en: 'raw materials', fr: 'matières premières' },
  spinning: { en: 'spinning', fr: 'filature' },
  fabric: { en: 'knitting or weaving', fr: 'tricotage ou tissage' },
  ennobling: { en: 'dyeing and finishing', fr: 'ennoblissement' },
  making: { en: 'making', fr: 'confection' },
  distribution: { en: 'distribution', fr: 'distribution' },
  use: { en: 'use', fr: 'utilisation' },
  eol: { en: 'end of life', fr: 'fin de vie' },
  transport: { en: 'transport', fr: 'transport' },
  trims: { en: 'trims', fr: 'accessoires' },
  complements: { en: 'complements beyond the life cycle', fr: 'compléments hors ACV' },
} satisfies Record<CostPart, Words>;
export const partName = (part: string): Words => PART_NAMES[part] ?? alike(part);

/** Fields of a description that a reason may name. */
export const FIELD_NAMES = {
  mass: { en: 'mass', fr: 'masse' },
  materials: { en: 'materials', fr: 'matières' },
  country_spinning: { en: 'country of spinning', fr: 'pays de filature' },
  country_fabric: { en: 'country of knitting or weaving', fr: 'pays de tricotage ou de tissage' },
  country_dyeing: { en: 'country of dyeing', fr: 'pays d’ennoblissement' },
  country_making: { en: 'country of making', fr: 'pays de confection' },
  process: { en: 'knitting or weaving technique', fr: 'technique de tricotage ou de tissage' },
  air: { en: 'share of air transport', fr: 'part de transport aérien' },
  price: { en: 'price', fr: 'prix' },
  references: { en: 'number of references', fr: 'nombre de références' },
  business: { en: 'kind of business', fr: 'type d’entreprise' },
  durability: { en: 'physical durability', fr: 'durabilité physique' },
  trims: { en: 'trims', fr: 'accessoires' },
  options: { en: 'options of making and finishing', fr: 'options de confection et d’ennoblissement' },
} as const satisfies Readonly<Record<string, Words>>;
export type ReasonField = keyof typeof FIELD_NAMES;

/** Families of fibres, and of what a family is when a material is one of its own. */
const FAMILY_NAMES: Readonly<Record<string, Words>> = {
  natural_vegetal: { en: 'plant fibres', fr: 'fibres végétales' },
  natural_animal: { en: 'animal fibres', fr: 'fibres animales' },
  artificial_organic: { en: 'artificial organic fibres', fr: 'fibres artificielles organiques' },
  artificial_inorganic: { en: 'artificial inorganic fibres', fr: 'fibres artificielles inorganiques' },
  synthetic: { en: 'synthetic fibres', fr: 'fibres synthétiques' },
} satisfies Record<(typeof MATERIAL_FAMILIES)[keyof typeof MATERIAL_FAMILIES], Words>;
export const familyName = (family: string): Words => FAMILY_NAMES[family] ?? materialName(family);

export const UNIT_NAMES: Readonly<Record<CostUnit, Words>> = {
  item: { en: 'points', fr: 'points' },
  '100g': { en: 'points per 100 g', fr: 'points pour 100 g' },
  day: { en: 'points per day of wear', fr: 'points par jour de port' },
};

/** How a language writes a number of points, or a factor: three digits are enough. */
const FORMATS: InEveryLanguage<Intl.NumberFormat> = {
  en: new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }),
  fr: new Intl.NumberFormat('fr-FR', { maximumSignificantDigits: 3 }),
};
export const numberIn = (value: number): Words => ({ en: FORMATS.en.format(value), fr: FORMATS.fr.format(value) });

/** A sentence in every language, of templates and of words for the places that they name. */
export const sentence = (template: Words, places: Readonly<Record<string, Words>>): Words =>
  Object.fromEntries(
    LANGUAGES.map((language) => [
      language,
      template[language].replace(/\{(\w+)\}/g, (place, name: string) => places[name]?.[language] ?? place),
    ]),
  ) as unknown as Words;
