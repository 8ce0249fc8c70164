import { FIELDS } from './fields.js';
import { GTIN_LENGTHS, hasCheckDigit, hasGtinLength } from './gtin.js';
import { brandRights, type Organisation } from './organisation.js';
import { type Read, type ReadRow, readRow } from './read-row.js';
import type { DeclarationTable } from './read-table.js';
import { queryAsGiven, queryAsPortal, scoreAsPortal } from './score.js';
import { COUNTRIES, MATERIALS, TRIMS } from './vocabulary.js';

/** At which of its steps the portal refuses a row. The first three stop before anything else is looked at. */
export type Stage = 'duplicate' | 'history' | 'brand' | 'validation' | 'gtins' | 'score' | 'engine';

/** Why the portal refuses a row. */
export interface RowError {
  readonly stage: Stage;
  /** The field in the portal's names; empty for a rule over several fields. */
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/**
 * What the portal decides about a row. `blocked`: all checks pass, then its engine refuses, and the row waits for ever. `unchanged`:
 * the same was declared before.
 */
export type Verdict = 'accepted' | 'refused' | 'blocked' | 'unchanged';

/** A row with what the portal decides about it. */
export interface CheckedRow {
  readonly read: ReadRow;
  readonly verdict: Verdict;
  readonly errors: readonly RowError[];
  /** The cost that the portal computes, in Pts; null when it comes to none. */
  readonly ecs: number | null;
}

/** Rules of the portal as they were; later ones take 12 digits as well. */
export type PortalRules = 'may-2026' | 'august-2026';

export interface CheckOptions {
  /** Who uploads. Without it every brand is let pass, and barcode numbers are asked for. */
  readonly organisation?: Organisation | undefined;
  readonly rules?: PortalRules;
  /** Rows accepted during the last 90 days, newest last. */
  readonly declared?: readonly ReadRow[];
}

/** A fault of a value. One that `stops` keeps the portal from the rules over several values. */
interface Fault {
  readonly path: RowError['path'];
  readonly reason: string;
  readonly stops: boolean;
}

const fault = (path: RowError['path'], reason: string, stops: boolean): Fault => ({ path, reason, stops });

/** Faults of a number, with the name that reasons have for it. */
function numberFaults(path: Fault['path'], name: string, value: Read, min: number, max = Infinity): Fault[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return [fault(path, `${name}_not_a_number_or_missing`, true)];
  }
  if (value < min) return [fault(path, `${name}_below_minimum`, false)];
  return value > max ? [fault(path, `${name}_above_maximum`, false)] : [];
}

const wordFaults = (path: Fault['path'], name: string, value: Read, labels: readonly string[]): Fault[] =>
  labels.includes(value as string) ? [] : [fault(path, `${name}_not_in_vocabulary`, true)];

function fieldFaults({ name, kind, required }: (typeof FIELDS)[number], value: Read): Fault[] {
  if (value === undefined && !required) return [];
  if (kind === 'boolean') return typeof value === 'boolean' ? [] : [fault([name], `${name}_not_yes_or_no`, true)];
  if ('word' in kind) return wordFaults([name], name, value, kind.word.labels);
  if ('oneOf' in kind) {
    return kind.oneOf.includes(value as number) ? [] : [fault([name], `${name}_not_in_vocabulary`, true)];
  }
  return numberFaults([name], name, value, kind.min ?? -Infinity, kind.max);
}

const SHARE_TOLERANCE = 1e-10;

function materialFaults(materials: ReadRow['materials']): Fault[] {
  const faults = materials.flatMap(({ slug, share, country }, index) => {
    const at = (field: string) => ['materials', index, field];
    return [
      ...wordFaults(at('slug'), 'material_slug', slug, MATERIALS.labels),
      ...numberFaults(at('share'), 'material_share', share, 0, 1),
      ...(country === undefined ? [] : wordFaults(at('country'), 'material_country', country, COUNTRIES.labels)),
    ];
  });
  if (faults.some(({ stops }) => stops)) return faults;
  const sum = materials.reduce((sum, { share }) => sum + Number(share), 0);
  return Math.abs(sum - 1) < SHARE_TOLERANCE ? faults : [...faults, fault(['materials'], 'shares_sum', false)];
}

const trimFaults = (trims: ReadRow['trims']): Fault[] =>
  trims.flatMap(({ slug, quantity }, index) => [
    ...wordFaults(['accessories', index, 'slug'], 'trim_slug', slug, TRIMS.labels),
    ...numberFaults(['accessories', index, 'quantity'], 'trim_quantity', quantity, 0),
  ]);

/** Rules over several values, which the portal looks at when each value is of the right kind. */
const RULES: readonly { readonly reason: string; readonly isBroken: (values: ReadRow['values']) => boolean }[] = [
  {
    reason: 'printing_pair_incomplete',
    isBroken: (values) => (values.impression === undefined) !== (values.impressionPercentage === undefined),
  },
  {
    reason: 'fabric_and_dyeing_required',
    isBroken: ({ upcycled, countryFabric, countryDyeing }) =>
      !upcycled && (countryFabric === undefined || countryDyeing === undefined),
  },
];

function validationFaults({ declaredScore, values, materials, trims }: ReadRow, isAllowed: boolean): Fault[] {
  const faults = [
    ...(declaredScore === null ? [] : numberFaults(['declaredScore'], 'declaredScore', declaredScore, 1)),
    ...FIELDS.flatMap((field) => fieldFaults(field, values[field.name])),
    ...materialFaults(materials),
    ...trimFaults(trims),
    ...(isAllowed ? [] : [fault(['brandId'], 'brandId_not_in_vocabulary', true)]),
  ];
  if (faults.some(({ stops }) => stops)) return faults;
  return [...faults, ...RULES.filter(({ isBroken }) => isBroken(values)).map(({ reason }) => fault([], reason, false))];
}

function gtinFaults(gtins: readonly string[], hasNoGtins: boolean, lengths: readonly number[]): Fault[] {
  if (hasNoGtins) return gtins.some((gtin) => gtin !== '') ? [fault(['gtins'], 'gtin_not_expected', false)] : [];
  return gtins.flatMap((gtin, index) => [
    ...(hasGtinLength(gtin, lengths) ? [] : [fault(['gtins', index], 'gtin_digits', false)]),
    ...(hasCheckDigit(gtin) ? [] : [fault(['gtins', index], 'gtin_check_digit', false)]),
  ]);
}

/** Barcode numbers that stand more than once in a file, be it in one cell. */
function repeatedGtins(rows: readonly ReadRow[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const all = rows.flatMap(({ gtins }) => gtins.filter((gtin) => gtin !== ''));
  return new Set(all.filter((gtin) => seen.size === seen.add(gtin).size));
}

/** What two rows have in common when the portal takes them for one declaration: the order of its lists does not count. */
function contentOf({ reference, brand, declaredScore, values, ...lists }: ReadRow): string {
  const sorted = (list: readonly unknown[]) => list.map((item) => JSON.stringify(item)).sort();
  const { gtins, materials, trims } = lists;
  return JSON.stringify([reference, brand, declaredScore, values, sorted(gtins), sorted(materials), sorted(trims)]);
}

/** How far a declared score may be from the computed one, as a part of that. */
const SCORE_TOLERANCE = 0.01;

const isScoreRight = (declared: number, computed: number) =>
  computed === 0 ? declared === 0 : Math.abs(declared - computed) / Math.abs(computed) <= SCORE_TOLERANCE;

/**
 * Decides about each row of a file as the portal does.
 *
 * @returns the rows in the file's order; errors are in the portal's order.
 */
export function checkDeclarations(
  table: DeclarationTable,
  { organisation, rules = 'may-2026', declared = [] }: CheckOptions = {},
): CheckedRow[] {
  const rights = organisation && brandRights(organisation);
  const rows = table.rows.map((row) => readRow(table, row, rights?.defaultBrand ?? ''));
  const repeated = repeatedGtins(rows);
  const lastByGtin = new Map(declared.flatMap((row) => row.gtins.map((gtin) => [gtin, row] as const)));
  lastByGtin.delete('');

  return rows.map((read): CheckedRow => {
    const { gtins, brand, declaredScore } = read;
    const stopped = (stage: Stage, field: string, reason: string, verdict: Verdict = 'refused', ecs?: number) => ({
      read,
      verdict,
      errors: [{ stage, path: [field], reason }],
      ecs: ecs ?? null,
    });

    if (gtins.some((gtin) => repeated.has(gtin))) return stopped('duplicate', 'gtins', 'gtin_repeated_in_file');
    const before = gtins.flatMap((gtin) => lastByGtin.get(gtin) ?? []);
    if (before.some((row) => contentOf(row) === contentOf(read))) {
      return { read, verdict: 'unchanged', errors: [], ecs: null };
    }
    if (before.length > 0) return stopped('history', 'gtins', 'gtin_declared_under_90_days_ago');
    if (rights?.known.has(brand) === false) return stopped('brand', 'brandId', 'brand_not_authorised');

    const faultsAt = (stage: Stage, faults: readonly Fault[]) =>
      faults.map(({ path, reason }): RowError => ({ stage, path, reason }));
    const errors = [
      ...faultsAt('validation', validationFaults(read, rights?.allowed.has(brand) ?? true)),
      ...faultsAt('gtins', gtinFaults(gtins, rights?.hasNoGtins(brand) ?? false, GTIN_LENGTHS[rules])),
    ];
    if (errors.length > 0) return { read, verdict: 'refused', errors, ecs: null };

    const score = scoreAsPortal(queryAsPortal(queryAsGiven(read)));
    if ('refusedField' in score) return stopped('engine', score.refusedField, 'engine_refused', 'blocked');
    if (declaredScore !== null && !isScoreRight(declaredScore, score.ecs)) {
      const reason = 'declared_score_off_by_more_than_1_percent';
      return stopped('score', 'declaredScore', reason, 'refused', score.ecs);
    }
    return { read, verdict: 'accepted', errors: [], ecs: score.ecs };
  });
}
