import { simplify } from './simplify.js';

/**
 * The words of the portal's file, one row a value: its label, which the portal keeps, the method's id, and the simplified texts
 * ({@link simplify}) that the portal takes for it. A label is always taken as it stands, even where its simplified form is none of
 * the words: "Région - Europe de l'Est" is, in no other spelling.
 */
type Row = readonly [label: string, id: string, words: string];

/** Values that a cell can have. */
export interface Vocabulary {
  /** The label of a value that the portal reads in a cell; undefined for what it does not know. */
  readonly labelOf: (text: string) => string | undefined;
  readonly idOf: (label: string) => string;
  /** The label of a method's id; undefined for ids that the file cannot say. */
  readonly labelOfId: (id: string) => string | undefined;
  readonly labels: readonly string[];
}

function vocabulary(rows: readonly Row[]): Vocabulary {
  const labels = new Map(rows.flatMap(([label, , words]) => words.split(' ').map((word) => [word, label] as const)));
  const ids = new Map(rows.map(([label, id]) => [label, id] as const));
  const labelsById = new Map(rows.map(([label, id]) => [id, label] as const));
  return {
    labelOf: (text) => labels.get(simplify(text)) ?? (ids.has(text) ? text : undefined),
    idOf: (label) => ids.get(label) as string,
    labelOfId: (id) => labelsById.get(id),
    labels: [...ids.keys()],
  };
}

export const CATEGORIES = vocabulary([
  ['Chemise', 'chemise', 'chemise shirt'],
  ['Jean', 'jean', 'jean jeans'],
  ['Jupe / Robe', 'jupe', 'juperobe jupe dressskirt skirt'],
  ['Manteau / Veste', 'manteau', 'manteauveste manteau coatjacket coat'],
  ['Pantalon / Short', 'pantalon', 'pantalonshort pantalon pants trousers'],
  ['Pull', 'pull', 'pull sweater'],
  ['T-shirt / Polo', 'tshirt', 'tshirtpolo tshirt'],
  ['Chaussettes', 'chaussettes', 'chaussettes socks'],
  ['Caleçon (tissé)', 'calecon', 'calecontisse calecon wovenboxer boxer'],
  ['Boxer / Slip (tricoté)', 'slip', 'boxersliptricote boxerslip slip knittedboxer'],
  ['Maillot de bain', 'maillot-de-bain', 'maillotdebain swimsuit'],
]);

export const MATERIALS = vocabulary([
  ['Elasthane (Lycra)', 'elasthane', 'elasthanelycra elasthane'],
  ['Acrylique', 'ei-acrylique', 'acrylique eiacrylique acrylic'],
  ['Jute', 'ei-jute-kenaf', 'jute eijutekenaf kenaf'],
  ['Polypropylène', 'ei-pp', 'polypropylene eipp'],
  ['Polyester', 'ei-pet', 'polyester eipet'],
  ['Polyester recyclé', 'ei-pet-r', 'polyesterrecycle eipetr recycledpolyester'],
  ['Nylon', 'ei-pa', 'nylon eipa'],
  ['Lin', 'ei-lin', 'lin eilin linen'],
  ['Laine par défaut', 'ei-laine-par-defaut', 'lainepardefaut eilainepardefaut defaultwool'],
  [
    'Laine nouvelle filière',
    'ei-laine-nouvelle-filiere',
    'lainenouvellefiliere eilainenouvellefiliere newsupplychainwool',
  ],
  ['Coton', 'ei-coton', 'coton eicoton cotton'],
  ['Coton biologique', 'ei-coton-organic', 'cotonbiologique eicotonorganic organiccotton'],
  ['Chanvre', 'ei-chanvre', 'chanvre eichanvre hemp'],
  ['Viscose', 'ei-viscose', 'viscose eiviscose'],
  [
    'Coton recyclé (déchets post-consommation)',
    'coton-rdpc',
    'cotonrecycledechetspostconsommation cotonrdpc recycledcottonpostconsumerwaste',
  ],
  [
    'Coton recyclé (déchets de production)',
    'coton-rdp',
    'cotonrecycledechetsdeproduction cotonrdp recycledcottonproductionwaste',
  ],
]);

export const COUNTRIES = vocabulary([
  ["Région - Europe de l'Ouest", 'REO', 'regioneuropedelouest westerneurope reo'],
  ["Région - Europe de l'Est", 'REE', 'regioneuropedeleest easterneurope ree'],
  ['Région - Asie', 'RAS', 'regionasie asia ras'],
  ['Région - Afrique', 'RAF', 'regionafrique africa raf'],
  ['Région - Moyen-Orient', 'RME', 'regionmoyenorient middleeast rme'],
  ['Région - Amérique Latine', 'RLA', 'regionameriquelatine latinamerica rla'],
  ['Région - Amérique du nord', 'RNA', 'regionameriquedunord northamerica rna'],
  ['Région - Océanie', 'ROC', 'regionoceanie oceania roc'],
  ['Myanmar', 'MM', 'myanmar mm'],
  ['Bangladesh', 'BD', 'bangladesh bd'],
  ['Chine', 'CN', 'chine china cn'],
  ['France', 'FR', 'france fr'],
  ['Inde', 'IN', 'inde india in'],
  ['Cambodge', 'KH', 'cambodge cambodia kh'],
  ['Maroc', 'MA', 'maroc morocco ma'],
  ['Pakistan', 'PK', 'pakistan pk'],
  ['Tunisie', 'TN', 'tunisie tunisia tn'],
  ['Turquie', 'TR', 'turquie turkey tr'],
  ['Vietnam', 'VN', 'vietnam vn'],
]);

export const BUSINESS_SIZES = vocabulary([
  ['TPE/PME', 'small-business', 'smallcompany smallbusiness tpepme'],
  [
    'Grande entreprise avec service de réparation',
    'large-business-with-services',
    'largecompanywithrepairservice largebusinesswithservices grandeentrepriseavecservicedereparation',
  ],
  [
    'Grande entreprise sans service de réparation',
    'large-business-without-services',
    'largecompanywithoutrepairservice largebusinesswithoutservices grandeentreprisesansservicedereparation',
  ],
]);

export const PRINTINGS = vocabulary([
  ['Pigmentaire', 'pigment', 'pigmentaire pigmentary pigment'],
  ['Fixé-lavé', 'substantive', 'fixelave fixedwashed substantive'],
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
