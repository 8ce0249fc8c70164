import type { ImpactCode } from '@ecobalyse/schema';
import { methodVersion } from '../figures/figures.js';
import type { EchoedQuery } from './echoed-query.js';

/** Base address of the official web simulator, for deployments that do not set their own. */
export const DEFAULT_WEB_BASE_URL = `https://ecobalyse.beta.gouv.fr/versions/v${methodVersion}/`;

/** Link that opens the query in a web simulator (METHOD §15.2). */
export const webUrl = (baseUrl: string, impact: ImpactCode, query: EchoedQuery): string =>
  `${baseUrl}#/textile/simulator/${impact}/${Buffer.from(JSON.stringify(query)).toString('base64')}`;
