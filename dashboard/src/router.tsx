import type { ComponentChildren } from 'preact';
import { createStore, useStore } from './store.js';

/** Where the pages live; every address below it is a page of this application. */
export const BASE = '/dashboard';

const here = () => ({ path: location.pathname.slice(BASE.length) || '/', search: location.search });
const place = createStore(here());

addEventListener('popstate', () => place.set(here()));

/** The page's path without the base, and its query string. */
export const useLocation = () => useStore(place);

/** Goes to a page: `/products?product=tshirt`. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', BASE + to);
  else history.pushState(null, '', BASE + to);
  place.set(here());
}

const isPlainClick = (event: MouseEvent) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly 'aria-current'?: 'page';
  readonly 'aria-label'?: string;
  /** Runs before the page changes. */
  readonly onGo?: () => void;
  readonly children?: ComponentChildren;
}

/** A real link, so that it can be copied and opened in another tab. */
export function Link({ to, onGo, ...rest }: LinkProps) {
  return (
    <a
      {...rest}
      href={BASE + to}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        onGo?.();
        navigate(to);
        scrollTo(0, 0);
      }}
    />
  );
}

/** Values of `/products/:id` in a path, or null when it is another page's. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern, path].map((text) => text.replace(/\/$/, '').split('/')) as [string[], string[]];
  if (wanted.length !== given.length) return null;
  const values: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith(':')) values[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return values;
}

/**
 * The query string as values, and a setter that replaces some of them: this is where a page keeps its filters, so that its
 * address can be shared. An empty value is left out of the address.
 */
export function useSearchParams(): [URLSearchParams, (changes: Record<string, string | readonly string[]>) => void] {
  const { search } = useLocation();
  const set = (changes: Record<string, string | readonly string[]>) => {
    const { path, search: current } = here();
    const next = new URLSearchParams(current);
    for (const [name, value] of Object.entries(changes)) {
      next.delete(name);
      for (const item of [value].flat()) if (item !== '') next.append(name, item);
    }
    const text = next.toString();
    navigate(text === '' ? path : `${path}?${text}`, { replace: true });
  };
  return [new URLSearchParams(search), set];
}
