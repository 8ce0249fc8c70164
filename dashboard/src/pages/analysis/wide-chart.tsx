import type { ComponentChildren } from 'preact';

/** Room for a chart that cannot be narrow: on a phone it scrolls sideways. */
export function WideChart({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <section class="wide-chart" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
