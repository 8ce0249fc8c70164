import type { Words } from '@ecobalyse/schema';
import {
  asBoolean,
  asComposition,
  asCountry,
  asId,
  asJson,
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
  readShare,
  type Share,
  unitOfMass,
} from './cells.js';
import { idsOf, plain } from './names.js';
import { UnreadableTextError } from './product-text.js';

export { isNumberText };

/**
 * The columns of a table of products, by our own names or those that brands and the declaration portal use. A cell that is
 * empty is a field that is absent.
 */

/** What a column is called besides its own name, the surest first. */
type Column = readonly [names: string, read: CellReader];

const FIELD_COLUMNS: Readonly<Record<string, Column>> = {
  reference: [
    'Référence interne | Référence | Internal reference | Réf | Ref | SKU | Code article | Item code | Code produit | Product code | Référence produit | Article | Style',
    asText,
  ],
  product: [
    'Catégorie | Category | Type de produit | Product type | Type de vêtement | Garment type | Garment | Type | Produit',
    asId('product'),
  ],
  mass: ['Masse | Poids | Weight | Masse du produit | Poids net | Net weight | Poids unitaire | Unit weight', asMass],
  airTransportRatio: [
    'Part du transport aérien | Transport aérien | Air transport | Air transport share | Part avion | Avion',
    asRatio,
  ],
  business: ['Taille de l’entreprise | Company size | Type d’entreprise | Entreprise', asId('business')],
  countrySpinning: [
    'Origine de filature | Pays de filature | Spinning country | Spinning origin | Country of spinning | Filature | Spinning',
    asCountry,
  ],
  countryFabric: [
    'Origine de tissage/tricotage | Pays de tissage/tricotage | Pays d’étoffe | Fabric country | Fabric origin | Country of fabric | Pays de tissage | Pays de tricotage | Weaving country | Knitting country | Weaving/knitting origin | Country of weaving/knitting | Tissage/tricotage | Tissage | Tricotage | Fabric',
    asCountry,
  ],
  countryDyeing: [
    'Origine de l’ennoblissement/impression | Pays d’ennoblissement | Dyeing country | Dyeing origin | Country of dyeing | Dyeing/printing origin | Pays de teinture | Finishing country | Ennoblissement | Teinture | Dyeing',
    asCountry,
  ],
  countryMaking: [
    'Origine de confection | Pays de confection | Making country | Making origin | Country of making | Country of manufacture | Pays de fabrication | Sewing country | Confection | Making | Made in',
    asCountry,
  ],
  disabledSteps: ['Étapes désactivées | Disabled stages', asStages],
  dyeingProcessType: ['Type de teinture | Procédé de teinture | Dyeing process', asId('dyeingProcessType')],
  fabricProcess: ['Procédé d’étoffe | Technique | Procédé | Process', asId('fabricProcess')],
  fading: ['Délavage', asBoolean],
  makingComplexity: ['Complexité de confection | Complexité | Complexity', asId('makingComplexity')],
  makingDeadStock: ['Stocks dormants | Dead stock', asRatio],
  makingWaste: ['Pertes en confection | Taux de pertes | Perte en confection | Waste', asRatio],
  materials: ['Composition | Matières | Composition matière | Material composition | Matière', asComposition],
  numberOfReferences: ['Nombre de références | Nb de références | Reference count', asWhole],
  physicalDurability: ['Durabilité physique | Durabilité | Durability', asNumber],
  price: ['Prix, en euros, TTC | Prix | Prix de vente | Retail price | Prix public', asPrice],
  surfaceMass: ['Grammage | GSM | Fabric weight', asNumber],
  trims: ['Accessoires', asJson],
  upcycled: ['Remanufacturé | Remanufactured | Surcyclé', asBoolean],
  yarnSize: ['Titrage du fil | Titrage | Yarn count', asNumber],
};

const PRINTING_COLUMNS: Readonly<Record<string, readonly [...Column, field: string]>> = {
  printingKind: ['Type d’impression | Printing type | Impression | Printing', asId('printing'), 'kind'],
  printingRatio: [
    'Pourcentage d’impression | Printing percentage | Printing share | Part imprimée | Surface imprimée',
    asRatio,
    'ratio',
  ],
};

/** Numbers of trims: when one of these cells is filled, the product has just the trims that they tell. */
const TRIM_COLUMNS: Readonly<Record<string, string>> = {
  '0c903fc7-279b-4375-8cfa-ca8133b8e973':
    'Quantité de bouton en métal | Boutons en métal | Boutons métal | Metal buttons',
  'd56bb0d5-7999-4b8b-b076-94d79099b56a':
    'Quantité de bouton en plastique | Boutons en plastique | Boutons plastique | Plastic buttons',
  '86b877ff-0d59-482f-bb34-3ff306b07496': 'Quantité de zip long | Zips longs | Long zips',
  '0e8ea799-9b06-490c-a925-37564746c454': 'Quantité de zip court | Zips courts | Short zips',
};

/** What is told of the n-th material: `material1`, `material1Share`, `Matière 1 origine`, `% matière 2`… */
const MATERIAL_FIELDS: Readonly<
  Record<'id' | 'share' | 'country' | 'spinning', readonly [words: string, read: CellReader]>
> = {
  id: ['|id|nom|name', asId('material')],
  share: ['share|pourcentage|pourcent|percentage|percent|part|taux|pct', asText],
  country: ['country|origine|origin|pays|pays origine|pays d origine|country origin|country of origin', asCountry],
  spinning: ['spinning|filature', asId('spinning')],
};
type MaterialField = keyof typeof MATERIAL_FIELDS;

const materialFieldOf = new Map(
  Object.entries(MATERIAL_FIELDS).flatMap(([field, [words]]) =>
    words.split('|').map((word): [string, MaterialField] => [plain(word), field as MaterialField]),
  ),
);
const MATERIAL_COLUMN = /^(.*?)(?:matiere|material|fibre|fiber)([1-9]\d?)(.*)$/;

/** A cell: its text, or the number that a workbook holds. */
export type Cell = string | number;

type Product = Record<string, unknown>;
type Material = Record<MaterialField, unknown>;

interface ProductDraft {
  fields: Product;
  printing: Product;
  trims: { id: string; quantity: unknown }[];
  /** By the number in the column's name. */
  materials: Map<number, Partial<Material>>;
}

/** What a column says: the place that its cells fill, how sure its name is (0 is surest), and how a cell enters the product. */
interface Meaning {
  readonly place: string;
  readonly rank: number;
  readonly write: (draft: ProductDraft, cell: string, context: CellContext) => void;
}

const meanings = new Map<string, Meaning>();

function define(place: string, names: string, write: Meaning['write']): void {
  [place, ...names.split('|')].forEach((name, rank) => {
    const key = plain(name);
    if (!meanings.has(key)) meanings.set(key, { place, rank, write });
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
for (const [id, names] of Object.entries(TRIM_COLUMNS)) {
  define(id, names, ({ trims }, cell, context) => {
    trims.push({ id, quantity: asWhole(cell, context) });
  });
}

function materialMeaning(key: string, hasPercent: boolean): Meaning | undefined {
  const match = MATERIAL_COLUMN.exec(key);
  if (match === null) return undefined;
  const [, before = '', number = '', behind = ''] = match;
  const word = before + behind;
  const field = word === '' && hasPercent ? 'share' : materialFieldOf.get(word);
  if (field === undefined) return undefined;
  const rank = Number(number);
  const [, read] = MATERIAL_FIELDS[field];
  return {
    place: `material${rank}${field}`,
    rank: 0,
    write: ({ materials }, cell, context) => {
      const entry = materials.get(rank) ?? {};
      entry[field] = field === 'share' ? readShare(cell, context) : read(cell, context);
      materials.set(rank, entry);
    },
  };
}

/** Units at the end of a column's name, also behind "en" or "in". */
const UNITS =
  /[\s_]+(?:(?:en|in)\s+)?(?:kg|kilogram(?:me)?s?|grammes?|grams?|gr?|mg|€|eur(?:os?)?|g\/m[2²]|nm|ttc|%)$/i;

function meaningOf(column: string): Meaning | undefined {
  const hasPercent = column.includes('%');
  const bare = column.replace(/\([^)]*\)|\[[^\]]*\]/g, ' ').trim();
  for (const name of [column, bare, bare.replace(UNITS, '')]) {
    const key = plain(name);
    const meaning = meanings.get(key) ?? materialMeaning(key, hasPercent);
    if (meaning !== undefined) return meaning;
  }
  return undefined;
}

function contextOf(column: string, isDecimalComma: boolean): CellContext {
  const unit = column.includes('%') || /pour ?cent|percent/i.test(column) ? '%' : unitOfMass(column);
  return { isDecimalComma, unit };
}

/** A header that does not name the columns of a product. */
export class CsvHeaderError extends UnreadableTextError {
  override readonly name = 'CsvHeaderError';
}

/** What a header says: how to read its rows, and which of its columns say nothing to us. */
export interface CsvHeader {
  /** Columns that are ignored, by their names. Those without a name are not among them: spreadsheets add such. */
  readonly unknownColumns: readonly string[];
  /** Whether a row, or the beginning of one, has as many cells as it may have. */
  readonly hasRoomFor: (cells: readonly Cell[], isWhole: boolean) => boolean;
  /** What is wrong with the cells of a row, whatever they say; undefined when nothing is. */
  readonly faultOf: (cells: readonly Cell[]) => Words | undefined;
  /** Whether cells, those of a whole row or the first ones of it, can be nothing but a product. */
  readonly isProduct: (cells: readonly string[], isWhole: boolean) => boolean;
  /**
   * Turns the cells of a row, in the header's order, into a product.
   *
   * @throws CellError for cells that may mean two things, each named by its column.
   */
  readonly toProduct: (cells: readonly Cell[]) => Product;
}

/** How many fields of a product a row would name if it were the header. */
export const fieldsNamed = (cells: readonly string[]): number =>
  new Set(cells.map((cell) => meaningOf(cell.trim())?.place).filter((place) => place !== undefined)).size;

/**
 * Reads the header of a table of products. When two columns can mean one field, that with the surer name does, and the other
 * is ignored.
 *
 * @param isDecimalComma - whether `1,234` is rather a number with decimals, as in files whose columns are parted by semicolons.
 * @throws CsvHeaderError naming the columns that are missing or stand twice.
 */
export function readCsvHeader(header: readonly string[], isDecimalComma: boolean): CsvHeader {
  const columns = header.map((column) => column.trim());
  const meant = columns.map(meaningOf);
  const best = new Map<string, number>();
  for (const meaning of meant) {
    if (meaning) best.set(meaning.place, Math.min(meaning.rank, best.get(meaning.place) ?? Number.POSITIVE_INFINITY));
  }
  const used = meant.map((meaning) => (meaning && best.get(meaning.place) === meaning.rank ? meaning : undefined));
  const places = used.map((meaning, index) => meaning?.place ?? (columns[index] as string).toLowerCase());
  const repeated = columns.filter((name, index) => name !== '' && places.indexOf(places[index] as string) !== index);
  if (repeated.length > 0) {
    const names = repeated.join(', ');
    throw new CsvHeaderError({ fr: `colonnes répétées : ${names}`, en: `repeated columns: ${names}` });
  }
  const hasMaterials = places.includes('materials') || places.some((place) => /^material\d+id$/.test(place));
  const missing = [
    ...['product', 'mass'].filter((name) => !places.includes(name)),
    ...(hasMaterials ? [] : ['material1']),
  ];
  if (missing.length === 3) {
    throw new CsvHeaderError({
      fr: 'ce ne sont pas des produits : attendu du JSON ({ ou [), ou une table dont une première ligne nomme les colonnes product, mass et material1 (ou Catégorie, Masse et Matière 1)',
      en: 'these are no products: expected JSON ({ or [), or a table whose first line names the columns product, mass and material1 (or Category, Weight and Material 1)',
    });
  }
  if (missing.length > 0) {
    throw new CsvHeaderError({
      fr: `colonnes absentes : ${missing.join(', ')} (la première ligne donne le nom des colonnes)`,
      en: `missing columns: ${missing.join(', ')} (the first line names the columns)`,
    });
  }

  const contexts = columns.map((column) => contextOf(column, isDecimalComma));
  const [productAt, massAt] = [places.indexOf('product'), places.indexOf('mass')];
  const namedColumns = columns.findLastIndex((name) => name !== '') + 1;
  const hasRoomFor: CsvHeader['hasRoomFor'] = ({ length }, isWhole) =>
    isWhole ? length === columns.length : length < columns.length;
  const isMass = (cell: string) => {
    try {
      return typeof asMass(cell, contexts[massAt] as CellContext) === 'number';
    } catch {
      return true;
    }
  };
  return {
    hasRoomFor,
    unknownColumns: columns.filter((name, index) => name !== '' && used[index] === undefined),
    faultOf(cells) {
      if (!hasRoomFor(cells, true)) {
        return {
          fr: `${columns.length} cellules attendues, comme dans l’en-tête ; ${cells.length} reçues`,
          en: `expected ${columns.length} cells, as in the header; received ${cells.length}`,
        };
      }
      const beyond = cells.findIndex((cell, index) => index >= namedColumns && String(cell).trim() !== '');
      if (beyond === -1) return undefined;
      return {
        fr: `la cellule ${beyond + 1} n’a pas de nom dans l’en-tête`,
        en: `cell ${beyond + 1} has no name in the header`,
      };
    },
    isProduct(cells, isWhole) {
      const [product, mass] = [cells[productAt]?.trim() ?? '', cells[massAt]?.trim() ?? ''];
      return hasRoomFor(cells, isWhole) && isProductName(product) && isMass(mass);
    },
    toProduct(cells) {
      const draft: ProductDraft = { fields: {}, printing: {}, trims: [], materials: new Map() };
      const faults: { column: string; words: Words }[] = [];
      const tryCell = (column: string, work: () => void) => {
        try {
          work();
        } catch (error) {
          if (!(error instanceof CellError)) throw error;
          faults.push({ column, words: error.words });
        }
      };
      for (const [index, meaning] of used.entries()) {
        const given = cells[index];
        const cell = String(given ?? '').trim();
        if (meaning === undefined || cell === '') continue;
        const context = contexts[index] as CellContext;
        const typed = typeof given === 'number' ? { ...context, number: given } : context;
        tryCell(columns[index] as string, () => meaning.write(draft, cell, typed));
      }
      const product = draft.fields;
      if (Object.keys(draft.printing).length > 0) product.printing = draft.printing;
      if (draft.trims.length > 0) product.trims = draft.trims.filter(({ quantity }) => quantity !== 0);
      tryCell('share', () => {
        const materials = materialsOf(draft.materials);
        if (materials.length > 0) product.materials = materials;
      });
      if (faults.length === 0) return product;
      const sentence = (language: keyof Words, colon: string) =>
        faults.map(({ column, words }) => `${column}${colon} ${words[language]}`).join(' ; ');
      throw new CellError({ fr: sentence('fr', ' :'), en: sentence('en', ':') });
    },
  };
}

/** A word, or words that name a type of garment. */
const isProductName = (cell: string): boolean => /^\S+$/.test(cell) || idsOf('product', cell).length > 0;

function materialsOf(byNumber: ReadonlyMap<number, Partial<Material>>): unknown[] {
  const entries = [...byNumber].sort(([a], [b]) => a - b).map(([, entry]) => entry);
  const shares = asShares(entries.map(({ share }) => share as Share | string | undefined));
  return entries.map((entry, index) => ('share' in entry ? { ...entry, share: shares[index] } : entry));
}
