import type { Store } from '@ecobalyse/store';

/** A store whose process dies at a write: before it, or after it was done and before anybody knew. */
export function dyingStore(store: Store, at: number, when: 'before' | 'after'): { store: Store; hasDied(): boolean } {
  let writes = 0;
  const died = () => writes >= at;
  const WRITES = ['insertOne', 'insertMany', 'updateOne', 'updateMany', 'bulkWrite', 'deleteOne', 'deleteMany'];
  const dying: Store = {
    ...store,
    collection: (name) =>
      new Proxy(store.collection(name), {
        get(target, property) {
          const found = Reflect.get(target, property);
          if (!WRITES.includes(String(property))) return typeof found === 'function' ? found.bind(target) : found;
          return async (...call: unknown[]) => {
            writes += 1;
            if (writes === at && when === 'after') await found.apply(target, call);
            if (died()) throw new Error('the process is dead');
            return found.apply(target, call);
          };
        },
      }),
  };
  return { store: dying, hasDied: died };
}
