import type { Language } from '@ecobalyse/schema';
import { simplify } from './simplify.js';

/**
 * The words of the portal's file, one row a value: its label, which the portal keeps, the method's id, the simplified texts
 * ({@link simplify}) that the portal takes for it, and what we write for English readers where that is not the label. A label is
 * always taken as it stands, even where its simplified form is none of the words: "Région - Europe de l'Est" is, in no other spelling.
 */
type Row = readonly [label: string, id: string, words: string, english?: string];

/** Values that a cell can have. */
export interface Vocabulary {
  /** The label of a value that the portal reads in a cell; undefined for what it does not know. */
  readonly labelOf: (text: string) => string | undefined;
  readonly idOf: (label: string) => string;
  /** The label of a method's id, or its English word; undefined for ids that the file cannot say. */
  readonly labelOfId: (id: string, language?: Language) => string | undefined;
  readonly labels: readonly string[];
}

function vocabulary(rows: readonly Row[]): Vocabulary {
  const labels = new Map(rows.flatMap(([label, , words]) => words.split(' ').map((word) => [word, label] as const)));
  const ids = new Map(rows.map(([label, id]) => [label, id] as const));
  const wordsById = new Map(rows.map(([fr, id, , en = fr]) => [id, { fr, en }] as const));
  return {
    labelOf: (text) => labels.get(simplify(text)) ?? (ids.has(text) ? text : undefined),
    idOf: (label) => ids.get(label) as string,
    labelOfId: (id, language = 'fr') => wordsById.get(id)?.[language],
    labels: [...ids.keys()],
  };
}

export const CATEGORIES = vocabulary([
  ['Chemise', 'chemise', 'chemise shirt', 'Shirt'],
  ['Jean', 'jean', 'jean jeans', 'Jeans'],
  ['Jupe / Robe', 'jupe', 'juperobe jupe dressskirt skirt', 'Dress / Skirt'],
  ['Manteau / Veste', 'manteau', 'manteauveste manteau coatjacket coat', 'Coat / Jacket'],
  ['Pantalon / Short', 'pantalon', 'pantalonshort pantalon pants trousers', 'Trousers'],
  ['Pull', 'pull', 'pull sweater', 'Sweater'],
  ['T-shirt / Polo', 'tshirt', 'tshirtpolo tshirt', 'T-shirt'],
  ['Chaussettes', 'chaussettes', 'chaussettes socks', 'Socks'],
  ['Caleçon (tissé)', 'calecon', 'calecontisse calecon wovenboxer boxer', 'Woven boxer'],
  ['Boxer / Slip (tricoté)', 'slip', 'boxersliptricote boxerslip slip knittedboxer', 'Knitted boxer'],
  ['Maillot de bain', 'maillot-de-bain', 'maillotdebain swimsuit', 'Swimsuit'],
]);

export const MATERIALS = vocabulary([
  ['Elasthane (Lycra)', 'elasthane', 'elasthanelycra elasthane', 'Elasthane'],
  ['Acrylique', 'ei-acrylique', 'acrylique eiacrylique acrylic', 'Acrylic'],
  ['Jute', 'ei-jute-kenaf', 'jute eijutekenaf kenaf'],
  ['Polypropylène', 'ei-pp', 'polypropylene eipp', 'Polypropylene'],
  ['Polyester', 'ei-pet', 'polyester eipet'],
  ['Polyester recyclé', 'ei-pet-r', 'polyesterrecycle eipetr recycledpolyester', 'Recycled polyester'],
  ['Nylon', 'ei-pa', 'nylon eipa'],
  ['Lin', 'ei-lin', 'lin eilin linen', 'Linen'],
  ['Laine par défaut', 'ei-laine-par-defaut', 'lainepardefaut eilainepardefaut defaultwool', 'Default wool'],
  [
    'Laine nouvelle filière',
    'ei-laine-nouvelle-filiere',
    'lainenouvellefiliere eilainenouvellefiliere newsupplychainwool',
    'New supply chain wool',
  ],
  ['Coton', 'ei-coton', 'coton eicoton cotton', 'Cotton'],
  ['Coton biologique', 'ei-coton-organic', 'cotonbiologique eicotonorganic organiccotton', 'Organic cotton'],
  ['Chanvre', 'ei-chanvre', 'chanvre eichanvre hemp', 'Hemp'],
  ['Viscose', 'ei-viscose', 'viscose eiviscose'],
  [
    'Coton recyclé (déchets post-consommation)',
    'coton-rdpc',
    'cotonrecycledechetspostconsommation cotonrdpc recycledcottonpostconsumerwaste',
    'Recycled cotton - post-consumer waste',
  ],
  [
    'Coton recyclé (déchets de production)',
    'coton-rdp',
    'cotonrecycledechetsdeproduction cotonrdp recycledcottonproductionwaste',
    'Recycled cotton - production waste',
  ],
]);

export const COUNTRIES = vocabulary([
  ["Région - Europe de l'Ouest", 'REO', 'regioneuropedelouest westerneurope reo', 'Western Europe'],
  ["Région - Europe de l'Est", 'REE', 'regioneuropedeleest easterneurope ree', 'Eastern Europe'],
  ['Région - Asie', 'RAS', 'regionasie asia ras', 'Asia'],
  ['Région - Afrique', 'RAF', 'regionafrique africa raf', 'Africa'],
  ['Région - Moyen-Orient', 'RME', 'regionmoyenorient middleeast rme', 'Middle East'],
  ['Région - Amérique Latine', 'RLA', 'regionameriquelatine latinamerica rla', 'Latin America'],
  ['Région - Amérique du nord', 'RNA', 'regionameriquedunord northamerica rna', 'North America'],
  ['Région - Océanie', 'ROC', 'regionoceanie oceania roc', 'Oceania'],
  ['Myanmar', 'MM', 'myanmar mm'],
  ['Bangladesh', 'BD', 'bangladesh bd'],
  ['Chine', 'CN', 'chine china cn', 'China'],
  ['France', 'FR', 'france fr'],
  ['Inde', 'IN', 'inde india in', 'India'],
  ['Cambodge', 'KH', 'cambodge cambodia kh', 'Cambodia'],
  ['Maroc', 'MA', 'maroc morocco ma', 'Morocco'],
  ['Pakistan', 'PK', 'pakistan pk'],
  ['Tunisie', 'TN', 'tunisie tunisia tn', 'Tunisia'],
  ['Turquie', 'TR', 'turquie turkey tr', 'Turkey'],
  ['Vietnam', 'VN', 'vietnam vn'],
]);

export const BUSINESS_SIZES = vocabulary([
  ['TPE/PME', 'small-business', 'smallcompany smallbusiness tpepme', 'Small company'],
  [
    'Grande entreprise avec service de réparation',
    'large-business-with-services',
    'largecompanywithrepairservice largebusinesswithservices grandeentrepriseavecservicedereparation',
    'Large company with repair service',
  ],
  [
    'Grande entreprise sans service de réparation',
    'large-business-without-services',
    'largecompanywithoutrepairservice largebusinesswithoutservices grandeentreprisesansservicedereparation',
    'Large company without repair service',
  ],
]);

export const PRINTINGS = vocabulary([
  ['Pigmentaire', 'pigment', 'pigmentaire pigmentary pigment', 'Pigmentary'],
  ['Fixé-lavé', 'substantive', 'fixelave fixedwashed substantive', 'Fixed-washed'],
]);

export const TRIMS = vocabulary([
  ['Zip long', '86b877ff-0d59-482f-bb34-3ff306b07496', 'ziplong longzip 86b877ff0d59482fbb343ff306b07496'],
  ['Zip court', '0e8ea799-9b06-490c-a925-37564746c454', 'zipcourt shortzip 0e8ea7999b06490ca92537564746c454'],
  [
    'Bouton en plastique',
    'd56bb0d5-7999-4b8b-b076-94d79099b56a',
    'boutonenplastique plasticbutton d56bb0d579994b8bb07694d79099b56a',
  ],
  [
    'Bouton en métal',
    '0c903fc7-279b-4375-8cfa-ca8133b8e973',
    'boutonenmetal metalbutton 0c903fc7279b43758cfaca8133b8e973',
  ],
]);
