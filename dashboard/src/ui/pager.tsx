import { defineMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import { showBeginning, toPage } from '../paging.js';
import { useSearchParams } from '../router.js';
import { Button } from './button.js';

const messages = defineMessages({
  pages: ['Pages', 'Pages'],
  page: [(at: string, of: string) => `Page ${at} of ${of}`, (at, of) => `Page ${at} sur ${of}`],
  previous: ['Previous', 'Précédente'],
  next: ['Next', 'Suivante'],
});

interface PagerProps {
  readonly page: number;
  readonly last: number;
  /** Stands beside the buttons, after the number of the page. */
  readonly note?: string;
}

/** Turns the pages of a list; which one is shown is in the address. */
export function Pager({ page, last, note }: PagerProps) {
  const { t, f } = useTexts(messages);
  const [, setSearch] = useSearchParams();
  const to = (other: number) => ({
    disabled: other < 1 || (other > page && other > last),
    onClick(event: { readonly currentTarget: Element }) {
      setSearch(toPage(other));
      showBeginning(event);
    },
  });
  return (
    <nav class="row-between pager" aria-label={t.pages}>
      <span class="soft hint" aria-live="polite">
        {[t.page(f.integer(page), f.integer(last)), note].filter(Boolean).join(' · ')}
      </span>
      <span class="actions">
        <Button {...to(page - 1)}>{t.previous}</Button>
        <Button {...to(page + 1)}>{t.next}</Button>
      </span>
    </nav>
  );
}
