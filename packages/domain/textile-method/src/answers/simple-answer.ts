import type { ImpactCode } from '@ecobalyse/schema';
import type { Simulation } from '../simulation.js';
import { describe } from './description.js';
import { type EchoedQuery, echoQuery } from './echoed-query.js';
import { impactObject } from './impact-object.js';
import { webUrl } from './web-url.js';

/** Answer of the simple routes (METHOD §15.2). */
export type SimpleAnswer = {
  description: string;
  /** The 21 indicators, or the one that was asked for. */
  impacts: Partial<Record<ImpactCode, number>>;
  query: EchoedQuery;
  webUrl: string;
};

/** Builds the simple answer of a simulation, for all indicators or one (METHOD §15.2). */
export function simpleAnswer(
  { garment, totals }: Simulation,
  impact: ImpactCode | undefined,
  webBaseUrl: string,
): SimpleAnswer {
  const impacts = impactObject(totals.impacts);
  const query = echoQuery(garment);
  return {
    description: describe(garment),
    impacts: impact === undefined ? impacts : { [impact]: impacts[impact] },
    query,
    webUrl: webUrl(webBaseUrl, impact ?? 'ecs', query),
  };
}
