import { STAGE_CODES } from '@ecobalyse/schema';
import { type Fields, fieldsOf } from './fields.js';
import { stagesOf } from './stages.js';

/** A field in which two answers to one query are not the same. */
export interface AnswerDifference {
  /** Its path; a stage by its code, such as `lifeCycle.making.impacts.ecs`. */
  field: string;
  ours: unknown;
  theirs: unknown;
}

/** Numbers are the same within this, relative to the greater of 1 and ours. */
const TOLERANCE = 1e-9;

const SCORES = ['impacts.ecs', 'impacts.pef'];
const WAYS = ['air', 'road', 'sea'];
const COMPLEMENTS = ['microfibers', 'outOfEuropeEOL'];
const OF_STAGE = [
  ...['enabled', 'inputMass', 'outputMass', 'elecKWh', 'heatMJ'],
  ...[...SCORES, ...WAYS.map((way) => `transport.${way}`), ...SCORES.map((score) => `transport.${score}`)],
];
const OF_ANSWER = [
  ...['durability', 'daysOfWear', 'useNbCycles'],
  ...[...SCORES, 'impactsWithoutDurability.ecs', 'trimsImpacts.ecs', 'trimsImpacts.pef'],
  ...COMPLEMENTS.map((name) => `complementsImpacts.${name}`),
  ...WAYS.map((way) => `transport.${way}`),
];

const valueAt = (value: unknown, path: string) =>
  path.split('.').reduce<unknown>((inner, name) => fieldsOf(inner)[name], value);

function isSame(ours: unknown, theirs: unknown): boolean {
  if (typeof ours !== 'number' || typeof theirs !== 'number') return ours === theirs;
  return Math.abs(ours - theirs) <= TOLERANCE * Math.max(1, Math.abs(ours));
}

/**
 * Where an answer of another server differs from ours to the same query: what the cost is made of, stage by stage. Indicators
 * without a public figure are not looked at; stages that do not count may be left out.
 *
 * @param options - `isOtherVersion`: whether theirs is by another version of the method, which may have `pef` no more.
 */
export function compareAnswers(
  ours: Fields,
  theirs: Fields,
  { isOtherVersion = false }: { isOtherVersion?: boolean } = {},
): AnswerDifference[] {
  const found: AnswerDifference[] = [];
  const hasPef = !isOtherVersion || valueAt(theirs, 'impacts.pef') !== undefined;
  const compare = (one: unknown, other: unknown, paths: readonly string[], prefix = '') => {
    for (const path of paths) {
      if (!hasPef && path.endsWith('.pef')) continue;
      const [value, told] = [valueAt(one, path), valueAt(other, path)];
      if (!isSame(value, told)) found.push({ field: prefix + path, ours: value, theirs: told });
    }
  };
  compare(ours, theirs, OF_ANSWER);
  const [stages, told] = [stagesOf(ours.lifeCycle), stagesOf(theirs.lifeCycle)];
  if (!stages || !told) {
    const labels = (lifeCycle: unknown) =>
      Array.isArray(lifeCycle) ? lifeCycle.map((stage) => fieldsOf(stage).label) : lifeCycle;
    return [...found, { field: 'lifeCycle', ours: labels(ours.lifeCycle), theirs: labels(theirs.lifeCycle) }];
  }
  for (const [index, code] of STAGE_CODES.entries()) {
    const [stage, other] = [fieldsOf(stages[index]), fieldsOf(told[index])];
    const isLeftOut = other.impacts === undefined && stage.enabled === false;
    compare(stage, other, isLeftOut ? ['enabled'] : OF_STAGE, `lifeCycle.${code}.`);
  }
  return found;
}
