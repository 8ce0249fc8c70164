import { plainWord, STAGE_CODES, type StageCode } from '@ecobalyse/schema';
import { type Fields, fieldsOf, textOf } from './fields.js';

/** What the label of a stage holds in every version of the official API, without accents and blanks. */
const LABELS: Readonly<Record<StageCode, string>> = {
  material: 'matiere',
  spinning: 'filature',
  fabric: 'tissage',
  ennobling: 'ennoblissement',
  making: 'confection',
  distribution: 'distribution',
  use: 'utilisation',
  eol: 'findevie',
};

const LEFT_OUT: Fields = { enabled: false };

/**
 * The stages of an answer, in the order of the method: where all eight are there, by their places. Newer answers leave out
 * those that do not count: then they are known by their labels, and what is left out is as if disabled.
 *
 * @returns null for what cannot be read so.
 */
export function stagesOf(lifeCycle: unknown): readonly Fields[] | null {
  if (!Array.isArray(lifeCycle) || lifeCycle.length === 0) return null;
  if (lifeCycle.length === STAGE_CODES.length) return lifeCycle.map(fieldsOf);
  const stages = new Map<StageCode | undefined, Fields>();
  for (const stage of lifeCycle.map(fieldsOf)) {
    const label = plainWord(textOf(stage.label) ?? '');
    stages.set(
      STAGE_CODES.find((code) => label.includes(LABELS[code])),
      stage,
    );
  }
  if (stages.has(undefined) || stages.size < lifeCycle.length) return null;
  return STAGE_CODES.map((code) => stages.get(code) ?? LEFT_OUT);
}
