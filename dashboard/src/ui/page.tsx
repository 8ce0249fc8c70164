import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

let isFirstPage = true;

interface PageProps {
  readonly title: string;
  readonly intro?: ComponentChildren;
  /** Whose products its numbers are about. */
  readonly scope?: ComponentChildren;
  /** Buttons beside the title. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A page: its title in the window and as heading, which takes the focus when the reader comes from another page. */
export function Page({ title, intro, scope, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Ecobalyse`;
  }, [title]);
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);
  return (
    <div class="page">
      <header class="page-header">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {intro && <p class="soft intro">{intro}</p>}
          {scope && <p class="soft hint scope">{scope}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export interface CardProps {
  readonly title: string;
  readonly hint?: ComponentChildren;
  readonly actions?: ComponentChildren;
  /** Columns of the page's grid that it takes: 12 is the whole width (always on phones). */
  readonly span?: 4 | 5 | 6 | 7 | 8 | 12;
  readonly children: ComponentChildren;
}

export function Card({ title, hint, actions, span = 12, children }: CardProps) {
  const id = useId();
  return (
    <section class={`card span-${span}`} aria-labelledby={id}>
      <header class="card-header">
        <div>
          <h2 id={id}>{title}</h2>
          {hint && <p class="soft hint">{hint}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** The grid that cards stand in. */
export function Grid({ children }: { children: ComponentChildren }) {
  return <div class="grid">{children}</div>;
}

/** A main figure with what it is. */
export function Figure({ label, value, note }: { label: string; value: ComponentChildren; note?: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd>
        <span class="figure-value">{value}</span>
        {note && <span class="soft figure-note">{note}</span>}
      </dd>
    </div>
  );
}
