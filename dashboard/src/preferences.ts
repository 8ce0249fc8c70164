import { createStore, useStore } from './store.js';

export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Theme = 'light' | 'dark';

interface Preferences {
  /** Absent: as the browser says. */
  theme?: Theme;
  language?: Language;
}

const STORAGE_KEY = 'ecobalyse.preferences';
const darkMedia = matchMedia('(prefers-color-scheme: dark)');

const chosen: Preferences = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') as Preferences;

const currentTheme = (): Theme => chosen.theme ?? (darkMedia.matches ? 'dark' : 'light');

const theme = createStore<Theme>(currentTheme());
export const language = createStore<Language>(chosen.language ?? (navigator.language.startsWith('fr') ? 'fr' : 'en'));

darkMedia.addEventListener('change', () => theme.set(currentTheme()));

function keep(change: Preferences): void {
  Object.assign(chosen, change);
  localStorage.setItem(STORAGE_KEY, JSON.stringify(chosen));
}

export const useTheme = (): Theme => useStore(theme);
export const useLanguage = (): Language => useStore(language);

export function chooseTheme(value: Theme): void {
  keep({ theme: value });
  document.documentElement.dataset.theme = value;
  theme.set(value);
}

export function chooseLanguage(value: Language): void {
  keep({ language: value });
  document.documentElement.lang = value;
  language.set(value);
}
