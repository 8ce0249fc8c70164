import { type ApiError, asApiError } from '@ecobalyse/api-client';
import { useEffect, useState } from 'preact/hooks';
import { type Language, useLanguage } from '../preferences.js';

interface State<T> {
  /** The newest answer about this in this language, while another one is under way too. */
  readonly answer?: T | undefined;
  readonly error?: ApiError | undefined;
  readonly isLoading: boolean;
}

/**
 * What the API tells of something that the reader has chosen, such as a file; asked again whenever the choice, what is said of
 * it or the language changes, and what nobody waits for any longer is cancelled.
 *
 * @param chosen - undefined: nothing yet.
 * @param said - what is said of it, as one text.
 */
export function useAnswerAbout<Chosen, T>(
  chosen: Chosen | undefined,
  said: string,
  ask: (chosen: Chosen, signal: AbortSignal) => Promise<T>,
): State<T> & { retry(): void } {
  const language = useLanguage();
  const [tries, setTries] = useState(0);
  const [state, setState] = useState<State<T> & { of?: Chosen; read?: Language }>({ isLoading: false });
  useEffect(() => {
    if (chosen === undefined) return setState({ isLoading: false });
    const controller = new AbortController();
    const { signal } = controller;
    const about = { of: chosen, read: language };
    setState(({ answer, of, read }) => ({
      answer: of === chosen && read === language ? answer : undefined,
      ...about,
      isLoading: true,
    }));
    ask(chosen, signal).then(
      (answer) => setState({ answer, ...about, isLoading: false }),
      (error) => {
        if (!signal.aborted) setState({ error: asApiError(error), ...about, isLoading: false });
      },
    );
    return () => controller.abort();
  }, [chosen, said, language, tries]);
  // The first drawing in another language comes before it is asked for.
  const told = (state.read ?? language) === language ? state : { isLoading: true };
  return { ...told, retry: () => setTries(tries + 1) };
}
