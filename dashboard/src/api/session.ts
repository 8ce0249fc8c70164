import { createStore, useStore } from '../store.js';

/** `expired`: a key that worked was refused later. */
export type Session =
  | { readonly state: 'out'; readonly expired: boolean }
  | { readonly state: 'in'; readonly key: string };

const STORAGE_KEY = 'ecobalyse.key';
const kept = sessionStorage.getItem(STORAGE_KEY);

/** The key lives as long as the tab, and goes out in a header only. */
export const session = createStore<Session>(kept ? { state: 'in', key: kept } : { state: 'out', expired: false });

export const useSession = (): Session => useStore(session);

export function keepKey(key: string): void {
  sessionStorage.setItem(STORAGE_KEY, key);
  session.set({ state: 'in', key });
}

export function forgetKey(expired = false): void {
  // With all that the reader chose while it was valid.
  sessionStorage.clear();
  session.set({ state: 'out', expired });
}
