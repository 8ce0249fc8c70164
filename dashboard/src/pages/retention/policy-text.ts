import type { RetentionPreview } from '@ecobalyse/schema';
import type { Format } from '../../i18n/make-format.js';
import type { RetentionTexts } from './retention-messages.js';

type OfKind = RetentionPreview[number];
type Numbers = Pick<Format, 'integer' | 'withUnit'>;

/** What a policy says, a sentence each: when something goes, and how many stay or go whatever their age. */
export function policyText({ days, newest, most }: OfKind['policy'], t: RetentionTexts, f: Numbers): string[] {
  return [
    days === null ? t.forEver : t.after(f.integer(days)),
    ...(newest > 0 ? [t.newestStay(f.integer(newest))] : []),
    ...(most === null ? [] : [t.most(f.integer(most))]),
  ];
}

/** Why what is left stays, with how many of it, the most first. */
export const keptText = ({ reasons }: OfKind['stays'], t: RetentionTexts, f: Numbers): string[] =>
  reasons
    .toSorted((a, b) => b.count - a.count)
    .map(({ reason, count }) => `${f.integer(count)} ${t[`because_${reason}`]}`);

/** A size, in units of a thousand. */
export function sizeText(bytes: number, t: Pick<RetentionTexts, 'units'>, f: Numbers): string {
  const units = t.units.split(' ');
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return f.withUnit(bytes / 1000 ** step, units[step] as string);
}

/** How many things would go, of all kinds. */
export const goingCount = (preview: RetentionPreview): number => preview.reduce((sum, { goes }) => sum + goes.count, 0);
