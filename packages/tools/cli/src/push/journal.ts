import { z } from 'zod';
import { openLineFile } from '../line-file.js';

const DAY_MS = 86_400_000;
/** Days during which the portal refuses other content for a barcode number. */
export const RECENT_DAYS = 90;

const entrySchema = z.object({
  at: z.iso.datetime(),
  portal: z.string(),
  content: z.string(),
  reference: z.string(),
  gtins: z.array(z.string()),
  /** Of the answer; null when none came. */
  status: z.int().nullable(),
  answer: z.string(),
});
export type JournalEntry = z.output<typeof entrySchema>;

/** What the portal answers to a declaration that it has now. */
const ACCEPTED: readonly (number | null)[] = [200, 201, 208];
export const isAccepted = ({ status }: Pick<JournalEntry, 'status'>): boolean => ACCEPTED.includes(status);

/** What became of the declarations that were sent to one portal: a line of JSON each, in a file that only grows. */
export interface Journal {
  /** What became of this content when it was last sent. */
  last(content: string): JournalEntry | undefined;
  /** The last time that one of some barcode numbers was declared with other content, when that is less than 90 days ago. */
  recent(gtins: readonly string[], content: string, now: number): JournalEntry | undefined;
  /** Keeps an answer, on the disk before this resolves. */
  add(entry: Omit<JournalEntry, 'portal'>): Promise<void>;
}

/** Opens a journal. A last line that was broken off is passed over: what it was about is sent again, which the portal answers by 208. @throws UsageError for a file that is none. */
export async function openJournal(file: string, portal: string): Promise<Journal> {
  const { entries, add } = await openLineFile(file, entrySchema, 'declarations');
  const byContent = new Map<string, JournalEntry>();
  const declared: JournalEntry[] = [];
  const keep = (entry: JournalEntry) => {
    if (entry.portal !== portal) return;
    byContent.set(entry.content, entry);
    if (isAccepted(entry)) declared.push(entry);
  };
  entries.forEach(keep);
  return {
    last: (content) => byContent.get(content),
    recent: (gtins, content, now) =>
      declared.findLast(
        (entry) =>
          entry.content !== content &&
          now - Date.parse(entry.at) < RECENT_DAYS * DAY_MS &&
          entry.gtins.some((gtin) => gtins.includes(gtin)),
      ),
    async add(fields) {
      const entry = { ...fields, portal };
      await add(entry);
      keep(entry);
    },
  };
}
