import {
  createEcobalyseClient,
  turnsPerSecondOf,
  UpstreamMalformedError,
  UpstreamRefusedError,
  UpstreamUnreachableError,
} from '@ecobalyse/ecobalyse-client';
import { compareAnswers } from '@ecobalyse/product-documents';
import type { Language, Words } from '@ecobalyse/schema';
import { loadEnvFile, readSettings } from '@ecobalyse/service-kit';
import { type StoredQuery, sampleQueries } from '@ecobalyse/store';
import { methodVersion, simulateDetailed, TextileQueryError } from '@ecobalyse/textile-method';
import { z } from 'zod';
import { withStore } from './database.js';
import { openLineFile } from './line-file.js';
import { UsageError } from './usage.js';
import { print } from './write-out.js';

interface CheckOptions {
  readonly sample: number;
  readonly seed: string;
  readonly rate?: number | undefined;
  readonly journal: string;
  readonly lang: Language;
  readonly uri?: string | undefined;
}

const SETTINGS = [
  'ECOBALYSE_API_URL',
  'ECOBALYSE_API_TOKEN',
  'ECOBALYSE_REQUESTS_PER_SECOND',
  'ECOBALYSE_TIMEOUT_MS',
  'ECOBALYSE_RETRIES',
] as const;

const differenceSchema = z.object({ field: z.string(), ours: z.unknown(), theirs: z.unknown() });
const entrySchema = z.object({
  at: z.iso.datetime(),
  upstream: z.string(),
  /** Of upstream; null when it does not tell. */
  version: z.string().nullable(),
  md5_id: z.string(),
  product_id: z.string(),
  differences: z.array(differenceSchema),
});
type Entry = z.output<typeof entrySchema>;

const SAID = {
  same: { fr: 'identique', en: 'equal' },
  ours: { fr: 'ici', en: 'here' },
  theirs: { fr: 'là-bas', en: 'there' },
  answer: { fr: 'réponse', en: 'answer' },
} as const satisfies Readonly<Record<string, Words>>;

/** What our method makes of a query: an answer, or the fields that it refuses. */
function answerHere(query: object): object | { refused: string[] } {
  try {
    return simulateDetailed(query);
  } catch (error) {
    if (error instanceof TextileQueryError) return { refused: Object.keys(error.errors).sort() };
    throw error;
  }
}

/** What upstream makes of it; an answer that is none is a difference, anything else the end of the check. */
async function answerThere(ask: () => Promise<object>): Promise<object | { refused: string[] } | { fault: string }> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UpstreamRefusedError) return { refused: Object.keys(error.reasons).sort() };
    if (error instanceof UpstreamMalformedError && error.isAnswer) return { fault: error.message };
    throw error;
  }
}

function differencesOf(here: object, there: object, isOtherVersion: boolean): Entry['differences'] {
  const shown = (answer: object) =>
    'refused' in answer ? answer.refused : 'fault' in answer ? answer.fault : 'impacts';
  const [ours, theirs] = [shown(here), shown(there)];
  if (ours === 'impacts' && theirs === 'impacts')
    return compareAnswers(here as never, there as never, { isOtherVersion });
  return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ field: 'answer', ours, theirs }];
}

/** Whether what came was an answer or a refusal: what was none may be one the next time. */
const isAnswered = ({ differences }: Entry) =>
  !differences.some(({ field, theirs }) => field === 'answer' && typeof theirs === 'string' && theirs !== 'impacts');

/** The stage that a difference is of, or its field. */
const placeOf = (field: string) => /^lifeCycle\.(\w+)/.exec(field)?.[1] ?? field;

/**
 * `ecobalyse upstream check`: asks the API of `ECOBALYSE_API_URL` about a sample of the stored products, at its pace, and
 * compares each answer with that of our own method, stage by stage. What the journal says was compared with this version is
 * not asked again; what got no answer is.
 *
 * @returns 0 when all answers are the same, 1 otherwise.
 * @throws UsageError when upstream cannot be asked, or no product is stored.
 */
export async function checkUpstream({ sample, seed, rate, journal, lang, uri }: CheckOptions): Promise<0 | 1> {
  loadEnvFile();
  const settings = readSettings(SETTINGS);
  const queries = await withStore(uri, (store) => sampleQueries(store, sample, seed));
  if (queries.length === 0)
    throw new UsageError('no product is stored that upstream was asked about: extract some first');
  const options = {
    ...{ baseUrl: settings.ECOBALYSE_API_URL, token: settings.ECOBALYSE_API_TOKEN, concurrency: 1 },
    ...{ timeoutMs: settings.ECOBALYSE_TIMEOUT_MS, retries: settings.ECOBALYSE_RETRIES },
    requestsPerSecond: rate ?? settings.ECOBALYSE_REQUESTS_PER_SECOND,
  };
  const { entries, add } = await openLineFile(journal, entrySchema, 'checks of upstream');
  const client = createEcobalyseClient(options);
  const compared = new Map<string, Entry>();
  try {
    const version = await client.methodVersion();
    const upstream = options.baseUrl;
    for (const entry of entries)
      if (entry.upstream === upstream && entry.version === version && isAnswered(entry))
        compared.set(entry.md5_id, entry);
    const open = queries.filter(({ md5_id }) => !compared.has(md5_id));
    await print(`${announcement(upstream, version, queries.length, open.length, turnsPerSecondOf(options))[lang]}\n`);
    // Its ids are learnt before they are needed: a refusal would be asked about twice.
    if (open.length > 0) await client.materials();
    for (const { md5_id, product_id, query } of open) {
      const there = await answerThere(() => client.simulateDetailed(query));
      const now = await client.methodVersion();
      if (now !== version)
        throw new UpstreamUnreachableError(`the Ecobalyse API became version ${now ?? 'unknown'} meanwhile`);
      const differences = differencesOf(answerHere(query), there, version !== null && version !== methodVersion);
      const entry = { at: new Date().toISOString(), upstream, version, md5_id, product_id, differences };
      await add(entry);
      compared.set(md5_id, entry);
    }
  } catch (error) {
    if (!(error instanceof UpstreamMalformedError || error instanceof UpstreamUnreachableError)) throw error;
    const wait =
      error instanceof UpstreamUnreachableError && error.retryAfterSeconds
        ? `, after ${error.retryAfterSeconds} s`
        : '';
    throw new UsageError(
      `${error.message}; ${compared.size} of ${queries.length} compared: run the same again to go on${wait}`,
    );
  } finally {
    client.close();
  }
  return report(queries, compared, lang);
}

function announcement(upstream: string, version: string | null, size: number, open: number, rate: number): Words {
  const { host } = new URL(upstream);
  const seconds = rate === 0 ? 0 : Math.ceil(open / rate);
  const other = version !== null && version !== methodVersion;
  return {
    fr:
      `${size} produits, dont ${open} à demander à ${host} (version ${version ?? 'inconnue'}, ici ${methodVersion})` +
      `${seconds > 0 ? `, environ ${seconds} s` : ''}${other ? ' : une autre version donne d’autres coûts' : ''}`,
    en:
      `${size} products, ${open} of them to ask ${host} about (version ${version ?? 'unknown'}, here ${methodVersion})` +
      `${seconds > 0 ? `, about ${seconds} s` : ''}${other ? ': another version has other costs' : ''}`,
  };
}

async function report(
  queries: readonly StoredQuery[],
  compared: ReadonlyMap<string, Entry>,
  lang: Language,
): Promise<0 | 1> {
  const places = new Map<string, number>();
  let different = 0;
  for (const { md5_id, product_id } of queries) {
    const differences = compared.get(md5_id)?.differences ?? [];
    if (differences.length === 0) continue;
    different += 1;
    for (const place of new Set(differences.map(({ field }) => placeOf(field))))
      places.set(place, (places.get(place) ?? 0) + 1);
    for (const { field, ours, theirs } of differences) {
      const name = field === 'answer' ? SAID.answer[lang] : field;
      const values = `${SAID.ours[lang]} ${JSON.stringify(ours)}, ${SAID.theirs[lang]} ${JSON.stringify(theirs)}`;
      await print(`${md5_id}  ${product_id}  ${name}: ${values}\n`);
    }
  }
  const where = [...places].sort(([, a], [, b]) => b - a).map(([place, count]) => `${place} ${count}`);
  const said = {
    fr: `${queries.length} produits comparés : ${queries.length - different} identiques, ${different} différents`,
    en: `${queries.length} products compared: ${queries.length - different} equal, ${different} different`,
  };
  await print(`${said[lang]}${where.length > 0 ? ` (${where.join(', ')})` : ''}\n`);
  return different === 0 ? 0 : 1;
}
