import { plainWord, plainWords } from '@ecobalyse/schema';

/**
 * What people call what the method has ids for, in French and English, in files of their own: names of the method and of the
 * declaration portal, everyday words, and the ids of version 8. How a word is written (case, accents, plural, order,
 * punctuation) does not matter; a word that may mean two things is a word of both, and is asked about.
 */

type Names = Readonly<Record<string, string>>;

const PRODUCTS: Names = {
  chemise: 'Shirt | Chemisier | Blouse',
  jean: 'Jeans | Denim jeans | Pantalon en jean',
  jupe: 'Jupe / Robe | Robe | Skirt | Dress | Skirt or dress | Nuisette',
  manteau: 'Manteau / Veste | Veste | Coat | Jacket | Coat or jacket | Blouson | Parka | Blazer',
  pantalon: 'Pantalon / Short | Short | Trousers | Pants | Trousers or shorts | Chino | Bermuda | Legging',
  pull: 'Pull-over | Sweater | Jumper | Sweat | Sweatshirt | Sweat-shirt | Hoodie | Cardigan',
  tshirt: 'T-shirt / Polo | T-shirt or polo | T-shirt | Tee-shirt | Polo | Polo shirt | Débardeur | Tank top',
  chaussettes: 'Socks | Collants | Tights',
  calecon: 'Caleçon (tissé) | Woven boxer | Boxer shorts (woven) | Boxer tissé | Boxer | Boxer shorts',
  slip: 'Boxer / Slip (tricoté) | Knitted boxer | Boxer tricoté | Briefs (knitted) | Briefs | Culotte | Panties | Boxer | Boxer shorts',
  'maillot-de-bain': 'Maillot | Swimsuit | Swimwear | Bikini',
};

const MATERIALS: Names = {
  elasthane:
    'Elasthane (Lycra) | Élasthanne (Lycra) | Élasthanne | Elastane (Lycra) | Elastane | Lycra | Spandex | 9973088b-c929-4cc5-894a-1e4d28c161d4',
  'ei-acrylique': 'Acrylique | Acrylic | 49a0bec0-f9f3-42db-a514-a9dcf06a8969',
  'ei-jute-kenaf': 'Jute | Kenaf | a09b2677-2900-4417-a202-e5f9a1abcce1',
  'ei-pp': 'Polypropylène | Polypropylene | PP | 73ef624d-250e-4a9a-af5d-43505b21b527',
  'ei-pet': 'Polyester | PET | PES | 9dba0e95-0c35-4f8b-9267-62ddf47d4984',
  'ei-pet-r': 'Polyester recyclé | Recycled polyester | PET recyclé | rPET | 8f44c680-1263-4588-b79b-a9e4dc3d8de4',
  'ei-pa': 'Nylon | Polyamide | Polyamide (nylon) | PA | c84280ff-e921-4d5c-92d6-51030bf4f74e',
  'ei-lin': 'Lin | Linen | Flax | a52e486c-b67e-40af-8337-e8143cbf9076',
  'ei-laine-par-defaut':
    'Laine par défaut | Wool, default | Wool (default) | Laine | Wool | Laine mérinos | Merino wool | 1fc3e17d-5661-429d-a150-7986eae16d9d',
  'ei-laine-nouvelle-filiere':
    'Laine nouvelle filière | Wool, new supply chain | Wool (new supply chain) | 72e29a61-52a9-4eb5-b3fc-5fb87edea041',
  'ei-coton': 'Coton | Cotton | 62a4d6fb-3276-4ba5-93a3-889ecd3bff84',
  'ei-coton-organic':
    'Coton biologique | Coton bio | Coton organique | Organic cotton | a1c1c2ec-33b1-49d6-bf8e-139e2eb7f097',
  'ei-chanvre': 'Chanvre | Hemp | 0c1a4654-b030-4fe1-86b7-d96ce0b85bb8',
  'ei-viscose': 'Viscose | Rayon | c087d394-5901-4b03-ba7a-7d4b0db0490c',
  'coton-rdpc':
    'Coton recyclé (déchets post-consommation) | Coton recyclé (post-consommation) | Recycled cotton, post-consumer | Recycled cotton (post-consumer waste) | Coton recyclé | Recycled cotton | 457e9b0d-9eda-4dca-b199-deeb0a154fa9',
  'coton-rdp':
    'Coton recyclé (déchets de production) | Recycled cotton, production scrap | Recycled cotton (production waste) | Coton recyclé | Recycled cotton | d3d20384-88fb-4c75-ac12-c647365ac6c5',
};

const COUNTRIES: Names = {
  '---': 'Pays inconnu (par défaut) | Pays inconnu | Inconnu | Unknown country | Unknown',
  REO: "Région - Europe de l'Ouest | Europe de l’Ouest | Region: Western Europe | Western Europe",
  REE: "Région - Europe de l'Est | Europe de l’Est | Region: Eastern Europe | Eastern Europe",
  RAS: 'Région - Asie | Asie | Region: Asia | Asia',
  RAF: 'Région - Afrique | Afrique | Region: Africa | Africa',
  RME: 'Région - Moyen-Orient | Moyen-Orient | Region: Middle East | Middle East',
  RLA: 'Région - Amérique Latine | Amérique latine | Region: Latin America | Latin America',
  RNA: 'Région - Amérique du nord | Amérique du Nord | Region: North America | North America',
  ROC: 'Région - Océanie | Océanie | Region: Oceania | Oceania',
  MM: 'Myanmar | Myanmar (Burma) | Birmanie | Burma | MMR',
  BD: 'Bangladesh | BGD',
  CN: 'Chine | China | CHN',
  FR: 'France | FRA',
  IN: 'Inde | India | IND',
  KH: 'Cambodge | Cambodia | KHM',
  MA: 'Maroc | Morocco | MAR',
  PK: 'Pakistan | PAK',
  TN: 'Tunisie | Tunisia | TUN',
  TR: 'Turquie | Turkey | Türkiye | TUR',
  VN: 'Vietnam | Viêt Nam | VNM',
};

/** Countries that the method counts by their region: they are named, and the region is what to write. */
const REGIONS: Names = {
  REO: 'AT BE CH DE DK ES FI GB GR IE IS IT LU MT NL NO PT SE',
  REE: 'AL BA BG BY CZ EE HR HU LT LV MD ME MK PL RO RS RU SI SK UA',
  RAS: 'HK ID JP KR LA LK MN MY NP PH SG TH TW',
  RAF: 'BJ CI CM DZ EG ET GH KE LS MG ML MU MZ NG RW SN TZ UG ZA ZM ZW',
  RME: 'AE IL IQ IR JO KW LB OM QA SA SY YE',
  RLA: 'AR BO BR CL CO CR DO EC GT HN HT MX NI PA PE PY SV UY VE',
  RNA: 'CA US',
  ROC: 'AU FJ NZ PG',
};

const TRIMS: Names = {
  '86b877ff-0d59-482f-bb34-3ff306b07496': 'Zip long | Long zip',
  '0e8ea799-9b06-490c-a925-37564746c454': 'Zip court | Short zip',
  'd56bb0d5-7999-4b8b-b076-94d79099b56a': 'Bouton en plastique | Bouton plastique | Plastic button',
  '0c903fc7-279b-4375-8cfa-ca8133b8e973': 'Bouton en métal | Bouton métal | Metal button',
};

const OF_FIELDS = {
  product: PRODUCTS,
  material: MATERIALS,
  country: COUNTRIES,
  trim: TRIMS,
  fabricProcess: {
    'knitting-mix':
      'Tricotage, mélange de métiers | Mixed circular and flat-bed knitting | Knitting | Tricotage | Tricot | Tricoté | Knitted | Maille',
    'knitting-fully-fashioned': 'Tricotage en panneaux façonnés | Fully fashioned knitting | Fully fashioned',
    'knitting-integral':
      'Tricotage d’une seule pièce | Tricotage intégral | Integral knitting | Whole-garment knitting',
    'knitting-circular': 'Tricotage circulaire | Tricotage sur métier circulaire | Circular knitting',
    'knitting-straight': 'Tricotage rectiligne | Tricotage sur métier rectiligne | Flat-bed knitting | Flat knitting',
    weaving: 'Tissage | Tissé | Weaving | Woven | Chaîne et trame',
  },
  business: {
    'small-business': 'TPE/PME | PME | TPE | Small business | Small company | SME',
    'large-business-with-services':
      'Grande entreprise avec service de réparation | Large company with repair service | Large business with services',
    'large-business-without-services':
      'Grande entreprise sans service de réparation | Large company without repair service | Large business without services | Grande entreprise',
  },
  dyeingProcessType: {
    average: 'Moyen | Moyenne | Average',
    continuous: 'Continu | En continu | Continuous',
    discontinuous: 'Discontinu | En discontinu | Discontinuous',
  },
  makingComplexity: {
    'very-high': 'Très élevée | Très élevé | Very high',
    high: 'Élevée | Élevé | High',
    medium: 'Moyenne | Moyen | Medium',
    low: 'Faible | Low',
    'very-low': 'Très faible | Very low',
    'not-applicable': 'Non applicable | Not applicable',
  },
  printing: { pigment: 'Pigmentaire | Pigmentary', substantive: 'Fixé-lavé | Fixed-washed | Fixed washed' },
  spinning: {
    ConventionalSpinning: 'Filature conventionnelle | Conventionnelle | Conventional spinning | Conventional',
    UnconventionalSpinning: 'Filature non conventionnelle | Non conventionnelle | Unconventional',
    SyntheticSpinning: 'Filature synthétique | Synthétique | Synthetic spinning | Synthetic',
  },
  stage: {
    material: 'Matières premières | Matière | Raw material',
    spinning: 'Filature | Spinning',
    fabric: 'Étoffe | Tissage / tricotage | Fabric',
    ennobling: 'Ennoblissement | Dyeing, finishing',
    making: 'Confection | Making',
    distribution: 'Distribution',
    use: 'Utilisation | Use',
    eol: 'Fin de vie | End of life',
  },
  boolean: {
    true: 'Oui | Yes | Vrai | True | 1 | X | O | Y',
    false: 'Non | No | Faux | False | 0 | N',
  },
} as const satisfies Readonly<Record<string, Names>>;

/** What a cell may name. */
export type Named = keyof typeof OF_FIELDS;

/** Words that say nothing by themselves. */
const FILLERS = new Set('a d de des du en et l la le les of the and or ou'.split(' '));

/** A text by which other ways to write it are known; the order of its words matters to the first form only. */
export const plain = plainWord;
const sorted = (text: string): string =>
  plainWords(text)
    .filter((word) => !FILLERS.has(word))
    .sort()
    .join(' ');

const listed = (names: string): string[] => names.split('|').map((name) => name.trim());

type Index = ReadonlyMap<string, readonly string[]>;

function indexOf(table: Names): Index {
  const index = new Map<string, string[]>();
  for (const [id, names] of Object.entries(table)) {
    for (const name of [id, ...listed(names)]) {
      for (const key of new Set([plain(name), sorted(name), name.toLowerCase()])) {
        const ids = index.get(key) ?? [];
        if (key !== '' && !ids.includes(id)) index.set(key, [...ids, id]);
      }
    }
  }
  return index;
}

const indices = Object.fromEntries(
  Object.entries(OF_FIELDS).map(([field, table]) => [field, indexOf(table)]),
) as unknown as Readonly<Record<Named, Index>>;

/** The ids that a text may stand for: none, one, or several when it is ambiguous. */
export function idsOf(named: Named, text: string): readonly string[] {
  const index = indices[named];
  return index.get(text.toLowerCase()) ?? index.get(plain(text)) ?? index.get(sorted(text)) ?? [];
}

const regionOf = new Map<string, string>();

/** Every id of a kind with its names, in both languages. */
export const namesOf = (named: Named): readonly (readonly [id: string, names: readonly string[]])[] =>
  Object.entries(OF_FIELDS[named]).map(([id, names]) => [id, listed(names)]);

/** The region by which the method counts a country, told by its code or name; undefined for a text that is no such country. */
export function regionOfCountry(text: string): string | undefined {
  if (regionOf.size === 0) {
    const languages = ['fr', 'en'].map((language) => new Intl.DisplayNames(language, { type: 'region' }));
    for (const [region, codes] of Object.entries(REGIONS)) {
      for (const code of codes.split(' ')) {
        for (const name of [code, ...languages.map((language) => language.of(code) ?? code)]) {
          regionOf.set(plain(name), region);
        }
      }
    }
  }
  return regionOf.get(plain(text));
}
