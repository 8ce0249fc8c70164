import { type ProfileProduct, profile, UNKNOWN_COUNTRY } from '@ecobalyse/estimation';
import { wordsOf } from '@ecobalyse/product-files/names';
import {
  knownAsSchema,
  materialEntrySchema,
  PRODUCT_FIELDS,
  printingSchema,
  type Severity,
  trimItemSchema,
  type Words,
} from '@ecobalyse/schema';
import { limits } from '@ecobalyse/textile-method';
import { fieldsOf, type Garment, numberOf } from './garment.js';

/** What stands in the places of a rule's words; numbers are written as the language does. */
export type Values = Readonly<Record<string, string | number | Words>>;

/** One thing that a rule finds; the field is said where it is not the rule's own. */
export interface Found {
  readonly field?: string;
  readonly values?: Values;
}

/** Something that a product may be told: data, so that the table is all there is to know of a rule. */
export interface Rule<Subject = Garment> {
  readonly severity: Severity;
  /** Field that it is about; null for the whole product. */
  readonly field: string | null;
  /** Where its limits are from. */
  readonly source: string;
  readonly words: Words;
  /** What it finds of a garment; nothing when all is well, or when what it looks at is unknown. */
  readonly find: (subject: Subject) => readonly Found[];
}

/** Between these parts of the sector's lightest and heaviest garments of a type lie those of every size, a baby's included. */
export const MASS_MARGIN = { least: 0.3, most: 1.5 } as const;
/** The portal takes no lighter product, in kg. */
const PORTAL_LEAST_KG = 0.01;
/** Shares that are rounded to whole percents add up to 1 as nearly as this. */
export const SHARES_TOLERANCE = 0.005;
/** What the portal takes for 1. */
export const PORTAL_SHARES_TOLERANCE = 1e-10;
/** Materials have to be declared from this share on. */
export const LEAST_SHARE = 0.02;
/** Times the most trims of the sector's garments of a type, and never fewer than some. */
export const TRIMS_MARGIN = { times: 3, least: 10 } as const;
/** Numbers that a label can show. */
export const LABEL = { least: 10, most: 99_999 } as const;
/** Parts of the usual price of a type, between which the brands of the sector sell. */
export const PRICE_MARGIN = { least: 0.25, most: 8 } as const;
/** How much trims may take off the cost until they are told. */
const LEVER = 0.05;
/** Fields that are passed over and told, and characters of each. */
const [MOST_IGNORED, MOST_NAME] = [10, 60];

/** Mistakes of the unit, by the factor that mends them. */
const SLIPS: readonly (readonly [factor: number, words: Words])[] = [
  [1e-3, { fr: 'on dirait des grammes', en: 'it looks like grams' }],
  [1e-6, { fr: 'on dirait des milligrammes', en: 'it looks like milligrams' }],
  [1e3, { fr: 'on dirait des tonnes', en: 'it looks like tonnes' }],
  [1e-2, { fr: 'il manque peut-être une virgule', en: 'a decimal point may be missing' }],
  [1e2, { fr: 'il y a peut-être deux zéros de trop', en: 'there may be two zeros too many' }],
  [1e-1, { fr: 'dix fois trop, peut-être', en: 'ten times too much, perhaps' }],
  [1e1, { fr: 'dix fois trop peu, peut-être', en: 'ten times too little, perhaps' }],
];

/** Fields of the method that are gone, with the version that dropped them. */
const RETIRED: Readonly<Record<string, string>> = { traceability: '7.0.0', dyeingMedium: '4.0.0' };

/** What the portal's declaration has no field for: the published cost is by the method's default. */
const NOT_DECLARABLE = [
  'dyeingProcessType',
  'makingComplexity',
  'makingDeadStock',
  'makingWaste',
  'physicalDurability',
  'surfaceMass',
  'yarnSize',
];

const WOVEN = { fr: 'tissé', en: 'woven' };
const KNITTED = { fr: 'tricoté', en: 'knitted' };
/** Types whose name in the method says how they are made, or that nobody makes otherwise. */
const MADE: Readonly<Record<string, Words>> = { calecon: WOVEN, jean: WOVEN, slip: KNITTED, chaussettes: KNITTED };

const shareSum = ({ fibres }: Garment) => fibres.reduce((sum, { share }) => sum + share, 0);
export const nameOf = (type: string): Words => wordsOf('product', type) ?? { fr: type, en: type };
const trimName = (id: string): Words => wordsOf('trim', id) ?? { fr: id, en: id };
/** What a test finds, when it does. */
export const when = (isFound: boolean, values: Values = {}): Found[] => (isFound ? [{ values }] : []);

/** What is plausible of a type, in kg. */
export const massRange = ({ massKg: [least, , most] }: ProfileProduct) => ({
  least: exact(least * MASS_MARGIN.least),
  most: exact(most * MASS_MARGIN.most),
});
/** Without the error of a product of decimals. */
const exact = (value: number) => Number(value.toPrecision(12));

function massOutOfRange({ mass, usual }: Garment): Found[] {
  if (mass === undefined || usual === undefined) return [];
  const range = massRange(usual);
  if (mass >= range.least && mass <= range.most) return [];
  const [lightest, , heaviest] = usual.massKg;
  const slip = SLIPS.map(([factor, words]) => ({ words, meant: mass * factor })).find(
    ({ meant }) => meant >= lightest && meant <= heaviest,
  );
  const dash = (words: Words, meant: number): Words => ({
    fr: ` ; ${words.fr} (${written(meant, 'fr')} kg ?)`,
    en: `; ${words.en} (${written(meant, 'en')} kg?)`,
  });
  return when(true, { mass, type: nameOf(usual.id), ...range, slip: slip ? dash(slip.words, slip.meant) : '' });
}

/** Kinds of trims of the sector, by their id. */
const KINDS: ReadonlyMap<string, string> = new Map(profile.trims.map((kind) => [profile.trimId(kind), kind]));

function tooManyTrims({ trims, usual }: Garment): Found[] {
  if (usual === undefined) return [];
  const counts = new Map<string, number>();
  for (const { id, quantity } of trims) counts.set(id, (counts.get(id) ?? 0) + quantity);
  return [...counts].flatMap(([id, count]) => {
    const kind = KINDS.get(id);
    // The sector knows nothing of other kinds.
    if (kind === undefined) return [];
    const most = Math.max(TRIMS_MARGIN.least, TRIMS_MARGIN.times * (usual.mostTrims[kind] ?? 0));
    return when(count > most, { count, trim: trimName(id), most });
  });
}

function trimsLowerCost(garment: Garment): Found[] {
  if (garment.trims.length === 0) return [];
  // What the method refuses has no cost, and is not less than another.
  const costWith = (changes: Readonly<Record<string, unknown>>) =>
    garment.simulated(changes)?.totals.impacts.ecs ?? Number.NaN;
  const [cost, usual] = [costWith({}), costWith({ trims: null })];
  return when(cost < usual * (1 - LEVER), { less: Math.round(usual - cost) });
}

const NESTED: readonly (readonly [field: string, known: readonly string[]])[] = [
  ['materials', Object.keys(materialEntrySchema.shape)],
  ['trims', Object.keys(trimItemSchema.shape)],
  ['printing', Object.keys(printingSchema.shape)],
];
/** What is told of a product beside its description: by its owner, and by us in files that come back. */
const BESIDE: ReadonlySet<string> = new Set([
  ...Object.keys(knownAsSchema.shape),
  ...['catalogue', 'ecs', 'md5_id', 'warnings'],
]);

/** Names in a description that mean nothing to the method, each once; those that once did are told apart. */
function ignoredFields({ known: { sent } }: Garment): { retired: string[]; unknown: string[] } {
  const given = fieldsOf(sent);
  const own = Object.keys(given).filter((name) => !PRODUCT_FIELDS.has(name) && !BESIDE.has(name));
  const nested = NESTED.flatMap(([field, names]) =>
    [given[field]]
      .flat()
      .flatMap((entry) => Object.keys(fieldsOf(entry)))
      .filter((name) => !names.includes(name))
      .map((name) => `${field}.${name}`),
  );
  const isRetired = (name: string) => Object.hasOwn(RETIRED, name);
  const unknown = new Set([...own.filter((name) => !isRetired(name)), ...nested]);
  return {
    retired: own.filter(isRetired),
    unknown: [...unknown].slice(0, MOST_IGNORED).map((name) => name.slice(0, MOST_NAME)),
  };
}

const COUNTRIES = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const;

/** Whether a garment goes to and fro between two countries at every stage. */
function goesToAndFro({ query }: Garment): Found[] {
  const [spinning, fabric, dyeing, making] = COUNTRIES.map((field) => query[field]);
  const isPlace = (code: unknown): code is string => typeof code === 'string' && code !== UNKNOWN_COUNTRY;
  if (!isPlace(spinning) || !isPlace(fabric)) return [];
  const places = `${spinning} → ${fabric} → ${spinning} → ${fabric}`;
  return when(spinning === dyeing && fabric === making && spinning !== fabric, { places });
}

/** Every impact that an answer has; none when there is no answer. */
const impactsOf = ({ known }: Garment) => Object.values(fieldsOf(known.answer?.impacts));

function otherProduct({ known, type, mass }: Garment): Found[] {
  const { product, mass: answered } = fieldsOf(known.answer?.inputs);
  const other = fieldsOf(product).id;
  const isOtherType = typeof other === 'string' && type !== undefined && other !== type;
  const kg = numberOf(answered);
  const isOtherMass = kg !== undefined && mass !== undefined && Math.abs(kg - mass) > 1e-6 * Math.abs(mass);
  return [
    ...(isOtherType ? [{ field: 'product', values: { asked: type, answered: other } }] : []),
    ...(isOtherMass ? [{ field: 'mass', values: { asked: mass, answered: kg } }] : []),
  ];
}

const outside = (value: unknown, { min = 0, max = 0 }: { min?: number; max?: number }): Found[] => {
  const number = numberOf(value);
  return when(number !== undefined && (number < min || number > max), { value: number ?? 0, min, max });
};

const isKnitted = (process: unknown) => typeof process === 'string' && process.startsWith('knitting');

/** Every rule, by its id, the gravest of each kind first. */
export const RULES = {
  price_out_of_range: {
    severity: 'refuse',
    field: 'price',
    source: 'METHOD §4.1; the portal takes a higher price as the greatest',
    words: {
      fr: '{value} € : attendu de {min} à {max} € (prix de vente TTC, hors promotion)',
      en: '{value} €: expected {min} to {max} € (price with tax, without promotions)',
    },
    find: ({ query }) => outside(query.price, limits.price),
  },
  references_out_of_range: {
    severity: 'refuse',
    field: 'numberOfReferences',
    source: 'METHOD §4.1',
    words: {
      fr: '{value} références : attendu de {min} à {max}',
      en: '{value} references: expected {min} to {max}',
    },
    find: ({ query }) => outside(query.numberOfReferences, limits.numberOfReferences),
  },
  mass_out_of_range: {
    severity: 'doubtful',
    field: 'mass',
    source: 'masses of the sector by type (docs/estimates.md), of every reference size (notice V1.0, p. 18 and 19)',
    words: {
      fr: '{mass} kg : attendu de {least} à {most} kg pour « {type} »{slip}',
      en: '{mass} kg: expected {least} to {most} kg for {type}{slip}',
    },
    find: massOutOfRange,
  },
  shares_do_not_add_up: {
    severity: 'doubtful',
    field: 'materials',
    source: 'the portal refuses them; the method counts only what is told',
    words: {
      fr: 'les parts des matières font {percent} % : attendu 100 %, sans quoi le coût est faux',
      en: 'the shares of the materials add up to {percent}%: expected 100%, or the cost is wrong',
    },
    find: (garment) => {
      const sum = shareSum(garment);
      return when(garment.fibres.length > 0 && Math.abs(sum - 1) > SHARES_TOLERANCE, { percent: 100 * sum });
    },
  },
  trims_heavier_than_garment: {
    severity: 'doubtful',
    field: 'trims',
    source: 'METHOD §7.7: what trims weigh is taken off the textile, even below nothing',
    words: {
      fr: 'les accessoires pèsent {trims} kg, autant ou plus que le vêtement ({mass} kg)',
      en: 'the trims weigh {trims} kg, as much as the garment ({mass} kg) or more',
    },
    find: (garment) => {
      if (garment.trims.length === 0 || garment.mass === undefined) return [];
      const trims = garment.simulated()?.garment.trims.massKg;
      return when(trims !== undefined && trims >= garment.mass, { trims: trims ?? 0, mass: garment.mass });
    },
  },
  trims_too_many: {
    severity: 'doubtful',
    field: 'trims',
    source: 'most trims of the sector by type (docs/estimates.md), three times over',
    words: {
      fr: '{count} × « {trim} » : {most} au plus sont vraisemblables',
      en: '{count} × {trim}: at most {most} are plausible',
    },
    find: tooManyTrims,
  },
  cost_not_positive: {
    severity: 'doubtful',
    field: null,
    source: 'nothing is made for less than nothing',
    words: {
      fr: 'le coût est de {ecs} points : un vêtement en a toujours un',
      en: 'the cost is {ecs} points: every garment has one',
    },
    find: ({ ecs }) => when(ecs !== undefined && ecs <= 0, { ecs: ecs ?? 0 }),
  },
  cost_below_label: {
    severity: 'doubtful',
    field: null,
    source: 'the label shows 10 to 99,999 points (charter of March 2026)',
    words: {
      fr: 'le coût est de {ecs} points : l’étiquette commence à {least}',
      en: 'the cost is {ecs} points: a label begins at {least}',
    },
    find: ({ ecs }) => when(ecs !== undefined && ecs > 0 && ecs < LABEL.least, { ecs: ecs ?? 0, least: LABEL.least }),
  },
  cost_above_label: {
    severity: 'doubtful',
    field: null,
    source: 'the label shows 10 to 99,999 points (charter of March 2026)',
    words: {
      fr: 'le coût est de {ecs} points : l’étiquette finit à {most}',
      en: 'the cost is {ecs} points: a label ends at {most}',
    },
    find: ({ ecs }) => when(ecs !== undefined && Math.round(ecs) > LABEL.most, { ecs: ecs ?? 0, most: LABEL.most }),
  },
  impacts_all_zero: {
    severity: 'doubtful',
    field: null,
    source: 'an upstream without figures answers 0 for all of them',
    words: {
      fr: 'tous les impacts sont à zéro : la source n’a pas calculé ce produit',
      en: 'all impacts are zero: the source has not worked this product out',
    },
    find: (garment) => when(impactsOf(garment).length > 0 && impactsOf(garment).every((impact) => impact === 0)),
  },
  other_product_answered: {
    severity: 'doubtful',
    field: 'product',
    source: 'an answer echoes what was asked (METHOD §15.3)',
    words: {
      fr: 'la source a répondu pour un autre produit : {answered} au lieu de {asked}',
      en: 'the source has answered for another product: {answered} in place of {asked}',
    },
    find: otherProduct,
  },
  mass_below_portal: {
    severity: 'note',
    field: 'mass',
    source: 'the portal takes 0.01 kg and more',
    words: {
      fr: '{mass} kg : le portail de déclaration refuse moins de {least} kg',
      en: '{mass} kg: the declaration portal refuses less than {least} kg',
    },
    find: ({ mass }) => when(mass !== undefined && mass < PORTAL_LEAST_KG, { mass: mass ?? 0, least: PORTAL_LEAST_KG }),
  },
  shares_rounded: {
    severity: 'note',
    field: 'materials',
    source: 'the portal takes shares that add up to 1 within 1e-10',
    words: {
      fr: 'les parts des matières font {percent} % : le portail demande 100 % exactement (33,34 + 33,33 + 33,33)',
      en: 'the shares of the materials add up to {percent}%: the portal asks for exactly 100% (33.34 + 33.33 + 33.33)',
    },
    find: (garment) => {
      const off = Math.abs(shareSum(garment) - 1);
      return when(off > PORTAL_SHARES_TOLERANCE && off <= SHARES_TOLERANCE, { percent: 100 * shareSum(garment) });
    },
  },
  material_below_two_percent: {
    severity: 'note',
    field: 'materials',
    source: 'notice V1.0: materials are declared from 2 % of the mass on',
    words: {
      fr: '{id} : {percent} % ; les matières se déclarent à partir de {least} % de la masse',
      en: '{id}: {percent}%; materials are declared from {least}% of the mass on',
    },
    find: ({ fibres }) =>
      fibres.flatMap(({ id, share }) =>
        when(share > 0 && share < LEAST_SHARE, { id, percent: 100 * share, least: 100 * LEAST_SHARE }),
      ),
  },
  trims_lower_cost: {
    severity: 'note',
    field: 'trims',
    source: 'METHOD §7.7: a plastic button costs less than the textile that it replaces',
    words: {
      fr: 'ces accessoires ôtent {less} points par rapport à ceux que la méthode suppose : gardez-en la preuve',
      en: 'these trims take {less} points off compared with those that the method assumes: keep the proof of them',
    },
    find: trimsLowerCost,
  },
  price_unusual: {
    severity: 'note',
    field: 'price',
    source: 'prices of the sector by type (docs/estimates.md)',
    words: {
      fr: '{price} € : de {least} à {most} € d’habitude pour « {type} » ; le prix allonge la durée d’usage comptée',
      en: '{price} €: usually {least} to {most} € for {type}; the price lengthens the wear that is counted',
    },
    find: ({ query, usual }) => {
      const price = numberOf(query.price);
      if (price === undefined || usual === undefined || outside(price, limits.price).length > 0) return [];
      const least = usual.priceEuro * PRICE_MARGIN.least;
      const most = usual.priceEuro * PRICE_MARGIN.most;
      return when(price < least || price > most, { price, least, most, type: nameOf(usual.id) });
    },
  },
  option_not_declarable: {
    severity: 'note',
    field: null,
    source: 'the columns of the portal’s file (docs/declaration.md)',
    words: {
      fr: '{name} : le portail ne connaît pas ce champ, le coût publié est calculé avec la valeur par défaut',
      en: '{name}: the portal has no such field, the cost that is published is by its default',
    },
    find: ({ query }) =>
      NOT_DECLARABLE.filter((field) => query[field] != null).map((field) => ({ field, values: { name: field } })),
  },
  stages_left_out: {
    severity: 'note',
    field: 'disabledSteps',
    source: 'METHOD §6: the cost that is published counts every stage',
    words: {
      fr: 'des étapes sont laissées de côté ({stages}) : ce n’est pas le coût que l’on publie',
      en: 'stages are left out ({stages}): this is not the cost that is published',
    },
    find: ({ query: { disabledSteps } }) =>
      when(Array.isArray(disabledSteps) && disabledSteps.length > 0, { stages: [disabledSteps].flat().join(', ') }),
  },
  process_other_than_type: {
    severity: 'note',
    field: 'fabricProcess',
    source: 'names of the method’s categories, and its default techniques',
    words: {
      fr: '{process} : attendu {made} pour « {type} » ; vérifiez la catégorie',
      en: '{process}: expected {made} for {type}; check the category',
    },
    find: ({ query: { fabricProcess }, type = '' }) => {
      const made = Object.hasOwn(MADE, type) ? MADE[type] : undefined;
      const isOther = typeof fabricProcess === 'string' && isKnitted(fabricProcess) !== (made === KNITTED);
      return when(made !== undefined && isOther, {
        process: String(fabricProcess),
        type: nameOf(type),
        made: made ?? '',
      });
    },
  },
  air_within_country: {
    severity: 'note',
    field: 'airTransportRatio',
    source: 'METHOD §11.3: what is made in France does not fly there',
    words: {
      fr: '{percent} % par avion, alors que la confection est en France',
      en: '{percent}% by air, though it is made in France',
    },
    find: ({ query }) => {
      const ratio = numberOf(query.airTransportRatio);
      return when(ratio !== undefined && ratio > 0 && query.countryMaking === 'FR', { percent: 100 * (ratio ?? 0) });
    },
  },
  countries_to_and_fro: {
    severity: 'note',
    field: 'countryDyeing',
    source: 'stages stay in their neighbour’s country mostly (docs/estimates.md)',
    words: {
      fr: '{places} : le vêtement ferait deux allers-retours ; vérifiez l’ordre des pays',
      en: '{places}: the garment would go to and fro twice; check the order of the countries',
    },
    find: goesToAndFro,
  },
  field_retired: {
    severity: 'note',
    field: null,
    source: 'changelog of the official method',
    words: {
      fr: '{name} : ce champ n’existe plus depuis la version {version}, il est ignoré',
      en: '{name}: this field is gone since version {version}, and is passed over',
    },
    find: (garment) =>
      ignoredFields(garment).retired.map((field) => ({
        field,
        values: { name: field, version: RETIRED[field] as string },
      })),
  },
  field_unknown: {
    severity: 'note',
    field: null,
    source: 'METHOD §3: unknown fields are passed over',
    words: {
      fr: '{name} : champ inconnu, ignoré',
      en: '{name}: unknown field, passed over',
    },
    find: (garment) => ignoredFields(garment).unknown.map((field) => ({ field, values: { name: field } })),
  },
} as const satisfies Readonly<Record<string, Rule>>;

const SHOWN_DIGITS = 6;
const FORMATS = {
  fr: new Intl.NumberFormat('fr-FR', { maximumSignificantDigits: SHOWN_DIGITS, useGrouping: false }),
  en: new Intl.NumberFormat('en-GB', { maximumSignificantDigits: SHOWN_DIGITS, useGrouping: false }),
};

/** A number as a language writes it, without a thousands separator. */
export const written = (value: number, language: keyof typeof FORMATS): string =>
  Math.abs(value) < 1e15 ? FORMATS[language].format(value) : String(value);
