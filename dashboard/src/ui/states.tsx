import type { ApiError } from '@ecobalyse/api-client';
import type { ComponentChildren } from 'preact';
import type { Query } from '../api/use-query.js';
import { defineMessages, useMessages } from '../i18n/messages.js';
import { useLanguage } from '../preferences.js';
import { Button } from './button.js';

const messages = defineMessages({
  loading: ['Loading…', 'Chargement…'],
  retry: ['Try again', 'Réessayer'],
  retriesItself: ['This page asks again by itself.', 'Cette page réessaie d’elle-même.'],
  offline: ['The service does not answer.', 'Le service ne répond pas.'],
  unavailable: ['The service cannot answer just now.', 'Le service ne peut pas répondre pour l’instant.'],
  forbidden: ['Your key may not see this.', 'Votre clé ne donne pas accès à ceci.'],
  'not-found': ['Nothing was found.', 'Rien n’a été trouvé.'],
  invalid: ['The request was refused.', 'La demande a été refusée.'],
  conflict: ['This cannot be done now.', 'C’est impossible pour l’instant.'],
  failed: ['The service failed to answer.', 'Le service n’a pas su répondre.'],
});

/** What failed, and a way on. */
export function ErrorState({ error, onRetry, height }: { error: ApiError; onRetry?: () => void; height?: number }) {
  const t = useMessages(messages);
  const language = useLanguage();
  // What was told before another language was chosen is left out.
  const isRead = (error.language ?? language) === language;
  const isNews = error.message !== '' && error.kind !== 'offline' && isRead;
  return (
    <div class="state error" role="alert" style={height ? { minHeight: `${height}px` } : undefined}>
      <p class="state-title">{t[error.kind]}</p>
      {isNews && <p class="soft">{error.message}</p>}
      {error.mayPass && onRetry && <p class="soft">{t.retriesItself}</p>}
      {onRetry && <Button onClick={onRetry}>{t.retry}</Button>}
    </div>
  );
}

interface EmptyStateProps {
  readonly title: string;
  readonly hint?: ComponentChildren;
  /** More than a hint. */
  readonly children?: ComponentChildren;
  readonly height?: number;
}

/** Nothing here yet: says what to do about it. */
export function EmptyState({ title, hint, children = hint, height }: EmptyStateProps) {
  return (
    <div class="state" style={height ? { minHeight: `${height}px` } : undefined}>
      <p class="state-title">{title}</p>
      {children && <div class="soft">{children}</div>}
    </div>
  );
}

export function Skeleton({ height }: { height: number }) {
  const t = useMessages(messages);
  return (
    <div class="skeleton" style={{ height: `${height}px` }}>
      <span class="visually-hidden">{t.loading}</span>
    </div>
  );
}

interface AsyncProps<T> {
  readonly query: Query<T>;
  /** Pixels that the content will take: reserved in every state, so that nothing moves; what is empty has its own. */
  readonly height: number;
  /** Unless said otherwise, a list without any item. */
  readonly isEmpty?: (data: T) => boolean;
  /** Shown when there is nothing (404, or `isEmpty`). */
  readonly empty?: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}

const hasNone = (data: unknown) =>
  Array.isArray(data) ? data.length === 0 : (data as { readonly total?: number }).total === 0;

/** The state a query is in: loading, failed, empty, or its data (dimmed while newer ones come). */
export function Async<T>({ query, height, isEmpty = hasNone, empty, children }: AsyncProps<T>) {
  const { data, error, loading, stale, retry } = query;
  if (error && data === undefined) {
    if (error.kind === 'not-found' && empty !== undefined) return <>{empty}</>;
    return <ErrorState error={error} onRetry={retry} height={height} />;
  }
  if (data === undefined) return <Skeleton height={height} />;
  if (empty !== undefined && isEmpty(data)) return <>{empty}</>;
  return (
    <div class={stale && loading ? 'stale' : undefined} aria-busy={loading} style={{ minHeight: `${height}px` }}>
      {error && <ErrorState error={error} onRetry={retry} />}
      {children(data)}
    </div>
  );
}
