import type { ImpactCode } from '@ecobalyse/schema';
import { NO_SCORES, type Scores } from '../units.js';

/** The 21 indicators of an answer; the 19 without published figures are 0 (METHOD §1.1, §15.1). */
export type ImpactObject = Record<ImpactCode, number>;

/** Written out, so that every impact object has one hidden class; a test compares its keys with `IMPACT_CODES`. */
const impactsOf = (ecs: number, pef: number): ImpactObject => ({
  acd: 0,
  cch: 0,
  etf: 0,
  'etf-c': 0,
  fru: 0,
  fwe: 0,
  htc: 0,
  'htc-c': 0,
  htn: 0,
  'htn-c': 0,
  ior: 0,
  ldu: 0,
  mru: 0,
  ozd: 0,
  pco: 0,
  pma: 0,
  swe: 0,
  tre: 0,
  wtu: 0,
  ecs,
  pef,
});

const NO_IMPACTS = Object.freeze(impactsOf(0, 0));

/** Shows the two published scores among the 21 indicators. The object of zeros is shared and frozen. */
export const impactObject = (shown: Scores): ImpactObject =>
  shown === NO_SCORES ? NO_IMPACTS : impactsOf(shown.ecs, shown.pef);
