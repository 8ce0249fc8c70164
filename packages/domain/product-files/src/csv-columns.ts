import type { Words } from '@ecobalyse/schema';
import { parseJson } from './json-text.js';
import { UnreadableTextError } from './product-text.js';

/**
 * The columns of a CSV file of products. A cell that is empty is a field that is absent; a cell that does not have the
 * form expected of its column is passed on as text, so that the method refuses it with its own message.
 */

type CellReader = (cell: string, isDecimalComma: boolean) => unknown;

const asText: CellReader = (cell) => cell;

/** What a number looks like in a table: `Number` also reads `0x10`, `0b1` and `Infinity`. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Whether a text is a number as tables write it. */
export const isNumberText = (text: string): boolean => NUMBER.test(text) && Number.isFinite(Number(text));

const asNumber: CellReader = (cell, isDecimalComma) => {
  const text = isDecimalComma ? cell.replace(',', '.') : cell;
  return isNumberText(text) ? Number(text) : cell;
};

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['oui', true],
  ['1', true],
  ['false', false],
  ['non', false],
  ['0', false],
]);

const asBoolean: CellReader = (cell) => BOOLEANS.get(cell.toLowerCase()) ?? cell;

const asList: CellReader = (cell) => cell.split(/[\s|]+/);

const asJson: CellReader = (cell) => {
  try {
    return parseJson(cell);
  } catch {
    return cell;
  }
};

/** Columns that hold one field of the product each, under the field's own name. */
const FIELD_COLUMNS: Readonly<Record<string, CellReader>> = {
  reference: asText,
  product: asText,
  mass: asNumber,
  airTransportRatio: asNumber,
  business: asText,
  countrySpinning: asText,
  countryFabric: asText,
  countryDyeing: asText,
  countryMaking: asText,
  disabledSteps: asList,
  dyeingProcessType: asText,
  fabricProcess: asText,
  fading: asBoolean,
  makingComplexity: asText,
  makingDeadStock: asNumber,
  makingWaste: asNumber,
  materials: asJson,
  numberOfReferences: asNumber,
  physicalDurability: asNumber,
  price: asNumber,
  surfaceMass: asNumber,
  trims: asJson,
  upcycled: asBoolean,
  yarnSize: asNumber,
};

/** Columns of the printing. */
const PRINTING_COLUMNS: Readonly<Record<string, readonly [field: string, read: CellReader]>> = {
  printingKind: ['kind', asText],
  printingRatio: ['ratio', asNumber],
};

/** Columns of the n-th material: `material1`, `material1Share`, `material1Country`, `material1Spinning`, `material2`… */
const MATERIAL_COLUMN = /^material([1-9]\d?)(Share|Country|Spinning)?$/i;

const MATERIAL_FIELDS: Readonly<Record<string, readonly [field: string, read: CellReader]>> = {
  '': ['id', asText],
  share: ['share', asNumber],
  country: ['country', asText],
  spinning: ['spinning', asText],
};

type Product = Record<string, unknown>;
type CellWriter = (product: ProductDraft, cell: string, isDecimalComma: boolean) => void;

interface ProductDraft {
  fields: Product;
  printing: Product;
  /** By the number in the column's name. */
  materials: Map<number, Product>;
}

function withLowerCaseKeys<T>(table: Readonly<Record<string, T>>): ReadonlyMap<string, readonly [name: string, T]> {
  return new Map(Object.entries(table).map(([name, value]) => [name.toLowerCase(), [name, value]]));
}

const fieldColumns = withLowerCaseKeys(FIELD_COLUMNS);
const printingColumns = withLowerCaseKeys(PRINTING_COLUMNS);

/** How the cells of a column enter the product; `undefined` for a column that is not one of ours. */
function cellWriter(column: string): CellWriter | undefined {
  const key = column.toLowerCase();
  const field = fieldColumns.get(key);
  if (field !== undefined) {
    const [name, read] = field;
    return ({ fields }, cell, isDecimalComma) => {
      fields[name] = read(cell, isDecimalComma);
    };
  }
  const ofPrinting = printingColumns.get(key);
  if (ofPrinting !== undefined) {
    const [name, read] = ofPrinting[1];
    return ({ printing }, cell, isDecimalComma) => {
      printing[name] = read(cell, isDecimalComma);
    };
  }
  const match = MATERIAL_COLUMN.exec(column);
  if (match === null) return undefined;
  const rank = Number(match[1]);
  const [name, read] = MATERIAL_FIELDS[(match[2] ?? '').toLowerCase()] as readonly [string, CellReader];
  return ({ materials }, cell, isDecimalComma) => {
    const entry = materials.get(rank) ?? {};
    entry[name] = read(cell, isDecimalComma);
    materials.set(rank, entry);
  };
}

/** A header that does not name the columns of a product. */
export class CsvHeaderError extends UnreadableTextError {
  override readonly name = 'CsvHeaderError';
}

/** What the header of a CSV file says: how to read its rows, and which of its columns say nothing to us. */
export interface CsvHeader {
  /** Columns that are ignored, by their names. Those without a name are not among them: spreadsheets add such. */
  readonly unknownColumns: readonly string[];
  /** Whether a row, or the beginning of one, has as many cells as it may have. */
  readonly hasRoomFor: (cells: readonly string[], isWhole: boolean) => boolean;
  /** What is wrong with the cells of a row, whatever they say; undefined when nothing is. */
  readonly faultOf: (cells: readonly string[]) => Words | undefined;
  /** Whether cells, those of a whole row or the first ones of it, can be nothing but a product. */
  readonly isProduct: (cells: readonly string[], isWhole: boolean) => boolean;
  /** Turns the cells of a row, in the header's order, into a product. */
  readonly toProduct: (cells: readonly string[]) => Product;
}

/**
 * Reads the header of a CSV file of products.
 *
 * @param isDecimalComma - whether `0,17` is a number, as in files whose columns are parted by semicolons.
 * @throws CsvHeaderError naming the columns that are missing or stand twice.
 */
export function readCsvHeader(header: readonly string[], isDecimalComma: boolean): CsvHeader {
  const columns = header.map((column) => column.trim());
  const names = columns.map((column) => column.toLowerCase());
  const repeated = columns.filter((name, index) => name !== '' && names.indexOf(names[index] as string) !== index);
  if (repeated.length > 0) {
    const names = repeated.join(', ');
    throw new CsvHeaderError({ fr: `colonnes répétées : ${names}`, en: `repeated columns: ${names}` });
  }
  const hasMaterials = names.includes('materials') || names.some((name) => /^material\d+$/.test(name));
  const missing = [
    ...['product', 'mass'].filter((name) => !names.includes(name)),
    ...(hasMaterials ? [] : ['material1']),
  ];
  if (missing.length === 3) {
    throw new CsvHeaderError({
      fr: 'ce ne sont pas des produits : attendu du JSON ({ ou [), ou du CSV dont la première ligne nomme les colonnes product, mass et material1',
      en: 'these are no products: expected JSON ({ or [), or CSV whose first line names the columns product, mass and material1',
    });
  }
  if (missing.length > 0) {
    throw new CsvHeaderError({
      fr: `colonnes absentes : ${missing.join(', ')} (la première ligne donne le nom des colonnes)`,
      en: `missing columns: ${missing.join(', ')} (the first line names the columns)`,
    });
  }

  const writers = columns.map(cellWriter);
  const [productAt, massAt] = [names.indexOf('product'), names.indexOf('mass')];
  const namedColumns = names.findLastIndex((name) => name !== '') + 1;
  const hasRoomFor: CsvHeader['hasRoomFor'] = ({ length }, isWhole) =>
    isWhole ? length === columns.length : length < columns.length;
  return {
    hasRoomFor,
    unknownColumns: columns.filter((name, index) => name !== '' && writers[index] === undefined),
    faultOf(cells) {
      if (!hasRoomFor(cells, true)) {
        return {
          fr: `${columns.length} cellules attendues, comme dans l’en-tête ; ${cells.length} reçues`,
          en: `expected ${columns.length} cells, as in the header; received ${cells.length}`,
        };
      }
      const beyond = cells.findIndex((cell, index) => index >= namedColumns && cell.trim() !== '');
      if (beyond === -1) return undefined;
      return {
        fr: `la cellule ${beyond + 1} n’a pas de nom dans l’en-tête`,
        en: `cell ${beyond + 1} has no name in the header`,
      };
    },
    isProduct(cells, isWhole) {
      const [product, mass] = [cells[productAt]?.trim() ?? '', cells[massAt]?.trim() ?? ''];
      return hasRoomFor(cells, isWhole) && /^\S+$/.test(product) && typeof asNumber(mass, isDecimalComma) === 'number';
    },
    toProduct(cells) {
      const draft: ProductDraft = { fields: {}, printing: {}, materials: new Map() };
      for (const [index, write] of writers.entries()) {
        const cell = cells[index]?.trim();
        if (cell !== undefined && cell !== '') write?.(draft, cell, isDecimalComma);
      }
      const product = draft.fields;
      if (Object.keys(draft.printing).length > 0) product.printing = draft.printing;
      if (draft.materials.size > 0) {
        product.materials = [...draft.materials].sort(([a], [b]) => a - b).map(([, entry]) => entry);
      }
      return product;
    },
  };
}
