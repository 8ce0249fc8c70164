import type { Answer, RequestOf } from '@ecobalyse/api-client';
import { useEffect, useState } from 'preact/hooks';
import { ask } from './client.js';

type Query = NonNullable<RequestOf<'GET /impacts'>['query']>;

/** What several searches for products find, in their order; nothing until all are answered, or when one cannot be. */
export function useSearches(queries: readonly Query[]): readonly Answer<'GET /impacts'>[] {
  const [found, setFound] = useState<readonly Answer<'GET /impacts'>[]>([]);
  useEffect(() => {
    setFound([]);
    const controller = new AbortController();
    const { signal } = controller;
    Promise.all(queries.map((query) => ask('GET /impacts', { query, signal }))).then(setFound, () => undefined);
    return () => controller.abort();
  }, [JSON.stringify(queries)]);
  return found;
}
