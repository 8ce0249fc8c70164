/** Changes of the address; see `useSearchParams`. */
type Changes = Readonly<Record<string, string>>;

/** The page of a list that an address asks for, from 1; never beyond the last one where that is known. */
export function pageOf(search: URLSearchParams, last = Number.MAX_SAFE_INTEGER): number {
  const asked = Math.trunc(Number(search.get('page')));
  return Number.isSafeInteger(asked) ? Math.max(1, Math.min(last, asked)) : 1;
}

/** Another page of the same list; the first one needs no number. */
export const toPage = (page: number): Changes => ({ page: page === 1 ? '' : String(page) });

/** Other filters or another order: the list begins anew. */
export const fromFirstPage = (changes: Changes): Changes => ({ ...changes, ...toPage(1) });

/** The list's beginning comes into view when its page is turned by a button below it. */
export const showBeginning = ({ currentTarget }: { readonly currentTarget: Element }): void =>
  currentTarget.closest('.card')?.scrollIntoView({ block: 'start' });
