import type { Words } from '@ecobalyse/schema';
import type { ModelWatch, PipelineRun } from '@ecobalyse/store';
import { hasOtherVersion, type UpstreamAnswers } from './upstream-answers.js';

/** What somebody has to look at: data, so that the table is all there is to know of a check. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A tick is handled within seconds; one of which nothing was heard for so long is missing. */
const TICK_GRACE_MS = 10 * MINUTE_MS;
/** Free part of a disk below which it is about to be full. */
const LEAST_FREE = 0.1;

/** What is known of a pipeline. */
export interface PipelineFacts {
  readonly name: string;
  /** Its newest run that was not skipped. */
  readonly newest: PipelineRun | undefined;
  /** When it is due next; null when it is off or paused. */
  readonly nextTick: Date | null;
}

/** What checks look at. A fact that could not be read is undefined: its incidents stay as they are. */
export interface Facts {
  readonly pipelines?: readonly PipelineFacts[] | undefined;
  /** Whether the Ecobalyse API answers. */
  readonly upstream?: boolean | undefined;
  readonly answers?: UpstreamAnswers | undefined;
  /** Of the disk of this machine. */
  readonly disk?: { readonly used: number; readonly total: number } | undefined;
  /** Products that somebody has to confirm or correct. */
  readonly doubtful?: number | undefined;
  /** The model that predicts, by the products that arrived since it was trained; null where there is none. */
  readonly model?: ModelWatch | null | undefined;
  readonly lateAfterHours: number;
}

/** What a check finds: of what (empty where there is one only), and in which words. */
type Found = readonly [about: string, words: Words];
type Check = (facts: Facts, now: number) => readonly Found[] | undefined;

const ofPipelines =
  (find: (pipeline: PipelineFacts, facts: Facts, now: number) => Words | undefined): Check =>
  (facts, now) =>
    facts.pipelines?.flatMap((pipeline): Found[] => {
      const words = find(pipeline, facts, now);
      return words ? [[pipeline.name, words]] : [];
    });
const percent = (part: number) => Math.round(100 * part);

export const CHECKS = {
  run_failed: ofPipelines(({ name, newest }) => {
    if (newest?.state !== 'failed') return undefined;
    const failed = Object.entries(newest.tasks).find(([, { state }]) => state === 'failed');
    const reason = newest.reason ?? (failed ? `${failed[0]}: ${failed[1].error ?? ''}` : '');
    return {
      en: `The last run of ${name} failed. ${reason}`,
      fr: `La dernière exécution de ${name} a échoué. ${reason}`,
    };
  }),
  run_late: ofPipelines(({ name, newest }, { lateAfterHours }, now) => {
    const since = newest && (newest.resumedAt ?? newest.createdAt).getTime();
    if (newest?.state !== 'running' || now - (since as number) <= lateAfterHours * HOUR_MS) return undefined;
    return {
      en: `A run of ${name} has gone on for more than ${lateAfterHours} hours.`,
      fr: `Une exécution de ${name} dure depuis plus de ${lateAfterHours} heures.`,
    };
  }),
  tick_late: ofPipelines(({ name, nextTick }, _facts, now) =>
    nextTick !== null && now - nextTick.getTime() > TICK_GRACE_MS
      ? {
          en: `${name} was due at ${nextTick.toISOString()} and did not start.`,
          fr: `${name} aurait dû démarrer à ${nextTick.toISOString()}.`,
        }
      : undefined,
  ),
  upstream_away: ({ upstream }) => {
    if (upstream === undefined) return undefined;
    if (upstream) return [];
    return [
      [
        '',
        {
          en: 'The Ecobalyse API gives no answers: it is away, or does not take ECOBALYSE_API_TOKEN.',
          fr: 'L’API Ecobalyse ne donne pas de réponses : elle est absente, ou refuse ECOBALYSE_API_TOKEN.',
        },
      ],
    ];
  },
  upstream_changed: ({ answers }) => {
    if (answers === undefined) return undefined;
    const { version, stored, asked, other } = answers;
    if (hasOtherVersion(answers))
      return [
        [
          String(version),
          {
            en: `The Ecobalyse API has version ${version} of the method; most stored products are by ${stored}. Run ecobalyse_rescore, or set ECOBALYSE_API_URL to that version.`,
            fr: `L’API Ecobalyse en est à la version ${version} de la méthode ; la plupart des produits stockés sont de la version ${stored}. Lancez ecobalyse_rescore, ou réglez ECOBALYSE_API_URL sur cette version.`,
          },
        ],
      ];
    if (other === 0) return [];
    return [
      [
        'answers',
        {
          en: `The Ecobalyse API answers otherwise than before, by the same version of the method, for ${other} of ${asked} stored products. Run ecobalyse_extract.`,
          fr: `L’API Ecobalyse ne répond plus comme avant, pour la même version de la méthode : ${other} produits stockés sur ${asked}. Lancez ecobalyse_extract.`,
        },
      ],
    ];
  },
  model_drift: ({ model }) => {
    if (model === undefined) return undefined;
    if (!model?.drifts) return [];
    const { version, checked, outside, level } = model;
    const [share, held] = [percent(outside / checked), percent(level)];
    return [
      [
        String(version),
        {
          en: `The model's version ${version} misses more than it promises: ${outside} of the last ${checked} products (${share}%) cost something outside its ${held}% interval. See the page Models; run ecobalyse_training.`,
          fr: `La version ${version} du modèle se trompe plus qu’elle ne le promet : ${outside} des ${checked} derniers produits (${share} %) ont un coût hors de son intervalle à ${held} %. Voir la page Modèles ; lancez ecobalyse_training.`,
        },
      ],
    ];
  },
  disk_full: ({ disk }) => {
    if (disk === undefined) return undefined;
    if (disk.total - disk.used >= LEAST_FREE * disk.total) return [];
    const free = percent((disk.total - disk.used) / disk.total);
    return [
      [
        '',
        {
          en: `The disk is nearly full: ${free}% free.`,
          fr: `Le disque est presque plein : ${free} % libres.`,
        },
      ],
    ];
  },
  doubtful_data: ({ doubtful }) => {
    if (doubtful === undefined) return undefined;
    if (doubtful === 0) return [];
    return [
      [
        '',
        {
          en: `Products to check before they count: ${doubtful}.`,
          fr: `Produits à vérifier avant qu’ils ne comptent : ${doubtful}.`,
        },
      ],
    ];
  },
} as const satisfies Readonly<Record<string, Check>>;

/** What checks say: incidents that go on by id, and those kinds of which nothing is known now. */
export function look(
  facts: Facts,
  now: number,
): { readonly found: ReadonlyMap<string, Words>; readonly unknown: readonly string[] } {
  const found = new Map<string, Words>();
  const unknown: string[] = [];
  for (const [kind, check] of Object.entries(CHECKS) as [string, Check][]) {
    const some = check(facts, now);
    if (some === undefined) unknown.push(kind);
    for (const [about, words] of some ?? []) found.set(about === '' ? kind : `${kind}:${about}`, words);
  }
  return { found, unknown };
}
