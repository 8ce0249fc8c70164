import { setTimeout as pause } from 'node:timers/promises';
import {
  checkDeclarations,
  contentOf,
  type Declaration,
  repairOf,
  tableOf,
  UnwritableDeclarationError,
} from '@ecobalyse/declaration';
import type { Language, Words } from '@ecobalyse/schema';
import { readDeclarations } from '../read-declarations.js';
import { UsageError } from '../usage.js';
import { print } from '../write-out.js';
import { isAccepted, openJournal, RECENT_DAYS } from './journal.js';
import { checkedPortal, sendDeclaration } from './portal.js';

/** Where the key of the organisation stands: no list of processes shows it, and nothing prints it. */
const KEY = 'DECLARATION_API_KEY';

interface PushOptions {
  readonly send?: true | undefined;
  readonly portal: string;
  readonly rate: number;
  readonly journal?: string | undefined;
  readonly again?: true | undefined;
  readonly allowPrivate?: true | undefined;
  readonly lang: Language;
}

const SAID = {
  known: { fr: 'déjà déclaré', en: 'declared already' },
  refusedBefore: { fr: 'refusé auparavant (--again le renvoie)', en: 'refused before (--again sends it once more)' },
  wouldSend: { fr: 'serait envoyé (--send)', en: 'would be sent (--send)' },
  declared: { fr: 'déclaré', en: 'declared' },
  refused: { fr: 'refusé', en: 'refused' },
  notSent: { fr: 'non envoyé', en: 'not sent' },
  recent: {
    fr: `attention : ce code-barres a été déclaré avec un autre contenu il y a moins de ${RECENT_DAYS} jours`,
    en: `warning: this barcode number was declared with other content less than ${RECENT_DAYS} days ago`,
  },
} as const satisfies Readonly<Record<string, Words>>;

/** Why the portal would refuse a declaration; whether the organisation needs barcode numbers, only the portal knows. */
function faultsOf(declarations: readonly Declaration[]): Words[][] {
  const repeated = new Map<string, number>();
  for (const gtin of declarations.flatMap(({ gtins }) => gtins)) repeated.set(gtin, (repeated.get(gtin) ?? 0) + 1);
  return declarations.map((declaration) => {
    const twice = declaration.gtins.filter((gtin) => (repeated.get(gtin) ?? 0) > 1);
    if (twice.length > 0)
      return [{ fr: `GTIN répété : ${twice.join(', ')}`, en: `repeated barcode number: ${twice.join(', ')}` }];
    try {
      return checkDeclarations(tableOf([declaration]), { rules: 'august-2026' }).flatMap(({ errors, read }) =>
        errors
          .filter(({ stage }) => stage !== 'gtins' || declaration.gtins.length > 0)
          .map((error) => repairOf(error, read)),
      );
    } catch (error) {
      if (!(error instanceof UnwritableDeclarationError)) throw error;
      return [{ fr: `${error.field} : ${error.words.fr}`, en: `${error.field}: ${error.words.en}` }];
    }
  });
}

/**
 * `ecobalyse declare push`: tells what would be sent to the portal, or sends it with `--send`. What the journal says was declared
 * already is not sent again, so that a push that was broken off anywhere goes on where it was.
 *
 * @returns 0 when all is declared (or would be sent), 1 otherwise.
 * @throws UsageError when there is no key, the portal does not take it, or is away.
 */
export async function push(file: string, options: PushOptions): Promise<0 | 1> {
  const { send = false, rate, again = false, allowPrivate = false, lang } = options;
  const key = process.env[KEY] ?? '';
  if (send && key === '') throw new UsageError(`--send needs the key of the organisation in ${KEY}`);
  const { declarations, refused } = await readDeclarations(file, 'august-2026');
  const portal = send ? await checkedPortal(options.portal, allowPrivate) : options.portal;
  const journal = await openJournal(options.journal ?? `${file}.journal.ndjson`, String(options.portal));
  const faults = faultsOf(declarations);
  let left = refused;
  let sent = 0;
  const tell = (reference: string, what: Words | string, more = '') => {
    const said = typeof what === 'string' ? what : what[lang];
    return print(`${reference.replace(/\p{Cc}/gu, ' ')}  ${said}${more && `: ${more}`}\n`);
  };

  for (const [index, declaration] of declarations.entries()) {
    const { internalReference: reference, gtins } = declaration;
    const content = contentOf(declaration);
    const last = journal.last(content);
    const wrong = faults[index] ?? [];
    if (last && isAccepted(last)) {
      await tell(reference, SAID.known, last.at);
      continue;
    }
    if (wrong.length > 0 || (last?.status === 400 && !again)) {
      left += 1;
      const why = wrong.map((words) => words[lang]).join(' ; ');
      await (why ? tell(reference, SAID.notSent, why) : tell(reference, SAID.refusedBefore, last?.answer));
      continue;
    }
    const recent = journal.recent(gtins, content, Date.now());
    if (recent) await tell(reference, SAID.recent, recent.at);
    if (typeof portal === 'string') {
      await tell(reference, SAID.wouldSend);
      continue;
    }
    if (sent > 0) await pause(1000 / rate);
    sent += 1;
    const { status, answer } = await sendDeclaration(portal, key, declaration);
    const at = new Date().toISOString();
    await journal.add({ at, content, reference, gtins, status, answer });
    if (status === 401 || status === 403)
      throw new UsageError(
        `the portal answers ${status}: ${status === 401 ? `it does not know the key in ${KEY}` : 'this organisation may not declare'}`,
      );
    if (isAccepted({ status })) {
      await tell(reference, `${status} ${SAID.declared[lang]}`);
      continue;
    }
    left += 1;
    await tell(reference, `${status ?? '-'} ${SAID.refused[lang]}`, answer);
    if (status !== 400) throw new UsageError(`the portal is away (${status ?? answer}): run the same again to go on`);
  }
  return left === 0 ? 0 : 1;
}
