import { type CostPart, IMPACT_CODES, IMPACT_UNITS, type ImpactCode } from '@ecobalyse/schema/vocabulary';
import { type Language, useLanguage } from '../preferences.js';

/** Parts of the cost in the order of the life cycle, then what is no stage. */
export const COST_PART_ORDER = [
  'material',
  'spinning',
  'fabric',
  'ennobling',
  'making',
  'trims',
  'transport',
  'distribution',
  'use',
  'eol',
  'complements',
] as const satisfies readonly CostPart[];

type Names = Readonly<Record<string, string>>;

interface Words {
  readonly stages: Readonly<Record<CostPart, string>>;
  readonly impacts: Readonly<Record<ImpactCode, string>>;
  readonly products: Names;
  readonly materials: Names;
  readonly processes: Names;
  readonly scenarios: Names;
  readonly trims: Names;
  readonly pipelines: Names;
  /** Families of prediction models. */
  readonly families: Names;
  /** Kinds of garments that models are judged on. */
  readonly strata: Names;
}

const en: Words = {
  stages: {
    material: 'Raw materials',
    spinning: 'Spinning',
    fabric: 'Fabric',
    ennobling: 'Dyeing, finishing',
    making: 'Making',
    trims: 'Trims',
    transport: 'Transport',
    distribution: 'Distribution',
    use: 'Use',
    eol: 'End of life',
    complements: 'Complements',
  },
  impacts: {
    acd: 'Acidification',
    cch: 'Climate change',
    etf: 'Freshwater ecotoxicity',
    'etf-c': 'Freshwater ecotoxicity, corrected',
    fru: 'Fossil resource use',
    fwe: 'Freshwater eutrophication',
    htc: 'Human toxicity, cancer',
    'htc-c': 'Human toxicity, cancer, corrected',
    htn: 'Human toxicity, non-cancer',
    'htn-c': 'Human toxicity, non-cancer, corrected',
    ior: 'Ionising radiation',
    ldu: 'Land use',
    mru: 'Mineral and metal resource use',
    ozd: 'Ozone depletion',
    pco: 'Photochemical ozone formation',
    pma: 'Fine particulate matter',
    swe: 'Marine eutrophication',
    tre: 'Terrestrial eutrophication',
    wtu: 'Water scarcity',
    ecs: 'Environmental cost',
    pef: 'PEF single score',
  },
  products: {
    chemise: 'Shirt',
    jean: 'Jeans',
    jupe: 'Skirt / dress',
    manteau: 'Coat / jacket',
    pantalon: 'Trousers / shorts',
    pull: 'Jumper',
    tshirt: 'T-shirt / polo',
    chaussettes: 'Socks',
    calecon: 'Boxer shorts (woven)',
    slip: 'Briefs (knitted)',
    'maillot-de-bain': 'Swimsuit',
  },
  materials: {
    elasthane: 'Elastane (Lycra)',
    'ei-acrylique': 'Acrylic',
    'ei-jute-kenaf': 'Jute',
    'ei-pp': 'Polypropylene',
    'ei-pet': 'Polyester',
    'ei-pet-r': 'Recycled polyester',
    'ei-pa': 'Nylon',
    'ei-lin': 'Linen',
    'ei-laine-par-defaut': 'Wool (default)',
    'ei-laine-nouvelle-filiere': 'Wool (new supply chain)',
    'ei-coton': 'Cotton',
    'ei-coton-organic': 'Organic cotton',
    'ei-chanvre': 'Hemp',
    'ei-viscose': 'Viscose',
    'coton-rdpc': 'Recycled cotton (post-consumer)',
    'coton-rdp': 'Recycled cotton (production waste)',
  },
  processes: {
    'knitting-mix': 'Knitting, mixed machines',
    'knitting-fully-fashioned': 'Fully fashioned knitting',
    'knitting-integral': 'Integral knitting',
    'knitting-circular': 'Circular knitting',
    'knitting-straight': 'Flat knitting',
    weaving: 'Weaving',
  },
  scenarios: { regular: 'Regular', 'low-cost': 'Low cost', none: 'Added by users' },
  trims: {
    '28f2f107-ce9c-4760-9a74-0187ab067d09': 'Empty component',
    '86b877ff-0d59-482f-bb34-3ff306b07496': 'Long zip',
    '0e8ea799-9b06-490c-a925-37564746c454': 'Short zip',
    'd56bb0d5-7999-4b8b-b076-94d79099b56a': 'Plastic button',
    '0c903fc7-279b-4375-8cfa-ca8133b8e973': 'Metal button',
  },
  pipelines: {
    ecobalyse_extract: 'Extraction',
    ecobalyse_training: 'Training',
    ecobalyse: 'Statistics and training',
    ecobalyse_rescore: 'Scoring anew',
  },
  families: {
    'mean-baseline': 'Mean (baseline)',
    ridge: 'Ridge regression',
    'stage-ridge': 'Ridge by stage',
    'random-forest': 'Random forest',
    'boosted-trees': 'Boosted trees',
    'neural-network': 'Neural network',
  },
  strata: {
    everything: 'everything at once',
    'one fibre, one country': 'one fibre, one country',
    'free mixes': 'free mixes',
    'country by stage': 'another country by stage',
    'other process': 'another process',
    'other types': 'other types',
    'price and references': 'price and references',
    printing: 'printing',
    fading: 'fading',
    upcycled: 'upcycled',
    'unknown country': 'unknown country',
    'tiny mass': 'tiny masses',
    'large mass': 'large masses',
    'missing fields': 'missing fields',
  },
};

const fr: Words = {
  stages: {
    material: 'Matières premières',
    spinning: 'Filature',
    fabric: 'Étoffe',
    ennobling: 'Ennoblissement',
    making: 'Confection',
    trims: 'Accessoires',
    transport: 'Transport',
    distribution: 'Distribution',
    use: 'Utilisation',
    eol: 'Fin de vie',
    complements: 'Compléments',
  },
  impacts: {
    acd: 'Acidification',
    cch: 'Changement climatique',
    etf: 'Écotoxicité en eau douce',
    'etf-c': 'Écotoxicité en eau douce, corrigée',
    fru: 'Ressources fossiles',
    fwe: 'Eutrophisation des eaux douces',
    htc: 'Toxicité humaine, cancer',
    'htc-c': 'Toxicité humaine, cancer, corrigée',
    htn: 'Toxicité humaine, hors cancer',
    'htn-c': 'Toxicité humaine, hors cancer, corrigée',
    ior: 'Rayonnements ionisants',
    ldu: 'Occupation des sols',
    mru: 'Minéraux et métaux',
    ozd: 'Destruction de la couche d’ozone',
    pco: 'Formation d’ozone photochimique',
    pma: 'Particules fines',
    swe: 'Eutrophisation marine',
    tre: 'Eutrophisation terrestre',
    wtu: 'Rareté de l’eau',
    ecs: 'Coût environnemental',
    pef: 'Score unique PEF',
  },
  products: {
    chemise: 'Chemise',
    jean: 'Jean',
    jupe: 'Jupe / robe',
    manteau: 'Manteau / veste',
    pantalon: 'Pantalon / short',
    pull: 'Pull',
    tshirt: 'T-shirt / polo',
    chaussettes: 'Chaussettes',
    calecon: 'Caleçon (tissé)',
    slip: 'Boxer / slip (tricoté)',
    'maillot-de-bain': 'Maillot de bain',
  },
  materials: {
    elasthane: 'Élasthanne (Lycra)',
    'ei-acrylique': 'Acrylique',
    'ei-jute-kenaf': 'Jute',
    'ei-pp': 'Polypropylène',
    'ei-pet': 'Polyester',
    'ei-pet-r': 'Polyester recyclé',
    'ei-pa': 'Nylon',
    'ei-lin': 'Lin',
    'ei-laine-par-defaut': 'Laine (par défaut)',
    'ei-laine-nouvelle-filiere': 'Laine (nouvelle filière)',
    'ei-coton': 'Coton',
    'ei-coton-organic': 'Coton biologique',
    'ei-chanvre': 'Chanvre',
    'ei-viscose': 'Viscose',
    'coton-rdpc': 'Coton recyclé (post-consommation)',
    'coton-rdp': 'Coton recyclé (déchets de production)',
  },
  processes: {
    'knitting-mix': 'Tricotage, mélange de métiers',
    'knitting-fully-fashioned': 'Tricotage en panneaux façonnés',
    'knitting-integral': 'Tricotage d’une seule pièce',
    'knitting-circular': 'Tricotage circulaire',
    'knitting-straight': 'Tricotage rectiligne',
    weaving: 'Tissage',
  },
  scenarios: { regular: 'Ordinaire', 'low-cost': 'Bas coût', none: 'Ajoutés par les utilisateurs' },
  trims: {
    '28f2f107-ce9c-4760-9a74-0187ab067d09': 'Composant vide',
    '86b877ff-0d59-482f-bb34-3ff306b07496': 'Zip long',
    '0e8ea799-9b06-490c-a925-37564746c454': 'Zip court',
    'd56bb0d5-7999-4b8b-b076-94d79099b56a': 'Bouton en plastique',
    '0c903fc7-279b-4375-8cfa-ca8133b8e973': 'Bouton en métal',
  },
  pipelines: {
    ecobalyse_extract: 'Extraction',
    ecobalyse_training: 'Entraînement',
    ecobalyse: 'Statistiques et entraînement',
    ecobalyse_rescore: 'Réévaluation',
  },
  families: {
    'mean-baseline': 'Moyenne (référence)',
    ridge: 'Régression ridge',
    'stage-ridge': 'Ridge par étape',
    'random-forest': 'Forêt aléatoire',
    'boosted-trees': 'Arbres boostés',
    'neural-network': 'Réseau de neurones',
  },
  strata: {
    everything: 'tout à la fois',
    'one fibre, one country': 'une fibre, un pays',
    'free mixes': 'mélanges libres',
    'country by stage': 'un autre pays par étape',
    'other process': 'autre procédé',
    'other types': 'autres types',
    'price and references': 'prix et références',
    printing: 'impression',
    fading: 'délavage',
    upcycled: 'remanufacturé',
    'unknown country': 'pays inconnu',
    'tiny mass': 'masses minuscules',
    'large mass': 'masses élevées',
    'missing fields': 'champs manquants',
  },
};

export const WORDS: Readonly<Record<Language, Words>> = { en, fr };

/** Impact codes in the order to choose from: the two scores first. */
export const IMPACT_ORDER = ['ecs', 'pef', ...IMPACT_CODES.filter((code) => code !== 'ecs' && code !== 'pef')] as const;

/** A unit as it is printed. */
const typeset = (unit: string) => unit.replace('H+', 'H⁺').replace('CO2', 'CO₂').replace('m3', 'm³');

const codeOf = (impact: string) => impact.replace('_', '-') as ImpactCode;

/** Names of what the database holds codes or French names of; a code that is not known is shown as `fallback` or as it is. */
function vocabularyOf(words: Words) {
  const nameIn = (names: Names) => (id: string | null, fallback?: string | null) =>
    names[id ?? ''] ?? fallback ?? id ?? '';
  return {
    stage: (part: string) => words.stages[part as CostPart] ?? part,
    /** By code, with dash or underscore. */
    impact: (code: string) => words.impacts[codeOf(code)] ?? code,
    impactUnit: (code: string) => typeset(IMPACT_UNITS[codeOf(code)] ?? ''),
    product: nameIn(words.products),
    material: nameIn(words.materials),
    process: nameIn(words.processes),
    scenario: nameIn(words.scenarios),
    trim: nameIn(words.trims),
    pipeline: nameIn(words.pipelines),
    family: nameIn(words.families),
    stratum: nameIn(words.strata),
  };
}
export type Vocabulary = ReturnType<typeof vocabularyOf>;

const VOCABULARIES: Readonly<Record<Language, Vocabulary>> = { en: vocabularyOf(WORDS.en), fr: vocabularyOf(WORDS.fr) };

export const useVocabulary = (): Vocabulary => VOCABULARIES[useLanguage()];
