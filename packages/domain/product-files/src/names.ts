/**
 * What people call what the method has ids for, in French and English, in files of their own: names of the method and of the
 * declaration portal, everyday words, and the ids of version 8. How a word is written (case, accents, plural, order,
 * punctuation) does not matter; a word that may mean two things is a word of both, and is asked about. The first two words are
 * what we write ourselves, in French and in English.
 */
import { type CostPart, type Language, MATERIAL_UUIDS, plainWord, plainWords, type Words } from '@ecobalyse/schema';

type Names = Readonly<Record<string, string>>;

const PRODUCTS: Names = {
  chemise: 'Chemise | Shirt | Chemisier | Blouse | Chemisette | Surchemise | Overshirt',
  jean: 'Jean | Jeans | Denim jeans | Pantalon en jean',
  jupe: 'Jupe / Robe | Skirt or dress | Robe | Skirt | Dress | Nuisette | Minijupe | Miniskirt',
  manteau:
    'Manteau / Veste | Coat or jacket | Veste | Coat | Jacket | Blouson | Parka | Blazer | Trench | Trench-coat | Imperméable | Raincoat | Coupe-vent | Windbreaker | Caban | Overcoat',
  pantalon:
    'Pantalon / Short | Trousers or shorts | Short | Trousers | Pants | Chino | Bermuda | Legging | Jogging | Jogger | Sweatpants | Pantacourt',
  pull: 'Pull | Jumper | Pull-over | Sweater | Sweat | Sweatshirt | Sweat-shirt | Hoodie | Cardigan | Sweat à capuche | Sweat capuche | Col roulé | Turtleneck',
  tshirt:
    'T-shirt / Polo | T-shirt or polo | T-shirt | Tee-shirt | Polo | Polo shirt | Débardeur | Tank top | Tee | Top | Marinière',
  chaussettes: 'Chaussettes | Socks | Collants | Tights | Mi-bas | Socquettes | Stockings',
  calecon: 'Caleçon (tissé) | Woven boxer | Boxer shorts (woven) | Boxer tissé | Boxer | Boxer shorts',
  slip: 'Boxer / Slip (tricoté) | Briefs (knitted) | Knitted boxer | Boxer tricoté | Briefs | Culotte | Panties | Boxer | Boxer shorts | Shorty | Knickers | Underpants',
  'maillot-de-bain':
    'Maillot de bain | Swimsuit | Maillot | Swimwear | Bikini | Short de bain | Swim shorts | Slip de bain | Boxer de bain | Swim trunks',
};

const MATERIALS: Names = {
  elasthane: 'Élasthanne (Lycra) | Elastane (Lycra) | Elasthane (Lycra) | Élasthanne | Elastane | Lycra | Spandex | EL',
  'ei-acrylique': 'Acrylique | Acrylic | PAN',
  'ei-jute-kenaf': 'Jute | Jute | Kenaf',
  'ei-pp': 'Polypropylène | Polypropylene | PP',
  'ei-pet': 'Polyester | Polyester | PET | PES | PL | Polyester vierge | Virgin polyester',
  'ei-pet-r': 'Polyester recyclé | Recycled polyester | PET recyclé | rPET | rPES',
  'ei-pa': 'Nylon | Nylon | Polyamide | Polyamide (nylon) | PA | PA6 | PA66 | Polyamide 6 | Polyamide 6.6',
  'ei-lin': 'Lin | Linen | Flax | LI',
  'ei-laine-par-defaut':
    'Laine par défaut | Wool (default) | Wool, default | Laine | Wool | Laine mérinos | Merino wool | Mérinos | Merino | Laine vierge | Virgin wool | Laine d’agneau | Lambswool | WO | WV',
  'ei-laine-nouvelle-filiere': 'Laine nouvelle filière | Wool (new supply chain) | Wool, new supply chain',
  'ei-coton': 'Coton | Cotton | CO | Coton conventionnel | Conventional cotton',
  'ei-coton-organic':
    'Coton biologique | Organic cotton | Coton bio | Coton organique | Coton organic | Coton issu de l’agriculture biologique',
  'ei-chanvre': 'Chanvre | Hemp',
  'ei-viscose': 'Viscose | Viscose | Rayon | Rayonne | CV | VI',
  'coton-rdpc':
    'Coton recyclé (déchets post-consommation) | Recycled cotton (post-consumer waste) | Coton recyclé (post-consommation) | Recycled cotton, post-consumer | Coton recyclé | Recycled cotton',
  'coton-rdp':
    'Coton recyclé (déchets de production) | Recycled cotton (production waste) | Recycled cotton, production scrap | Coton recyclé | Recycled cotton',
};

const COUNTRIES: Names = {
  '---':
    'Pays inconnu (par défaut) | Unknown country | Pays inconnu | Inconnu | Unknown | Non renseigné | Non communiqué | Non précisé | Not specified | N/A',
  REO: "Région - Europe de l'Ouest | Region: Western Europe | Europe de l’Ouest | Western Europe",
  REE: "Région - Europe de l'Est | Region: Eastern Europe | Europe de l’Est | Eastern Europe",
  RAS: 'Région - Asie | Region: Asia | Asie | Asia',
  RAF: 'Région - Afrique | Region: Africa | Afrique | Africa',
  RME: 'Région - Moyen-Orient | Region: Middle East | Moyen-Orient | Middle East',
  RLA: 'Région - Amérique Latine | Region: Latin America | Amérique latine | Latin America',
  RNA: 'Région - Amérique du nord | Region: North America | Amérique du Nord | North America',
  ROC: 'Région - Océanie | Region: Oceania | Océanie | Oceania',
  MM: 'Myanmar | Myanmar (Burma) | Birmanie | Burma | MMR',
  BD: 'Bangladesh | Bangladesh | BGD',
  CN: 'Chine | China | CHN | PRC | PR China | République populaire de Chine | People’s Republic of China',
  FR: 'France | France | FRA | France métropolitaine',
  IN: 'Inde | India | IND',
  KH: 'Cambodge | Cambodia | KHM',
  MA: 'Maroc | Morocco | MAR',
  PK: 'Pakistan | Pakistan | PAK',
  TN: 'Tunisie | Tunisia | TUN',
  TR: 'Turquie | Turkey | Türkiye | TUR',
  VN: 'Vietnam | Vietnam | Viêt Nam | VNM',
};

/**
 * Countries that the method counts by their region: they are named, and the region is what to write. By their codes of two and three
 * letters; their names are those of the system in both languages, and the other ones below.
 */
const REGIONS: Names = {
  REO: 'AD AND AT AUT BE BEL CH CHE DE DEU DK DNK ES ESP FI FIN GB GBR GR GRC IE IRL IS ISL IT ITA LI LIE LU LUX MC MCO MT MLT NL NLD NO NOR PT PRT SE SWE SM SMR',
  REE: 'AL ALB BA BIH BG BGR BY BLR CZ CZE EE EST HR HRV HU HUN LT LTU LV LVA MD MDA ME MNE MK MKD PL POL RO ROU RS SRB RU RUS SI SVN SK SVK UA UKR XK',
  RAS: 'AF AFG BN BRN BT BTN HK HKG ID IDN JP JPN KG KGZ KR KOR KZ KAZ LA LAO LK LKA MN MNG MO MAC MY MYS NP NPL PH PHL SG SGP TH THA TJ TJK TM TKM TW TWN UZ UZB',
  RAF: 'AO AGO BF BFA BJ BEN BW BWA CD COD CG COG CI CIV CM CMR DZ DZA EG EGY ET ETH GA GAB GH GHA GN GIN KE KEN LS LSO LY LBY MG MDG ML MLI MR MRT MU MUS MW MWI MZ MOZ NA NAM NE NER NG NGA RW RWA SD SDN SN SEN SZ SWZ TD TCD TG TGO TZ TZA UG UGA ZA ZAF ZM ZMB ZW ZWE',
  RME: 'AE ARE BH BHR IL ISR IQ IRQ IR IRN JO JOR KW KWT LB LBN OM OMN QA QAT SA SAU SY SYR YE YEM',
  RLA: 'AR ARG BO BOL BR BRA CL CHL CO COL CR CRI CU CUB DO DOM EC ECU GT GTM HN HND HT HTI JM JAM MX MEX NI NIC PA PAN PE PER PY PRY SV SLV UY URY VE VEN',
  RNA: 'CA CAN US USA',
  ROC: 'AU AUS FJ FJI NZ NZL PG PNG',
};

/** What people call these countries besides, by their regions. */
const OTHER_NAMES: Names = {
  REO: 'UK | England | Angleterre | Great Britain | Grande-Bretagne | Scotland | Écosse | Wales | Pays de Galles | Northern Ireland | Irlande du Nord | Holland | Hollande',
  REE: 'Czech Republic | République tchèque | Slovak Republic | Macédoine | Macedonia',
  RAS: 'Hong Kong | Macao | Macau | Korea | Corée | Republic of Korea | République de Corée',
  RAF: 'Île Maurice | Ivory Coast',
  RNA: 'United States of America | États-Unis d’Amérique',
};

const TRIMS: Names = {
  '86b877ff-0d59-482f-bb34-3ff306b07496': 'Zip long | Long zip',
  '0e8ea799-9b06-490c-a925-37564746c454': 'Zip court | Short zip',
  'd56bb0d5-7999-4b8b-b076-94d79099b56a': 'Bouton en plastique | Plastic button | Bouton plastique',
  '0c903fc7-279b-4375-8cfa-ca8133b8e973': 'Bouton en métal | Metal button | Bouton métal',
};

const OF_FIELDS = {
  product: PRODUCTS,
  material: Object.fromEntries(
    Object.entries(MATERIALS).map(([id, names]) => [id, `${names} | ${MATERIAL_UUIDS[id]}`]),
  ),
  country: COUNTRIES,
  trim: TRIMS,
  fabricProcess: {
    'knitting-mix':
      'Tricotage, mélange de métiers | Mixed circular and flat-bed knitting | Knitting | Tricotage | Tricot | Tricoté | Knitted | Maille',
    'knitting-fully-fashioned': 'Tricotage en panneaux façonnés | Fully fashioned knitting | Fully fashioned',
    'knitting-integral':
      'Tricotage d’une seule pièce | Integral knitting | Tricotage intégral | Whole-garment knitting',
    'knitting-circular': 'Tricotage circulaire | Circular knitting | Tricotage sur métier circulaire',
    'knitting-straight': 'Tricotage rectiligne | Flat-bed knitting | Tricotage sur métier rectiligne | Flat knitting',
    weaving: 'Tissage | Weaving | Tissé | Woven | Chaîne et trame',
  },
  business: {
    'small-business': 'TPE/PME | Small business | PME | TPE | Small company | SME',
    'large-business-with-services':
      'Grande entreprise avec service de réparation | Large company with repair service | Large business with services',
    'large-business-without-services':
      'Grande entreprise sans service de réparation | Large company without repair service | Large business without services | Grande entreprise',
  },
  dyeingProcessType: {
    average: 'Moyen | Average | Moyenne',
    continuous: 'Continu | Continuous | En continu',
    discontinuous: 'Discontinu | Discontinuous | En discontinu',
  },
  makingComplexity: {
    'very-high': 'Très élevée | Very high | Très élevé',
    high: 'Élevée | High | Élevé',
    medium: 'Moyenne | Medium | Moyen',
    low: 'Faible | Low',
    'very-low': 'Très faible | Very low',
    'not-applicable': 'Non applicable | Not applicable',
  },
  printing: { pigment: 'Pigmentaire | Pigmentary', substantive: 'Fixé-lavé | Fixed-washed | Fixed washed' },
  spinning: {
    ConventionalSpinning: 'Filature conventionnelle | Conventional spinning | Conventionnelle | Conventional',
    UnconventionalSpinning: 'Filature non conventionnelle | Unconventional | Non conventionnelle',
    SyntheticSpinning: 'Filature synthétique | Synthetic spinning | Synthétique | Synthetic',
  },
  stage: {
    material: 'Matières premières | Raw materials | Matière',
    spinning: 'Filature | Spinning',
    fabric: 'Étoffe | Fabric | Tissage / tricotage',
    ennobling: 'Ennoblissement | Dyeing, finishing',
    making: 'Confection | Making',
    distribution: 'Distribution | Distribution',
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
export const NAMED = Object.keys(OF_FIELDS) as readonly Named[];

/** Words that say nothing by themselves. */
const FILLERS = new Set('a d de des du en et l la le les of the and or ou'.split(' '));

/** A text by which other ways to write it are known; the order of its words matters to the first form only. */
export const plain = plainWord;
/** Words that say something, whatever their order: "Pays de confection" is "confection pays". */
export const sorted = (text: string): string =>
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

/** What a cell parts two names of one thing by: `Chine (CN)`, `CN - Chine`, `Coton / Cotton`. */
const NAMES_OF_ONE = /[()[\]/|,;:]|\s[-–—]\s/;
const partsOf = (text: string): string[] => text.split(NAMES_OF_ONE).filter((part) => plain(part) !== '');

/**
 * The ids that a text may stand for: none, one, or several when it is ambiguous. Of a text of several names those that each of
 * them may stand for.
 */
export function idsOf(named: Named, text: string): readonly string[] {
  const index = indices[named];
  const idsOfName = (name: string) =>
    index.get(name.toLowerCase()) ?? index.get(plain(name)) ?? index.get(sorted(name));
  const [first = [], ...others] = idsOfName(text) ? [idsOfName(text)] : partsOf(text).map(idsOfName);
  return first.filter((id) => others.every((ids) => ids?.includes(id)));
}

const words = new Map(
  Object.entries(OF_FIELDS).flatMap(([field, table]) =>
    Object.entries(table).map(([id, names]): [string, Words] => {
      const [fr, en] = listed(names) as [string, string];
      return [`${field} ${id}`, { fr, en }];
    }),
  ),
);

/** What an id is called; undefined for one that we do not know. */
export const wordsOf = (named: Named, id: string): Words | undefined => words.get(`${named} ${id}`);

/** What is written for an id: its name when that is read as this id alone, else the id itself. */
export function nameOf(named: Named, id: string, language: Language): string {
  const name = wordsOf(named, id)?.[language] ?? id;
  return idsOf(named, name).join() === id ? name : id;
}

/** Every id that a cell may name. */
export const idsNamed = (named: Named): readonly string[] => Object.keys(OF_FIELDS[named]);

/** Most ids that are told as close to a text. */
const MOST_NEAR = 5;

/** What a text may mean that is no name of one id: the region of a country, or ids of which a name shares words with it, those that share most first. */
export function nearIds(named: Named, text: string): readonly string[] {
  const region = named === 'country' ? regionOfCountry(text) : undefined;
  if (region !== undefined) return [region];
  const given = new Set(plainWords(text).filter((word) => !FILLERS.has(word)));
  const shared = (name: string) => plainWords(name).filter((word) => given.has(word)).length;
  return Object.entries<string>(OF_FIELDS[named])
    .map(([id, names]) => ({ id, count: Math.max(...listed(names).map(shared)) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_NEAR)
    .map(({ id }) => id);
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
      const names = codes
        .split(' ')
        .flatMap((code) => [
          code,
          ...(code.length === 2 ? languages.map((language) => language.of(code) ?? code) : []),
        ]);
      for (const name of [...names, ...listed(OTHER_NAMES[region] ?? '')])
        for (const key of [plain(name), sorted(name)]) if (key !== '') regionOf.set(key, region);
    }
  }
  const regionOfName = (name: string) => regionOf.get(plain(name)) ?? regionOf.get(sorted(name));
  const [region, ...others] = [regionOfName(text) ?? partsOf(text).map(regionOfName)].flat();
  return others.every((other) => other === region) ? region : undefined;
}

/** Parts of the cost that are no stage. */
const OTHER_PARTS: Readonly<Record<string, Words>> = {
  transport: { fr: 'Transport', en: 'Transport' },
  trims: { fr: 'Accessoires', en: 'Trims' },
  complements: { fr: 'Compléments hors ACV', en: 'Complements beyond the life cycle' },
};

/** What a part of the cost is called. */
export const partWords = (part: CostPart): Words =>
  OTHER_PARTS[part] ?? wordsOf('stage', part) ?? { fr: part, en: part };
