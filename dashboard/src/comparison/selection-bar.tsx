import type { ComponentChildren } from 'preact';
import { useTexts } from '../i18n/texts.js';
import { Button } from '../ui/button.js';
import { LinkButton } from '../ui/link-button.js';
import { comparisonOf, isComparable } from './addresses.js';
import { comparisonMessages } from './comparison-messages.js';

interface SelectionBarProps {
  /** As addresses of comparisons write them. */
  readonly items: readonly string[];
  readonly clear: () => void;
  /** What else can be done with them. */
  readonly children?: ComponentChildren;
}

/** What is selected of a table, and the way to its comparison; nothing where nothing is. */
export function SelectionBar({ items, clear, children }: SelectionBarProps) {
  const { t, f } = useTexts(comparisonMessages);
  if (items.length === 0) return null;
  return (
    <div class="selection row-between">
      <strong role="status">{t.selected(f.integer(items.length))}</strong>
      <span class="actions">
        <Button onClick={clear}>{t.unselect}</Button>
        {isComparable(items.length) ? (
          <LinkButton to={comparisonOf(items)} kind="primary">
            {t.compare}
          </LinkButton>
        ) : (
          <Button kind="primary" disabled title={t.twoToEight}>
            {t.compare}
          </Button>
        )}
        {children}
      </span>
    </div>
  );
}
