import type { ComponentChildren } from 'preact';
import { useTexts } from '../../i18n/texts.js';
import { analysisMessages } from './analysis-messages.js';

/** Room for a chart that cannot be narrow: on a phone it scrolls sideways. */
export function WideChart({ label, children }: { label: string; children: ComponentChildren }) {
  const { t } = useTexts(analysisMessages);
  return (
    // biome-ignore lint/a11y/useSemanticElements: no fieldset, and no landmark beside its card's.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <div class="wide-chart" role="group" aria-label={label} tabIndex={0}>
      <p class="soft hint phone-only">{t.scrolls}</p>
      {children}
    </div>
  );
}
