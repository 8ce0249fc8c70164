import type { Language, Words } from '@ecobalyse/schema';

/**
 * Words of titles of products, by what the notice says of them (V1.0 of 1 October 2025): table 6 for categories, table 7 for what is out
 * of scope. Phrases are parted by bars; case, accents and plural do not matter. In French the first thing that is named is the product
 * ("robe pull"), in English the last one ("sweater dress").
 */
type Named = Readonly<Record<Language, string>>;

export const CATEGORY_WORDS: Readonly<Record<string, Named>> = {
  tshirt: {
    fr: 'tee-shirt | débardeur | marinière | body | top',
    en: 't-shirt | tee | tee shirt | polo | polo shirt | tank top | tank | bodysuit | camisole | vest top',
  },
  chemise: { fr: 'chemise | chemisette | chemisier | surchemise', en: 'shirt | blouse | overshirt' },
  jean: {
    fr: 'pantalon en jean | pantalon en denim | pantalon jean | pantalon denim',
    en: 'jean | jeans | denim jean | denim trousers | denim pants | jegging',
  },
  jupe: {
    fr: 'jupe | minijupe | robe | nuisette | chemise de nuit',
    en: 'skirt | miniskirt | dress | gown | nightdress | nightgown | sundress',
  },
  manteau: {
    fr: 'manteau | veste | blouson | imperméable | caban | coupe-vent | gilet de costume | ciré | pardessus',
    en: 'coat | jacket | blazer | parka | trench | trench coat | bomber | windbreaker | raincoat | overcoat | duffle-coat | waistcoat | suit vest | cape',
  },
  pantalon: {
    fr: 'pantalon | pantacourt | jogging | caleçon long',
    en: 'trousers | pants | chino | short | legging | bermuda | sweatpants | jogger | culottes trousers',
  },
  pull: {
    fr: 'pull | pull-over | gilet | sweat à capuche | col roulé',
    en: 'sweater | jumper | pullover | cardigan | sweatshirt | sweat-shirt | sweat | hoodie | turtleneck',
  },
  chaussettes: {
    fr: 'chaussette | collant | mi-bas | socquette | mi-chaussette',
    en: 'sock | tights | stocking | pantyhose | leg warmer',
  },
  calecon: { fr: 'caleçon | boxer tissé', en: 'woven boxer | woven boxer short | boxer woven' },
  slip: {
    fr: 'slip | culotte | shorty | string | boxer tricoté | boxer en jersey',
    en: 'brief | boxer brief | panties | panty | thong | knitted boxer | underpants | knickers',
  },
  'calecon slip': { fr: 'boxer', en: 'boxer short' },
  'maillot-de-bain': {
    fr: 'maillot de bain | short de bain | slip de bain | boxer de bain | deux-pièces de bain',
    en: 'swimsuit | swimwear | bikini | bikini top | bikini bottom | swim short | swim trunk | swimming trunk | tankini | board short',
  },
};

/** What table 7 leaves out, and why. */
export interface Excluded extends Named {
  readonly why: Words;
  /** It is so wherever the title says it; otherwise when it is what the title names. */
  readonly anywhere?: true;
}

export const EXCLUDED_WORDS: readonly Excluded[] = [
  {
    fr: 'soutien-gorge | brassière | bandeau soutien-gorge',
    en: 'bra | bralette | sports bra',
    why: { fr: 'soutiens-gorge et brassières', en: 'bras' },
  },
  {
    fr: 'doudoune | veste doudoune | duvet | garni de duvet',
    en: 'down jacket | puffer | puffer jacket | goose down | duck down | down coat | padded jacket',
    why: { fr: 'doudounes et vestes rembourrées', en: 'padded and down jackets' },
    anywhere: true,
  },
  {
    fr: 'déguisement | panoplie | costume de carnaval',
    en: 'fancy dress | halloween costume | costume party | disguise | cosplay',
    why: { fr: 'déguisements', en: 'costumes' },
    anywhere: true,
  },
  {
    fr: 'écharpe | foulard | bonnet | casquette | chapeau | gant | moufle | châle | étole | béret | cagoule | tour de cou | cravate | ceinture | bandana | bob | mouchoir | bretelles',
    en: 'scarf | scarves | shawl | hat | beanie | cap | glove | mitten | snood | headband | balaclava | tie | necktie | belt | bow tie | stole',
    why: { fr: 'écharpes, chapeaux et accessoires', en: 'scarves, hats and accessories' },
  },
  {
    fr: 'chaussure | basket | botte | bottine | sandale | espadrille | chausson | pantoufle | mocassin | escarpin | ballerine | tong | claquette | sabot | derbies',
    en: 'shoe | boot | sandal | sneaker | trainer | slipper | loafer | flip-flop | heel | clog | espadrilles | moccasin',
    why: { fr: 'chaussures', en: 'shoes' },
  },
  {
    fr: 'cuir | daim | peau lainée | fourrure | nubuck',
    en: 'leather | suede | shearling | fur | sheepskin',
    why: { fr: 'cuir et fourrure', en: 'leather and fur' },
    anywhere: true,
  },
  {
    fr: 'haute visibilité | de travail | EPI | ignifugé | anti-feu | anti-coupure | ISO | de protection | pare-balles | de sécurité | combinaison de ski | pantalon de ski | veste de ski | salopette de ski | de plongée | néoprène | cuissard | kimono | tutu | de moto | d’équitation',
    en: 'hi-vis | high visibility | safety | workwear | protective | flame retardant | ISO | ski jacket | ski trousers | ski pants | ski suit | wetsuit | drysuit | neoprene | cycling bib | motorcycle | riding | bulletproof | fencing',
    why: {
      fr: 'équipements de protection et vêtements techniques de sport',
      en: 'protective equipment and technical sportswear',
    },
    anywhere: true,
  },
  {
    fr: 'drap | drap-housse | housse | serviette | taie | nappe | torchon | rideau | plaid | couette | couverture | gant de toilette | tapis | coussin | parure de lit | peignoir',
    en: 'sheet | bed sheet | duvet cover | towel | pillowcase | tablecloth | curtain | blanket | throw | tea towel | quilt | cushion | rug | bedding | bath mat',
    why: { fr: 'linge de maison', en: 'home linen' },
  },
  {
    fr: 'chauffant | chauffante | connecté | connectée | à batterie | lumineux | led',
    en: 'heated | heating | smart | battery | led | light-up | electronic',
    why: { fr: 'vêtements avec électronique', en: 'clothes with electronics' },
    anywhere: true,
  },
  {
    fr: 'jetable | à usage unique',
    en: 'disposable | single-use',
    why: { fr: 'vêtements à usage unique', en: 'single-use clothes' },
    anywhere: true,
  },
];

/** Words of French titles that are in no English one. */
export const FRENCH_WORDS =
  'de | du | des | en | au | aux | pour | et | avec | sans | col | homme | femme | enfant | fille | fillette | garçon | bébé';

/** After these, the next words say what the product looks like, goes with or lacks, and not what it is. */
export const ASIDE_WORDS: Named = {
  fr: 'effet | façon | imitation | style | motif | pour | sans | avec',
  en: 'effect | look | style | for | without | with | print',
};

/**
 * Materials that the method has no figures for (table 11): what stands for them, below 20 % of the mass and from there on; null where the
 * product is then out of scope.
 */
export const MISSING_MATERIALS: readonly {
  readonly names: string;
  readonly below: string;
  readonly from: string | null;
}[] = [
  { names: 'cachemire | cashmere', below: 'ei-laine-par-defaut', from: 'ei-laine-par-defaut' },
  { names: 'mohair', below: 'ei-laine-par-defaut', from: 'ei-laine-par-defaut' },
  { names: 'alpaga | alpaca', below: 'ei-laine-par-defaut', from: 'ei-laine-par-defaut' },
  { names: 'yack | yak', below: 'ei-laine-nouvelle-filiere', from: 'ei-laine-nouvelle-filiere' },
  { names: 'soie | silk', below: 'ei-laine-par-defaut', from: null },
  { names: 'lyocell | tencel', below: 'ei-viscose', from: null },
  {
    names:
      'polyamide recyclé | nylon recyclé | recycled nylon | recycled polyamide | élasthanne recyclé | recycled elastane | acrylique recyclé | recycled acrylic',
    below: 'ei-pet-r',
    from: null,
  },
  {
    names: 'laine recyclée | recycled wool | lin recyclé | recycled linen | chanvre recyclé | recycled hemp',
    below: 'coton-rdpc',
    from: null,
  },
];
