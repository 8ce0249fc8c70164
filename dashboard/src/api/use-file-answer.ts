import { type ApiError, asApiError } from '@ecobalyse/api-client';
import { useEffect, useState } from 'preact/hooks';
import { useLanguage } from '../preferences.js';

interface State<T> {
  /** The newest answer about this file, while another one is under way too. */
  readonly answer?: T | undefined;
  readonly error?: ApiError | undefined;
  readonly isLoading: boolean;
}

/**
 * What the API tells of a file that the reader has chosen; asked again whenever the file, what is said of it or the language
 * changes, and what nobody waits for any longer is cancelled.
 *
 * @param said - what is said of the file, as one text.
 */
export function useFileAnswer<T>(
  file: File | undefined,
  said: string,
  ask: (file: File, signal: AbortSignal) => Promise<T>,
): State<T> & { retry(): void } {
  const language = useLanguage();
  const [tries, setTries] = useState(0);
  const [state, setState] = useState<State<T> & { of?: File }>({ isLoading: false });
  useEffect(() => {
    if (!file) return setState({ isLoading: false });
    const controller = new AbortController();
    const { signal } = controller;
    setState(({ answer, of }) => ({ answer: of === file ? answer : undefined, of: file, isLoading: true }));
    ask(file, signal).then(
      (answer) => setState({ answer, of: file, isLoading: false }),
      (error) => {
        if (!signal.aborted) setState({ error: asApiError(error), of: file, isLoading: false });
      },
    );
    return () => controller.abort();
  }, [file, said, language, tries]);
  return { ...state, retry: () => setTries(tries + 1) };
}
