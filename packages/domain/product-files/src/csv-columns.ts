import { type COLUMN_READINGS, OWNER_FIELDS, type Words } from '@ecobalyse/schema';
import {
  asBoolean,
  asComposition,
  asCountry,
  asGtins,
  asId,
  asJson,
  asList,
  asMass,
  asNumber,
  asPrice,
  asRatio,
  asShares,
  asStages,
  asText,
  asWhole,
  type CellContext,
  CellError,
  type CellReader,
  isNumberText,
  ofHundred,
  readPart,
  readShare,
  type Share,
  unitOfMass,
} from './cells.js';
import { type HeaderField, IGNORED, type Mapping, NO_MAPPING } from './mapping.js';
import { idsOf, type Named, plain, sorted } from './names.js';
import { type Cell, type CellFault, UnreadableTextError } from './product-text.js';
import { RESULT_COLUMNS } from './result-columns.js';

export { isNumberText };

/**
 * The columns of a table of products, by our own names or those that brands and the declaration portal use. A cell that is
 * empty is a field that is absent.
 */

/** What a column is called besides its own name, the surest first; we write the first two, in French and in English. */
type Column = readonly [names: string, read: CellReader];

export const FIELD_COLUMNS = {
  reference: [
    'Référence interne | Internal reference | Référence | Réf | Ref | SKU | Code article | Item code | Code produit | Product code | Référence produit | Article | Style | N° article | Numéro d’article | Article number | Item number | Style number | Style code | Code style | Code modèle',
    asText,
  ],
  name: [
    'Nom du produit | Product name | Désignation | Libellé | Nom | Name | Product title | Title | Intitulé | Libellé produit | Article name | Item name | Désignation article | Nom article',
    asText,
  ],
  brand: ['Marque | Brand | Marque ID | Brand ID | Enseigne | Brand name | Nom de la marque', asText],
  gtins: [
    'GTINs/EANs | GTINs | GTIN | EAN | EANs | EAN13 | Code-barres | Barcode | Barcodes | UPC | Code EAN | EAN code | GTIN-13 | Code GTIN | Gencod',
    asGtins,
  ],
  collection: ['Collection | Collection', asText],
  season: ['Saison | Season', asText],
  tags: ['Étiquettes | Tags | Mots-clés | Labels', asList],
  link: ['Lien | Link | URL | Page produit | Product page', asText],
  product: [
    'Catégorie | Category | Type de produit | Product type | Type de vêtement | Garment type | Garment | Type | Produit | Catégorie de produit | Product category | Type d’article | Item type | Garment category | Typologie | Famille de produit | Famille',
    asId('product'),
  ],
  mass: [
    'Masse (kg) | Mass (kg) | Poids | Weight | Masse du produit | Poids net | Net weight | Poids unitaire | Unit weight | Poids du produit | Product weight | Masse nette | Net mass | Masse unitaire | Poids article | Article weight | Item weight | Garment weight | Poids du vêtement | Poids fini',
    asMass,
  ],
  airTransportRatio: [
    'Part du transport aérien | Air transport share | Transport aérien | Air transport | Part avion | Avion | Part aérienne | Air share | Fret aérien | Air freight | Part du fret aérien | Air freight share',
    asRatio,
  ],
  business: [
    'Taille de l’entreprise | Company size | Type d’entreprise | Entreprise | Business size | Company type',
    asId('business'),
  ],
  countrySpinning: [
    'Origine de filature | Spinning country | Pays de filature | Spinning origin | Country of spinning | Filature | Spinning',
    asCountry,
  ],
  countryFabric: [
    'Origine de tissage/tricotage | Fabric country | Pays de tissage/tricotage | Pays d’étoffe | Fabric origin | Country of fabric | Pays de tissage | Pays de tricotage | Weaving country | Knitting country | Weaving/knitting origin | Country of weaving/knitting | Tissage/tricotage | Tissage | Tricotage | Fabric | Origine de tissage | Origine de tricotage | Weaving origin | Knitting origin',
    asCountry,
  ],
  countryDyeing: [
    'Origine de l’ennoblissement/impression | Dyeing country | Pays d’ennoblissement | Dyeing origin | Country of dyeing | Dyeing/printing origin | Pays de teinture | Finishing country | Ennoblissement | Teinture | Dyeing | Origine de teinture | Origine d’ennoblissement | Finishing origin | Pays d’ennoblissement/impression | Pays de teinture/ennoblissement | Dyeing/finishing country',
    asCountry,
  ],
  countryMaking: [
    'Origine de confection | Making country | Pays de confection | Making origin | Country of making | Country of manufacture | Pays de fabrication | Sewing country | Confection | Making | Made in | Fabriqué en | Confectionné en | Manufactured in | Pays d’origine | Country of origin | Lieu de confection | Lieu de fabrication | Origine de fabrication | Pays de couture | Place of manufacture | Pays d’assemblage | Assembly country | Manufacturing country | Pays de production | Production country',
    asCountry,
  ],
  disabledSteps: ['Étapes désactivées | Disabled stages', asStages],
  dyeingProcessType: ['Type de teinture | Dyeing process | Procédé de teinture', asId('dyeingProcessType')],
  fabricProcess: ['Procédé d’étoffe | Fabric process | Technique | Procédé | Process', asId('fabricProcess')],
  fading: ['Délavage | Fading | Délavé | Faded', asBoolean],
  makingComplexity: [
    'Complexité de confection | Making complexity | Complexité | Complexity',
    asId('makingComplexity'),
  ],
  makingDeadStock: ['Stocks dormants | Dead stock', asRatio],
  makingWaste: [
    'Pertes en confection | Making waste | Taux de pertes | Perte en confection | Waste | Taux de perte en confection',
    asRatio,
  ],
  materials: [
    'Composition | Composition | Matières | Composition matière | Material composition | Matière | Composition textile | Composition tissu | Fabric composition | Fiber composition | Fibre composition | Fiber content | Fibre content',
    asComposition,
  ],
  numberOfReferences: [
    'Nombre de références | Number of references | Nb de références | Reference count | Nb refs | Number of styles',
    asWhole,
  ],
  physicalDurability: ['Durabilité physique | Physical durability | Durabilité | Durability', asNumber],
  price: [
    'Prix (€) | Price (€) | Prix, en euros, TTC | Prix de vente | Retail price | Prix public | Prix public conseillé | Prix de vente conseillé | RRP | Recommended retail price | Selling price | Price incl. VAT',
    asPrice,
  ],
  surfaceMass: ['Grammage (g/m²) | Surface mass (g/m²) | GSM | Fabric weight', asNumber],
  trims: ['Accessoires | Trims', asJson],
  upcycled: ['Remanufacturé | Remanufactured | Surcyclé | Upcyclé', asBoolean],
  yarnSize: ['Titrage du fil | Yarn size | Titrage | Yarn count', asNumber],
} as const satisfies Readonly<Record<string, Column>>;

export const PRINTING_COLUMNS = {
  printingKind: ['Type d’impression | Printing type | Impression | Printing', asId('printing'), 'kind'],
  printingRatio: [
    'Part imprimée | Printed share | Pourcentage d’impression | Printing percentage | Printing share | Surface imprimée',
    asRatio,
    'ratio',
  ],
} as const satisfies Readonly<Record<string, readonly [...Column, field: string]>>;

/** Numbers of trims: when one of these cells is filled, the product has just the trims that they tell. */
export const TRIM_COLUMNS = {
  metalButtons: [
    'Boutons en métal | Metal buttons | Quantité de bouton en métal | Boutons métal | Nombre de boutons en métal | Nb boutons métal | Number of metal buttons',
    '0c903fc7-279b-4375-8cfa-ca8133b8e973',
  ],
  plasticButtons: [
    'Boutons en plastique | Plastic buttons | Quantité de bouton en plastique | Boutons plastique | Nombre de boutons en plastique | Nb boutons plastique | Number of plastic buttons',
    'd56bb0d5-7999-4b8b-b076-94d79099b56a',
  ],
  longZips: [
    'Zips longs | Long zips | Quantité de zip long | Nombre de zips longs | Number of long zips',
    '86b877ff-0d59-482f-bb34-3ff306b07496',
  ],
  shortZips: [
    'Zips courts | Short zips | Quantité de zip court | Nombre de zips courts | Number of short zips',
    '0e8ea799-9b06-490c-a925-37564746c454',
  ],
} as const satisfies Readonly<Record<string, readonly [names: string, id: string]>>;

/** What the portal's older template tells of up to four trims, whose kinds a row names itself: `Accessoire 1`, `Accessoire 1 quantité`. */
const NAMED_TRIM = /^(?:accessoire|trim)([1-4])(quantite|quantity)?$/;
const isNamedTrim = (place: HeaderField | undefined) => place !== undefined && /^trim[1-4]$/.test(place);

/** What is told of the n-th material: `material1`, `material1Share`, `Matière 1 origine`, `% matière 2`… */
const MATERIAL_FIELDS = {
  id: ['|id|nom|name', asId('material')],
  share: ['share|part|pourcentage|pourcent|percentage|percent|taux|pct', asText],
  country: [
    'country|origine|origin|pays|pays origine|pays d origine|country origin|country of origin|provenance|pays provenance|pays de provenance',
    asCountry,
  ],
  spinning: ['spinning|filature', asId('spinning')],
} as const satisfies Readonly<Record<string, readonly [words: string, read: CellReader]>>;
type MaterialField = keyof typeof MATERIAL_FIELDS;

const materialFieldOf = new Map(
  Object.entries(MATERIAL_FIELDS).flatMap(([field, [words]]) =>
    words.split('|').map((word): [string, MaterialField] => [plain(word), field as MaterialField]),
  ),
);
/** Our name of a material's column: its number, and which part of it. */
export const MATERIAL_FIELD = /^material(\d+)(|Share|Country|Spinning)$/;
const MATERIAL_COLUMN = /^(.*?)(?:matiere|material|fibre|fiber)(?:n|no|numero|number)?([1-9]\d?)(.*)$/;
/** `Part 1`: a share of the n-th material that does not say of what. */
const SHARE_COLUMN = /^(part|pourcentage|pourcent|share|percentage|percent|pct)([1-9]\d?)()$/;

type Product = Record<string, unknown>;
type Material = Record<MaterialField, unknown>;
/** What columns tell of a material; `percent` is what its own cell says beside its name (`80 % coton`). */
type MaterialDraft = Partial<Material> & { percent?: number };

interface ProductDraft {
  fields: Product;
  printing: Product;
  trims: { id: string; quantity: unknown }[];
  /** By the number in the column's name. */
  namedTrims: Map<number, { id?: unknown; quantity?: unknown }>;
  materials: Map<number, MaterialDraft>;
}

/** What a column says: the field that its cells fill, how sure its name is (0 is surest), and how a cell enters the product. */
interface Meaning {
  readonly place: HeaderField;
  readonly rank: number;
  readonly write: (draft: ProductDraft, cell: string, context: CellContext) => void;
}

const meanings = new Map<string, Meaning>();
/** By the words of a name that say something, in any order; null where they mean more than one field. */
const looseMeanings = new Map<string, Meaning | null>();

/** A column's name without its unit, or whatever else stands in brackets. */
const withoutBrackets = (column: string): string => column.replace(/\([^)]*\)|\[[^\]]*\]/g, ' ').trim();

function define(place: string, names: string, write: Meaning['write']): void {
  [place, ...names.split('|')].forEach((name, rank) => {
    const bare = withoutBrackets(name);
    const key = plain(bare);
    const meaning = { place, rank, write };
    if (!meanings.has(key)) meanings.set(key, meaning);
    const words = sorted(bare);
    // One word alone says too little once others are left out: "Made in" is not "Made".
    if (!words.includes(' ')) return;
    const known = looseMeanings.get(words);
    if (known === undefined) looseMeanings.set(words, meaning);
    else if (known?.place !== place) looseMeanings.set(words, null);
  });
}

for (const [name, [names, read]] of Object.entries(FIELD_COLUMNS)) {
  define(name, names, ({ fields }, cell, context) => {
    fields[name] = read(cell, context);
  });
}
for (const [name, [names, read, field]] of Object.entries(PRINTING_COLUMNS)) {
  define(name, names, ({ printing }, cell, context) => {
    printing[field] = read(cell, context);
  });
}
for (const [name, [names, id]] of Object.entries(TRIM_COLUMNS)) {
  define(name, names, ({ trims }, cell, context) => {
    trims.push({ id, quantity: asWhole(cell, context) });
  });
}

const materialField = (rank: number, field: MaterialField): HeaderField =>
  `material${rank}${field === 'id' ? '' : field.replace(/^./, (first) => first.toUpperCase())}`;

function materialMeaning(key: string, hasPercent: boolean): Meaning | undefined {
  const match = MATERIAL_COLUMN.exec(key) ?? SHARE_COLUMN.exec(key);
  if (match === null) return undefined;
  const [, before = '', number = '', behind = ''] = match;
  const word = before + behind;
  const field = word === '' && hasPercent ? 'share' : materialFieldOf.get(word);
  if (field === undefined) return undefined;
  const rank = Number(number);
  const [, read] = MATERIAL_FIELDS[field];
  return {
    place: materialField(rank, field),
    rank: 0,
    write: ({ materials }, cell, context) => {
      const entry = materials.get(rank) ?? {};
      const isTold = context.idOf?.('material', cell) !== undefined;
      const part = field === 'id' && !isTold ? readPart(cell, context) : undefined;
      if (part !== undefined) Object.assign(entry, part);
      else entry[field] = field === 'share' ? readShare(cell, context) : read(cell, context);
      materials.set(rank, entry);
    },
  };
}

function trimMeaning(key: string): Meaning | undefined {
  const [, number, quantity] = NAMED_TRIM.exec(key) ?? [];
  if (number === undefined) return undefined;
  return {
    place: `trim${number}${quantity ? 'Quantity' : ''}`,
    rank: 0,
    write: ({ namedTrims }, cell, context) => {
      const read = quantity ? { quantity: asWhole(cell, context) } : { id: asId('trim')(cell, context) };
      namedTrims.set(Number(number), { ...namedTrims.get(Number(number)), ...read });
    },
  };
}

/** Units at the end of a column's name, also behind "en" or "in". */
const UNITS =
  /[\s_]+(?:(?:en|in)\s+)?(?:kg|kilogram(?:me)?s?|grammes?|grams?|gr?|mg|€|eur(?:os?)?|g\/m[2²]|nm|ttc|%)$/i;

/** Characters of a column's name at most: what is longer is a text, and how names are searched takes the square of their length. */
const MOST_OF_NAME = 300;

function meaningOf(column: string): Meaning | undefined {
  if (column.length > MOST_OF_NAME) return undefined;
  const hasPercent = column.includes('%');
  const bare = withoutBrackets(column);
  for (const name of [column, bare, bare.replace(UNITS, '')]) {
    const key = plain(name);
    const meaning = meanings.get(key) ?? materialMeaning(key, hasPercent) ?? trimMeaning(key);
    if (meaning !== undefined) return meaning;
  }
  return looseMeanings.get(sorted(bare.replace(UNITS, ''))) ?? undefined;
}

/** The field of that name, or that this name means; undefined when it is none. */
export const headerFieldOf = (name: string): HeaderField | undefined => meaningOf(name)?.place;

/** Columns that we write beside those of a product, in every language: they are no fault of a file that comes back. */
const ownColumns = new Set(Object.values(RESULT_COLUMNS).flatMap((words) => Object.values(words).map(plain)));

function contextOf(column: string, isDecimalComma: boolean, mapping: Mapping): CellContext {
  const isPercent = column.includes('%') || /pour ?cent|percent/i.test(column);
  return { isDecimalComma, unit: isPercent ? '%' : (mapping.massUnit ?? unitOfMass(column)), idOf: mapping.idOf };
}

/** How a column of a header was understood. */
export interface ColumnReading {
  readonly header: string;
  /** Undefined for one that is not read. */
  readonly field: HeaderField | undefined;
  readonly how: (typeof COLUMN_READINGS)[number];
}

/** What a table's header says. */
export interface HeaderReading {
  readonly line: number;
  readonly columns: readonly ColumnReading[];
  /** Fields that are needed and that no column holds. */
  readonly missing: readonly HeaderField[];
  /** Of a workbook, that the header is on. */
  readonly sheet?: string | undefined;
  /** Between the cells of a table of text. */
  readonly separator?: string | undefined;
}

/** What whoever reads a table is told of it, and what he says himself. */
export interface TableOptions {
  readonly mapping?: Mapping | undefined;
  /** Reads the rows all the same where no column holds a field that is needed: somebody is to say which one does. */
  readonly allowsMissing?: boolean | undefined;
  /** Told the header that is read, also one that does not do. */
  readonly onHeader?: ((header: HeaderReading) => void) | undefined;
  /** Told the words of a column, by its place from 0, that mean nothing to us. */
  readonly onUnknownWord?: ((column: number, named: Named, word: string) => void) | undefined;
}

/** Headers that are not read though nobody said so. */
export const unreadHeaders = (columns: readonly ColumnReading[]): string[] =>
  columns.filter(({ how }) => how === 'unknown' || how === 'unsure').map(({ header }) => header);

/** How each column is understood: of two that can mean one field, that with the surer name does; a mapping is surer than any. */
function readColumns(header: readonly string[], mapping: Mapping): (ColumnReading & { readonly meaning?: Meaning })[] {
  const told = header.map(mapping.fieldOf);
  const meant = header.map((column, index) => {
    const field = told[index];
    if (field === IGNORED) return undefined;
    const meaning = meaningOf(field ?? column);
    return meaning && field !== undefined ? { ...meaning, rank: -1 } : meaning;
  });
  const best = new Map<HeaderField, number>();
  const used = new Set<HeaderField>();
  for (const meaning of meant) {
    if (meaning) best.set(meaning.place, Math.min(meaning.rank, best.get(meaning.place) ?? Number.POSITIVE_INFINITY));
  }
  return header.map((header, index) => {
    const meaning = meant[index];
    const none = (how: ColumnReading['how']) => ({ header, field: undefined, how });
    if (told[index] === IGNORED) return none('ignored');
    if (meaning === undefined) {
      if (header === '') return none('nameless');
      return none(ownColumns.has(plain(header)) ? 'ignored' : 'unknown');
    }
    const { place, rank } = meaning;
    if (best.get(place) !== rank) return none('unsure');
    if (used.size === used.add(place).size) return none('repeated');
    return { header, field: place, how: rank < 0 ? 'mapping' : header === place ? 'name' : 'label', meaning };
  });
}

/** A header that does not name the columns of a product. */
export class CsvHeaderError extends UnreadableTextError {
  override readonly name = 'CsvHeaderError';
}

/** What a header says: how to read its rows. */
export interface CsvHeader {
  /** Whether a row, or the beginning of one, has as many cells as it may have. */
  readonly hasRoomFor: (cells: readonly Cell[], isWhole: boolean) => boolean;
  /** What is wrong with the cells of a row, whatever they say; undefined when nothing is. */
  readonly faultOf: (cells: readonly Cell[]) => Words | undefined;
  /** Whether cells, those of a whole row or the first ones of it, can be nothing but a product. */
  readonly isProduct: (cells: readonly string[], isWhole: boolean) => boolean;
  /**
   * Turns the cells of a row, in the header's order, into a product.
   *
   * @throws RowError for cells that may mean two things, each named by its column.
   */
  readonly toProduct: (cells: readonly Cell[]) => Product;
}

/** What only its catalogue knows of a product. A title may name it, too: `Collection;Summer`. */
const isOfCatalogue = (field: HeaderField) => (OWNER_FIELDS as readonly string[]).includes(field);

/** How many fields that the method reads a row would name if it were the header. */
export const fieldsNamed = (cells: readonly string[], mapping = NO_MAPPING): number =>
  new Set(
    cells
      .flatMap((cell, index) => mapping.fieldOf(cell.trim(), index) ?? meaningOf(cell.trim())?.place ?? [])
      .filter((field) => !isOfCatalogue(field)),
  ).size;

/** A row with cells that may mean two things. */
export class RowError extends UnreadableTextError {
  override readonly name = 'RowError';
  constructor(
    words: Words,
    readonly cells: readonly CellFault[],
    /** The other cells. */
    readonly known: Product,
  ) {
    super(words);
  }
}

const TEMPLATE: Words = {
  fr: 'un modèle : /files/template de l’API, ou « ecobalyse template »',
  en: 'a template: /files/template of the API, or "ecobalyse template"',
};

/**
 * Reads the header of a table of products.
 *
 * @param line - on which it stands.
 * @param isDecimalComma - whether `1,234` is rather a number with decimals, as in files whose columns are parted by semicolons.
 * @throws CsvHeaderError naming the columns that are missing or stand twice.
 */
export function readCsvHeader(
  header: readonly string[],
  line: number,
  isDecimalComma: boolean,
  { mapping = NO_MAPPING, allowsMissing = false, onHeader, onUnknownWord }: TableOptions = {},
): CsvHeader {
  const columns = header.map((column) => column.trim());
  const readings = readColumns(columns, mapping);
  const places = readings.map(({ field }) => field);
  const hasMaterials = places.some((place) => place === 'materials' || /^material\d+$/.test(place ?? ''));
  const missing = [
    ...['product', 'mass'].filter((name) => !places.includes(name)),
    ...(hasMaterials ? [] : ['material1']),
  ];
  onHeader?.({ line, columns: readings, missing });
  const repeated = readings.filter(({ how }) => how === 'repeated');
  if (repeated.length > 0) {
    const names = repeated.map(({ header }) => header).join(', ');
    throw new CsvHeaderError({ fr: `colonnes répétées : ${names}`, en: `repeated columns: ${names}` });
  }
  if (missing.length === 3) {
    throw new CsvHeaderError({
      fr: `ce ne sont pas des produits : attendu du JSON ({ ou [), ou une table dont une première ligne nomme les colonnes product, mass et material1 (ou Catégorie, Masse et Matière 1) ; ${TEMPLATE.fr}`,
      en: `these are no products: expected JSON ({ or [), or a table whose first line names the columns product, mass and material1 (or Category, Weight and Material 1); ${TEMPLATE.en}`,
    });
  }
  if (missing.length > 0 && !allowsMissing) {
    throw new CsvHeaderError({
      fr: `colonnes absentes : ${missing.join(', ')} (la première ligne donne le nom des colonnes ; ${TEMPLATE.fr})`,
      en: `missing columns: ${missing.join(', ')} (the first line names the columns; ${TEMPLATE.en})`,
    });
  }

  const contexts = columns.map((column, index) => ({
    ...contextOf(column, isDecimalComma, mapping),
    onUnknown: (named: Named, word: string) => onUnknownWord?.(index, named, word),
  }));
  const [productAt, massAt] = [places.indexOf('product'), places.indexOf('mass')];
  const sharesAt = places.findIndex((place) => place !== undefined && /^material\d+Share$/.test(place));
  const hasNamedTrims = places.some(isNamedTrim);
  const namedColumns = columns.findLastIndex((name) => name !== '') + 1;
  const isBlank = (cell: Cell) => String(cell).trim() === '';
  // Spreadsheets write empty cells beyond the header's, where a cell of some row was emptied.
  const hasRoomFor: CsvHeader['hasRoomFor'] = (cells, isWhole) =>
    isWhole
      ? cells.length >= columns.length && cells.slice(columns.length).every(isBlank)
      : cells.length < columns.length;
  const isMass = (cell: string) => {
    try {
      return typeof asMass(cell, contexts[massAt] as CellContext) === 'number';
    } catch {
      return true;
    }
  };
  return {
    hasRoomFor,
    faultOf(cells) {
      if (!hasRoomFor(cells, true)) {
        return {
          fr: `${columns.length} cellules attendues, comme dans l’en-tête ; ${cells.length} reçues`,
          en: `expected ${columns.length} cells, as in the header; received ${cells.length}`,
        };
      }
      const beyond = cells.findIndex((cell, index) => index >= namedColumns && !isBlank(cell));
      if (beyond === -1) return undefined;
      return {
        fr: `la cellule ${beyond + 1} n’a pas de nom dans l’en-tête`,
        en: `cell ${beyond + 1} has no name in the header`,
      };
    },
    isProduct(cells, isWhole) {
      const [product, mass] = [cells[productAt]?.trim() ?? '', cells[massAt]?.trim() ?? ''];
      return hasRoomFor(cells, isWhole) && isProductName(product, mapping) && isMass(mass);
    },
    toProduct(cells) {
      const draft: ProductDraft = { fields: {}, printing: {}, trims: [], namedTrims: new Map(), materials: new Map() };
      const faults: CellFault[] = [];
      const tryCell = (column: number, work: () => void) => {
        try {
          work();
        } catch (error) {
          if (!(error instanceof CellError)) throw error;
          faults.push({ column, words: error.words });
        }
      };
      for (const [index, { meaning }] of readings.entries()) {
        const given = cells[index];
        const cell = String(given ?? '').trim();
        if (meaning === undefined || cell === '') continue;
        const context = contexts[index] as CellContext;
        const typed = typeof given === 'number' ? { ...context, number: given } : context;
        tryCell(index, () => meaning.write(draft, cell, typed));
      }
      const product = draft.fields;
      if (Object.keys(draft.printing).length > 0) product.printing = draft.printing;
      // Where a template has columns for kinds of trims, none is none, as on the portal; numbers of a kind do not count there.
      const trims = hasNamedTrims ? [...draft.namedTrims.values()].filter(({ id }) => id !== undefined) : draft.trims;
      if (hasNamedTrims || trims.length > 0) product.trims = trims.filter(({ quantity }) => quantity !== 0);
      tryCell(sharesAt, () => {
        const materials = materialsOf(draft.materials);
        if (materials.length > 0) product.materials = materials;
      });
      if (faults.length === 0) return product;
      const sentence = (language: keyof Words, colon: string) =>
        faults.map(({ column, words }) => `${columns[column]}${colon} ${words[language]}`).join(' ; ');
      throw new RowError({ fr: sentence('fr', ' :'), en: sentence('en', ':') }, faults, product);
    },
  };
}

/** A word, or words that name a type of garment. */
const isProductName = (cell: string, { idOf }: Mapping): boolean =>
  /^\S+$/.test(cell) || idOf('product', cell) !== undefined || idsOf('product', cell).length > 0;

/** @throws CellError for a share that its own column and the cell of the material tell otherwise. */
function materialsOf(byNumber: ReadonlyMap<number, MaterialDraft>): unknown[] {
  const entries = [...byNumber].sort(([a], [b]) => a - b).map(([, entry]) => entry);
  const ofName = ({ percent }: MaterialDraft): Share | undefined =>
    percent === undefined ? undefined : { value: percent, isPercent: true, isSigned: true };
  const shares = asShares(entries.map((entry) => (entry.share as Share | string | undefined) ?? ofName(entry)));
  return entries.map(({ percent, ...entry }, index) => {
    if (percent !== undefined && shares[index] !== ofHundred(percent)) {
      throw new CellError({
        fr: `une matière est à ${percent} % dans sa cellule et autrement dans sa colonne de part`,
        en: `a material has ${percent}% in its cell and something else in its column of shares`,
      });
    }
    return 'share' in entry || percent !== undefined ? { ...entry, share: shares[index] } : entry;
  });
}
