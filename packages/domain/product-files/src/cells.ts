import { parseJson } from './json-text.js';
import { idsOf, type Named, regionOfCountry } from './names.js';
import { UnreadableTextError } from './product-text.js';

/**
 * Cells of a table as people write them. A cell that means nothing to us is passed on as it is, so that the method refuses it
 * with its own message; one that may mean two things is refused here, by what it may mean.
 */

/** A cell that may mean two things, or what the method has no word for. */
export class CellError extends UnreadableTextError {
  override readonly name = 'CellError';
}

const refuse = (fr: string, en: string): never => {
  throw new CellError({ fr, en });
};

/** How the file that a cell is from writes numbers, and what its column says of them. */
export interface CellContext {
  /** Whether `0,17` and not `0.17` is how the file writes a number, as far as one can tell. */
  readonly isDecimalComma: boolean;
  /** The unit that the column's name tells, in small letters. */
  readonly unit?: string | undefined;
  /** The number that the cell of a workbook holds. */
  readonly number?: number;
  /** The id of what a cell names, by its author's word. */
  readonly idOf?: (named: Named, cell: string) => string | undefined;
  /** Told a word that names nothing we know. */
  readonly onUnknown?: (named: Named, word: string) => void;
}

export type CellReader = (cell: string, context: CellContext) => unknown;

export const asText: CellReader = (cell) => cell;

/** What a number looks like in a table: `Number` also reads `0x10`, `0b1` and `Infinity`. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Whether a text is a number as tables write it. */
export const isNumberText = (text: string): boolean => NUMBER.test(text) && Number.isFinite(Number(text));

/** Groups of three digits parted by blanks (also the narrow and the fixed one), apostrophes, or the mark that is not the decimal one. */
const GROUPED = /^([+-]?\d{1,3})((?:[\s\u00a0\u202f'’]\d{3})+)(?=[.,]|$)/;
/** One mark and three digits behind it: the decimals of one, or thousands. */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;
const MANY_GROUPS = /^[+-]?\d{1,3}([.,])\d{3}(\1\d{3})+$/;
const BOTH_MARKS = /^[+-]?\d{1,3}(?:\.\d{3})*,\d+$|^[+-]?\d{1,3}(?:,\d{3})*\.\d+$/;

/** What one mark and three digits are in a column. */
type Thousands = 'decimals' | 'thousands' | 'ambiguous';

function numberOf(cell: string, { isDecimalComma, number }: CellContext, thousands: Thousands): number | undefined {
  if (number !== undefined) return number;
  const text = cell.replace(GROUPED, (_, first: string, more: string) => first + more.replace(/\D/g, ''));
  if (MANY_GROUPS.test(text)) return Number(text.replace(/[.,]/g, ''));
  if (text.includes(',') && text.includes('.')) {
    if (!BOTH_MARKS.test(text)) return undefined;
    return Number(
      text.lastIndexOf(',') > text.lastIndexOf('.')
        ? text.replaceAll('.', '').replace(',', '.')
        : text.replaceAll(',', ''),
    );
  }
  if (AMBIGUOUS.test(text)) {
    if (thousands === 'thousands') return Number(text.replace(/[.,]/, ''));
    const isUsual = isDecimalComma === text.includes(',');
    if (thousands === 'ambiguous' && !isUsual) {
      const [one, other] = [text.replace(',', '.'), text.replace(/[.,]/, '')];
      refuse(
        `« ${cell} » peut être ${one} ou ${other} : écrivez-le sans séparateur`,
        `"${cell}" may be ${one} or ${other}: write it without a separator`,
      );
    }
  }
  const point = text.replace(',', '.');
  return isNumberText(point) ? Number(point) : undefined;
}

/**
 * Characters of a number or a share with its unit at most, and of one material with its percentage: what is longer is none. How
 * these expressions search takes the square of a text's length: minutes for the longest cell, while nobody else is answered.
 */
const MOST_CHARACTERS = 100;
const MOST_OF_MATERIAL = 300;
const MOST_OF_COMPOSITION = 10_000;

const ofShort =
  (read: CellReader): CellReader =>
  (cell, context) =>
    cell.length > MOST_CHARACTERS ? cell : read(cell, context);

const CURRENCY = /\s*(?:€|eur(?:os?)?|ttc)\s*/gi;

export const asNumber = ofShort((cell, context) => numberOf(cell, context, 'decimals') ?? cell);
export const asWhole = ofShort((cell, context) => numberOf(cell, context, 'thousands') ?? cell);
export const asPrice = ofShort(
  (cell, context) => numberOf(cell.replace(CURRENCY, ' ').trim(), context, 'ambiguous') ?? cell,
);

/** How many kilograms a unit of mass is. */
const KILOGRAMS: Readonly<Record<string, number>> = {
  kg: 1,
  kilo: 1,
  kilogramme: 1,
  kilogram: 1,
  g: 0.001,
  gr: 0.001,
  gramme: 0.001,
  gram: 0.001,
  mg: 0.000001,
};
const UNIT_OF_MASS = /\s*(kg|kilogram(?:me)?|kilo|gramme|gram|gr|mg|g)s?\.?$/i;

/** The unit of mass that a column's name tells, if it tells one: `Poids (g)`, `mass_kg`, `Masse en grammes`. */
export const unitOfMass = (name: string): string | undefined =>
  /(?:^|[^a-z])(kg|kilogram(?:me)?|kilo|gramme|gram|gr|mg|g)s?(?=$|[^a-z])/i.exec(name)?.[1]?.toLowerCase();

/** A mass in kg. */
export const asMass = ofShort((cell, context) => {
  const own = UNIT_OF_MASS.exec(cell);
  const unit = own?.[1]?.toLowerCase() ?? context.unit ?? 'kg';
  const factor = KILOGRAMS[unit] as number;
  const number = numberOf(
    own === null ? cell : cell.slice(0, own.index),
    context,
    factor === 1 ? 'decimals' : 'ambiguous',
  );
  if (number === undefined) return cell;
  // 170 g are 0.17 kg, and not 0.17000000000000004.
  return factor === 1 ? number : Number((number * factor).toPrecision(15));
});

/** A number of percent, or a share, as it stands: which of them it is, its sign tells, or the cells beside it. */
export interface Share {
  readonly value: number;
  readonly isPercent: boolean;
  /** Whether its own sign tells so, rather than the column. */
  readonly isSigned: boolean;
}

/** What stands for the sign of percent. */
const PERCENT_WORD = /\s?(?:pour ?cents?|per ?cent|pct)(?![\p{L}\p{N}])\.?/giu;
/** A text in which every percentage has the one sign, also those of fonts from elsewhere, and blanks stand alone: expressions over runs of them take long. */
const withPercentSigns = (cell: string): string =>
  cell
    .normalize('NFKC')
    .replace(/\s+/g, (run) => (/[\n\r]/.test(run) ? '\n' : ' '))
    .replace(PERCENT_WORD, '%');

/** A share before it is known whether it is one of 1 or of 100; a text that is none is passed on. */
export function readShare(cell: string, context: CellContext): Share | string {
  if (cell.length > MOST_CHARACTERS) return cell;
  const match = /^(.*?)\s*%$/.exec(withPercentSigns(cell));
  const value = numberOf((match?.[1] ?? cell).trim(), context, 'decimals');
  const isSigned = match !== null;
  return value === undefined ? cell : { value, isPercent: isSigned || context.unit === '%', isSigned };
}

/** Percent as a share of 1, without digits that the text does not have: 0.07 and not 0.07000000000000001. */
export const ofHundred = (percent: number): number => Number((percent / 100).toPrecision(15));

/** A share of 1: of its own sign, else what can be no share of 1 is percent. */
export const asRatio: CellReader = (cell, context) => {
  const share = readShare(cell, context);
  if (typeof share === 'string') return share;
  const { value, isPercent, isSigned } = share;
  // Numbers of a workbook below a header of percent may be fractions that have lost their format, as the portal takes them.
  const isLost = isPercent && !isSigned && context.number !== undefined && value > 0 && value <= 1;
  if (isLost || (!isPercent && value > 1 && value < 2)) {
    refuse(
      `« ${cell} » peut être une part ou un pourcentage : ajoutez %`,
      `"${cell}" may be a share or a percentage: add %`,
    );
  }
  if (isPercent) return ofHundred(value);
  return value >= 2 ? ofHundred(value) : value;
};

/** How far shares without a sign may be from 100 together, and still be percent. */
const NEARLY_ALL = 10;

/**
 * The shares of one product's materials, as shares of 1. Those without a sign are percent when they add up to nearly 100, and none,
 * whatever their column says, when they add up to nearly 1; others that can be no shares of 1 are left to the method to refuse.
 *
 * @throws CellError when some are of 1 and others of 100.
 */
export function asShares(shares: readonly (Share | string | undefined)[]): unknown[] {
  const read = shares.filter((share) => typeof share === 'object');
  const sum = read.reduce((sum, { value }) => sum + value, 0);
  if (read.every(({ isSigned }) => !isSigned) && Math.abs(sum - 1) <= NEARLY_ALL / 100)
    return shares.map((share) => (typeof share === 'object' ? share.value : share));
  const unsigned = read.filter(({ isPercent }) => !isPercent).map(({ value }) => value);
  if (unsigned.length < read.length && unsigned.length > 0) {
    refuse(
      'des parts avec % et d’autres sans : écrivez-les toutes de la même façon',
      'some shares have a % and others none: write all in one way',
    );
  }
  const isOfHundred = Math.abs(unsigned.reduce((sum, value) => sum + value, 0) - 100) <= NEARLY_ALL;
  if (!isOfHundred && unsigned.some((value) => value > 1) && unsigned.some((value) => value > 0 && value < 1)) {
    refuse(
      'des parts de 1 et d’autres de 100 : écrivez-les toutes de la même façon',
      'some shares are of 1 and others of 100: write all in one way',
    );
  }
  return shares.map((share) => {
    if (typeof share !== 'object') return share;
    return share.isPercent || isOfHundred ? ofHundred(share.value) : share.value;
  });
}

const known = (named: Named, cell: string, { idOf, onUnknown }: CellContext): string | undefined => {
  const told = idOf?.(named, cell);
  if (told !== undefined) return told;
  const ids = idsOf(named, cell);
  if (ids.length > 1) {
    onUnknown?.(named, cell);
    const [fr, en] = [ids.join(' ou '), ids.join(' or ')];
    refuse(`« ${cell} » peut être ${fr} : écrivez lequel`, `"${cell}" may be ${en}: write which one`);
  }
  return ids[0];
};

const passedOn = (named: Named, cell: string, { onUnknown }: CellContext): string => {
  onUnknown?.(named, cell);
  return cell;
};

/** The id of what a cell names. */
export const asId =
  (named: Named): CellReader =>
  (cell, context) =>
    known(named, cell, context) ?? passedOn(named, cell, context);

/** What says of a country that something was made there. */
const MADE_IN = /^(?:(?:made|manufactured) in|(?:fabriqu|confectionn)[ée] (?:en|au|aux|à)|product of)(?= )/i;

/** The code of a country; one that the method counts by its region is refused by naming that. */
export const asCountry: CellReader = (text, context) => {
  const cell = text.replace(MADE_IN, '').trim();
  const code = known('country', cell, context);
  if (code !== undefined) return code;
  const region = regionOfCountry(cell);
  if (region === undefined) return passedOn('country', cell, context);
  context.onUnknown?.('country', cell);
  return refuse(
    `« ${cell} » n’est pas un pays de la méthode, qui compte sa région : écrivez ${region}`,
    `"${cell}" is no country of the method, which counts its region: write ${region}`,
  );
};

export const asBoolean: CellReader = (cell, context) => {
  const id = known('boolean', cell, context);
  return id === undefined ? cell : id === 'true';
};

const partsOf = (cell: string, separators: RegExp): string[] =>
  cell
    .split(separators)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Texts, parted by commas, semicolons or bars, or as JSON. */
export const asList: CellReader = (cell, context) =>
  cell.startsWith('[') ? asJson(cell, context) : partsOf(cell, /[|,;\n\r]+/);

/** A barcode number as a spreadsheet shortens it: `3,61E+12`. */
const SHORTENED = /\d[.,]\d+e\+\d+/i;

/** Barcode numbers as texts; one that a spreadsheet has rounded is refused. */
export const asGtins: CellReader = (cell, { number }) => {
  const text = number === undefined ? cell : String(number);
  const [shortened] = SHORTENED.exec(text) ?? [];
  if (shortened !== undefined) {
    refuse(
      `« ${shortened} » a perdu ses chiffres dans un tableur : mettez la colonne au format texte et écrivez-les tous`,
      `"${shortened}" has lost digits in a spreadsheet: format the column as text and write all of them`,
    );
  }
  return partsOf(text, /[|,;\s]+/);
};

/** Stages, parted by blanks or otherwise; a name of several words needs the latter. */
export const asStages: CellReader = (cell, context) =>
  partsOf(cell, /[|,;]+/).flatMap(
    (part) => known('stage', part, context) ?? part.split(/\s+/).map((word) => known('stage', word, context) ?? word),
  );

export const asJson: CellReader = (cell) => {
  try {
    return parseJson(cell);
  } catch {
    return cell;
  }
};

/** What parts a composition: no comma within a number, and a dash between blanks only. */
const PARTS = /[;/+|\n\r]+|(?<!\d),|,(?!\d)|\s[-–]\s/;
/** Where the next percentage begins, when they stand first, and where one has ended, when they stand last. */
const NEXT_PERCENT = /(?<=[^\s.,%]\s|[^\s\d.,%])(?=\d[\d.,]{0,20}\s?%)/;
const LAST_PERCENT = /(?<=%\))|(?<=%)(?!\))/;
const PERCENT_FIRST = /^([\d., ]+)%\s?(?:de |d[’']|of )?([^%]+)$/i;
const PERCENT_LAST = /^([^%]+?)\s?[:=(]?\s?([\d.,]{1,20})\s?%\)?$/;

/** A material with its percentage, which may stand first or last; undefined for another text. */
export function readPart(part: string, context: CellContext): { id: string; percent: number } | undefined {
  if (part.length > MOST_OF_MATERIAL) return undefined;
  const text = withPercentSigns(part);
  const first = PERCENT_FIRST.exec(text);
  const last = first ? null : PERCENT_LAST.exec(text);
  const [percent, name] = first ? [first[1], first[2]] : [last?.[2], last?.[1]];
  const number = numberOf((percent ?? '').trim(), context, 'decimals');
  if (name === undefined || number === undefined) return undefined;
  return { id: asId('material')(name.trim(), context) as string, percent: number };
}

/**
 * The materials that one cell tells: JSON, or percentages and names (`95 % coton, 5 % élasthanne`).
 *
 * @throws CellError when a part has no percentage.
 */
export const asComposition: CellReader = (cell, context) => {
  if (/^[[{]/.test(cell)) return asJson(cell, context);
  if (cell.length > MOST_OF_COMPOSITION) return cell;
  return withPercentSigns(cell)
    .split(PARTS)
    .flatMap((part) => part.split(/^\s*\d/.test(part) ? NEXT_PERCENT : LAST_PERCENT))
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const read = readPart(part, context);
      if (read !== undefined) return { id: read.id, share: ofHundred(read.percent) };
      return refuse(
        `« ${part} » : attendu un pourcentage et une matière, comme « 95 % coton, 5 % élasthanne »`,
        `"${part}": expected a percentage and a material, as in "95% cotton, 5% elastane"`,
      );
    });
};
