import { idsOf } from '@ecobalyse/product-files/names';
import {
  type Finding,
  isDoubtful,
  LANGUAGES,
  type Language,
  plainWords,
  REFERENCE_SIZES,
  type ScopeRequest,
  type Words,
} from '@ecobalyse/schema';
import { findingsOf } from './judge.js';
import { LEAST_SHARE, nameOf, RULES, type Rule, when } from './rules.js';
import { ASIDE_WORDS, CATEGORY_WORDS, EXCLUDED_WORDS, FRENCH_WORDS, MISSING_MATERIALS } from './title-words.js';

/** From this share of the mass on, not every material without figures has one that stands for it. */
export const PROXY_LIMIT = 0.2;
/** Words after one that says what a product looks like or lacks. */
const ASIDE = 2;

type MissingMaterial = (typeof MISSING_MATERIALS)[number];

/** What a phrase of a title means. */
interface Meaning {
  readonly language?: Language;
  readonly categories: readonly string[];
  /** Why it is out of scope. */
  readonly why?: Words;
  readonly anywhere?: true | undefined;
  readonly material?: MissingMaterial;
}

const phrases = (text: string) => text.split('|').map((phrase) => plainWords(phrase).join(' '));

const MEANINGS = new Map<string, Meaning>();
const MISSING = new Map<string, MissingMaterial>();
for (const language of LANGUAGES) {
  const learn = (text: string, meaning: Meaning) => {
    for (const phrase of phrases(text)) MEANINGS.set(phrase, { language, ...meaning });
  };
  for (const [ids, words] of Object.entries(CATEGORY_WORDS)) learn(words[language], { categories: ids.split(' ') });
  for (const { why, anywhere, ...words } of EXCLUDED_WORDS) learn(words[language], { categories: [], why, anywhere });
}
for (const material of MISSING_MATERIALS) {
  for (const phrase of phrases(material.names)) {
    MISSING.set(phrase, material);
    MEANINGS.set(phrase, { categories: [], material, anywhere: true });
  }
}
const ASIDES = new Set(LANGUAGES.flatMap((language) => phrases(ASIDE_WORDS[language])));
const FRENCH = new Set(phrases(FRENCH_WORDS));
const LONGEST = Math.max(...[...MEANINGS.keys()].map((phrase) => phrase.split(' ').length));

interface Match extends Meaning {
  readonly phrase: string;
  readonly isAside: boolean;
}

/** What the phrases of a title mean, in their order, the longest first where one lies in another. */
function matchesOf(words: readonly string[]): Match[] {
  const found: Match[] = [];
  let asideUntil = -1;
  for (let at = 0; at < words.length; ) {
    if (ASIDES.has(words[at] as string)) asideUntil = at + ASIDE;
    let length = LONGEST;
    while (length > 1 && !MEANINGS.has(words.slice(at, at + length).join(' '))) length -= 1;
    const phrase = words.slice(at, at + length).join(' ');
    const meaning = MEANINGS.get(phrase);
    if (meaning) found.push({ ...meaning, phrase, isAside: at <= asideUntil });
    at += length;
  }
  return found;
}

/** What a title names, and what it says of its materials. */
interface ReadTitle {
  readonly categories: readonly string[];
  readonly why: Words | undefined;
  /** Shares from 0 to 1; all of it where the title names a material without one. */
  readonly materials: readonly { readonly name: string; readonly share: number }[];
}

const percentOf = (title: string, name: string): number => {
  const parts = title.matchAll(/(\d{1,3}(?:[.,]\d{1,4})?) ?% ?([^\d%,;+/]{1,60})/g);
  for (const [, percent = '', of = ''] of parts)
    if (` ${plainWords(of).join(' ')} `.includes(` ${name} `)) return Number(percent.replace(',', '.')) / 100;
  return 1;
};

function readTitle(title: string): ReadTitle {
  const words = plainWords(title);
  const matches = matchesOf(words).filter(({ isAside }) => !isAside);
  const named = matches.filter(({ anywhere }) => !anywhere);
  const isFrench = words.some((word) => FRENCH.has(word)) || named.some(({ language }) => language === 'fr');
  // In French the first thing that is named is the product, in English the last one.
  const head = isFrench ? named[0] : named.at(-1);
  return {
    categories: head?.categories ?? [],
    why: (matches.find(({ why, anywhere }) => why && anywhere) ?? head)?.why,
    materials: matches.flatMap(({ material, phrase }) =>
      material ? [{ name: phrase, share: percentOf(title, phrase) }] : [],
    ),
  };
}

/** What stands for a material: one that the method has figures for; null where nothing may. */
type Standing =
  | { readonly is: 'known' | 'proxy'; readonly id: string }
  | { readonly is: 'excluded' | 'unknown'; readonly id: null };

function standingOf(name: string, share: number): Standing {
  const [id, ...others] = idsOf('material', name);
  if (id !== undefined && others.length === 0) return { is: 'known', id };
  const missing = MISSING.get(plainWords(name).join(' '));
  if (missing === undefined) return { is: 'unknown', id: null };
  const proxy = share < PROXY_LIMIT ? missing.below : missing.from;
  return proxy === null ? { is: 'excluded', id: null } : { is: 'proxy', id: proxy };
}

/** The country with the greatest share; of equals the first. */
const mainCountry = (suppliers: readonly { readonly country: string; readonly share: number }[]) =>
  suppliers.reduce((main, one) => (one.share > main.share ? one : main)).country;

/** What a request comes to, before anything is said of it. */
interface Subject {
  readonly request: ScopeRequest;
  readonly title: ReadTitle;
  readonly materials: readonly (Standing & { readonly name: string; readonly share: number })[];
}

const shown = ({ name, share }: { readonly name: string; readonly share: number }) => ({ name, percent: 100 * share });
const typeNames = (types: readonly string[]): Words => ({
  fr: types.map((type) => nameOf(type).fr).join(', '),
  en: types.map((type) => nameOf(type).en).join(', '),
});

/** Rules of the notice (V1.0 of 1 October 2025) that no tool checks, each with its place there. */
export const SCOPE_RULES = {
  out_of_scope: {
    severity: 'refuse',
    field: 'title',
    source: 'notice V1.0, table 7',
    words: { fr: 'hors du champ de l’affichage : {why}', en: 'out of the scope of the label: {why}' },
    find: ({ title: { why } }) => when(why !== undefined, { why: why ?? '' }),
  },
  material_without_figures: {
    severity: 'refuse',
    field: 'materials',
    source: 'notice V1.0, tables 7 and 11',
    words: {
      fr: '{name} : {percent} % ; à partir de {limit} % rien ne peut la remplacer, le produit est hors du champ',
      en: '{name}: {percent}%; from {limit}% on nothing stands for it, and the product is out of scope',
    },
    find: ({ materials }) =>
      materials.flatMap((one) => when(one.is === 'excluded', { ...shown(one), limit: 100 * PROXY_LIMIT })),
  },
  category_unknown: {
    severity: 'note',
    field: 'title',
    source: 'notice V1.0, tables 6 and 7',
    words: {
      fr: 'ces mots ne disent pas de quel vêtement il s’agit : choisissez la catégorie',
      en: 'these words do not say which garment it is: choose the category',
    },
    find: ({ request, title }) =>
      when(request.title !== undefined && title.categories.length === 0 && title.why === undefined),
  },
  category_ambiguous: {
    severity: 'note',
    field: 'title',
    source: 'notice V1.0, table 6',
    words: {
      fr: 'ces mots vont à plusieurs catégories : {types} ; dites si l’article est tissé ou tricoté',
      en: 'these words go with several categories: {types}; say whether it is woven or knitted',
    },
    find: ({ title: { categories } }) => when(categories.length > 1, { types: typeNames(categories) }),
  },
  category_other: {
    severity: 'note',
    field: 'product',
    source: 'notice V1.0, table 6',
    words: {
      fr: '« {product} » : ces mots vont à la catégorie « {types} »',
      en: '{product}: these words go with the category {types}',
    },
    find: ({ request: { product }, title: { categories } }) =>
      when(product !== undefined && categories.length > 0 && !categories.includes(product), {
        product: nameOf(product ?? ''),
        types: typeNames(categories),
      }),
  },
  material_by_proxy: {
    severity: 'note',
    field: 'materials',
    source: 'notice V1.0, table 11',
    words: {
      fr: '{name} : {percent} % ; la méthode n’a pas ses valeurs, « {id} » la remplace',
      en: '{name}: {percent}%; the method has no figures for it, {id} stands for it',
    },
    find: ({ materials }) => materials.flatMap((one) => when(one.is === 'proxy', { ...shown(one), id: one.id ?? '' })),
  },
  material_unknown: {
    severity: 'note',
    field: 'materials',
    source: 'notice V1.0, table 11',
    words: {
      fr: '{name} : matière inconnue ; au-delà de {limit} % sans valeurs, le produit est hors du champ',
      en: '{name}: unknown material; above {limit}% without figures the product is out of scope',
    },
    find: ({ materials }) =>
      materials.flatMap((one) => when(one.is === 'unknown', { ...shown(one), limit: 100 * PROXY_LIMIT })),
  },
  material_below_two_percent: {
    ...RULES.material_below_two_percent,
    find: ({ materials }) =>
      materials.flatMap(({ name, share }) =>
        when(share < LEAST_SHARE, { id: name, percent: 100 * share, least: 100 * LEAST_SHARE }),
      ),
  },
  several_suppliers: {
    severity: 'note',
    field: null,
    source: 'notice V1.0, on several suppliers',
    words: {
      fr: 'plusieurs fournisseurs : le pays de la plus grande masse est déclaré, {country}',
      en: 'several suppliers: the country of the greatest mass is declared, {country}',
    },
    find: ({ request: { suppliers = {} } }) =>
      Object.entries(suppliers).flatMap(([field, list = []]) =>
        list.length > 1 ? [{ field, values: { country: mainCountry(list) } }] : [],
      ),
  },
  reference_size: {
    severity: 'note',
    field: 'mass',
    source: 'notice V1.0, p. 18 and 19',
    words: {
      fr: 'la masse déclarée est celle de la taille de référence : {size}',
      en: 'the mass that is declared is that of the reference size: {size}',
    },
    find: ({ request: { segment } }) =>
      when(segment !== undefined, { size: segment === undefined ? '' : REFERENCE_SIZES[segment] }),
  },
} as const satisfies Readonly<Record<string, Rule<Subject>>>;

/** What the notice says of a product. */
export interface Scope {
  readonly scope: 'in' | 'out' | 'unknown';
  /** Categories that the words go with; several where they do not say which. */
  readonly products: readonly string[];
  readonly materials: Subject['materials'];
  /** Country to declare, by stage. */
  readonly countries: Readonly<Record<string, string>>;
  readonly findings: readonly (Finding & { readonly source: string })[];
}

/**
 * Whether a product is within the scope of the label, and under which category, from its words; what stands for its materials, which
 * country is declared of several, and of which size.
 *
 * @returns `in` only when a category is known and nothing says otherwise.
 */
export function scopeOf(request: ScopeRequest): Scope {
  const title = readTitle(request.title ?? '');
  const told = request.materials ?? title.materials;
  const materials = told.map(({ name, share }) => ({ name, share, ...standingOf(name, share) }));
  const findings = findingsOf(SCOPE_RULES, { request, title, materials });
  const products = title.categories.length > 0 ? title.categories : [request.product ?? []].flat();
  const isUnknown = products.length === 0 || (title.categories.length === 0 && request.title !== undefined);
  return {
    scope: isDoubtful(findings) ? 'out' : isUnknown ? 'unknown' : 'in',
    products,
    materials,
    countries: Object.fromEntries(
      Object.entries(request.suppliers ?? {}).flatMap(([field, list]) => (list ? [[field, mainCountry(list)]] : [])),
    ),
    findings: findings.map((finding) => ({
      ...finding,
      source: SCOPE_RULES[finding.id as keyof typeof SCOPE_RULES].source,
    })),
  };
}
