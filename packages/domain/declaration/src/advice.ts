import type { TextileQuery, Words } from '@ecobalyse/schema';
import { type Assumptions, assumptionsOf, simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
import type { CheckedRow } from './check.js';
import { headerOfKey, LEGACY_TRIM_KEY } from './columns.js';
import { FIELDS } from './fields.js';
import { meantNumber } from './meant.js';
import { type ReadRow, readNumber } from './read-row.js';
import type { DeclarationTable, TableRow } from './read-table.js';
import { queryAsGiven, queryAsPortal, scoreAsPortal } from './score.js';
import { simplify } from './simplify.js';

/** A cell that the portal reads as another number than its author means. */
export interface Misreading {
  readonly key: string;
  readonly text: string;
  readonly readAs: number;
  /** Undefined when the text means no number. */
  readonly meant: number | undefined;
}

const NUMBER_KEYS = [
  'score',
  ...FIELDS.filter(({ kind }) => kind !== 'boolean' && !('word' in kind)).map(({ header }) => simplify(header)),
];
const isNumberKey = (key: string) => NUMBER_KEYS.includes(key) || /pourcentage$|quantite|^quantitede/.test(key);

/** Cells of a row that the portal misreads: hyphens and blanks vanish there, and reading ends at the first odd character. */
export const misreadings = ({ cells }: TableRow): Misreading[] =>
  Object.entries(cells).flatMap(([key, text]): Misreading[] => {
    if (!text || !isNumberKey(key)) return [];
    const readAs = readNumber(text.replace('%', ''));
    const meant = meantNumber(text);
    return typeof readAs !== 'number' || readAs === meant ? [] : [{ key, text, readAs, meant }];
  });

/** What of a file's header the portal does not take as it is written. */
export function headerWarnings({ headers, keys }: DeclarationTable): Words[] {
  const brackets = (header: string) => /\(.*?\)/.exec(header)?.[0];
  const units = headers.flatMap((header, index): Words[] => {
    const ours = headerOfKey(keys[index] as string);
    const unit = brackets(header);
    if (unit === undefined || brackets(ours) === undefined || unit === brackets(ours)) return [];
    return [
      {
        fr: `« ${header} » est lu comme « ${ours} » : le portail ignore ce qui est entre parenthèses`,
        en: `"${header}" is read as "${ours}": the portal ignores what stands in brackets`,
      },
    ];
  });
  const twice = [...new Set(keys.filter((key, index) => key !== '' && keys.indexOf(key) !== index))].map(
    (key): Words => ({
      fr: `« ${headerOfKey(key)} » est là deux fois : seule la dernière colonne compte, même vide`,
      en: `"${headerOfKey(key)}" stands twice: only the last column counts, even a blank one`,
    }),
  );
  const legacy: Words = {
    fr: "« Accessoire 1 » vient d'un ancien modèle : les quatre colonnes de quantités sont ignorées, et sans accessoire il n'y en a aucun par défaut ; retirez cette colonne",
    en: '"Accessoire 1" is of an old template: the four columns of quantities are ignored, and no default trims are put where none is named; remove the column',
  };
  return [...units, ...twice, ...(keys.includes(LEGACY_TRIM_KEY) ? [legacy] : [])];
}

/** What scoring one way or the other gives, in Pts, or the field for which there is no score. */
type Scored = { readonly ecs: number } | { readonly refusedField: string };

/** The cost of a row as the portal computes it, beside that of what the row says. */
export interface ScoreComparison {
  readonly asPortal: Scored;
  /** With the numbers that are meant, prices above 1,000 € and quantities of 0 as they are: the method refuses these. */
  readonly asGiven: Scored;
  /** Points that the portal's way adds; undefined when one of them gives no score. */
  readonly difference: number | undefined;
  /** What the portal assumes where the row says nothing. */
  readonly assumed: Assumptions;
}

/** The row with the numbers that its author means. A cell that means none stays as the portal reads it. */
function asMeant(read: ReadRow, wrong: readonly Misreading[]): ReadRow {
  const values = { ...read.values };
  for (const { key, readAs, meant } of wrong) {
    const field = FIELDS.find(({ header }) => simplify(header) === key);
    const value = field && values[field.name];
    // What scales the number as read scales the number as meant.
    if (field && typeof value === 'number' && meant !== undefined) values[field.name] = (value / readAs) * meant;
  }
  return { ...read, values };
}

function scoreQuery(query: Partial<TextileQuery>): Scored {
  try {
    return { ecs: simulateTotals(query).ecs };
  } catch (error) {
    if (!(error instanceof TextileQueryError)) throw error;
    const [[field = 'general', message = ''] = []] = Object.entries(error.errors);
    // A query that cannot be read is told by the field with which the message begins.
    return { refusedField: field === 'decoding' ? (/^\w+/.exec(message)?.[0] ?? 'general') : field };
  }
}

/**
 * Scores an accepted row in both ways.
 *
 * @param wrong - what the portal misreads in it ({@link misreadings}).
 */
export function compareScores({ read }: CheckedRow, wrong: readonly Misreading[]): ScoreComparison {
  const portalQuery = queryAsPortal(queryAsGiven(read));
  const asPortal = scoreAsPortal(portalQuery);
  const asGiven = scoreQuery(queryAsGiven(asMeant(read, wrong)));
  return {
    asPortal: 'ecs' in asPortal ? { ecs: asPortal.ecs } : asPortal,
    asGiven,
    difference: 'ecs' in asPortal && 'ecs' in asGiven ? asPortal.ecs - asGiven.ecs : undefined,
    assumed: 'ecs' in asPortal ? assumptionsOf(portalQuery) : {},
  };
}
