import type { Store } from '@ecobalyse/store';

/** A store whose process dies after a write was done, before anybody knew: to the database that is before the next one. */
export function dyingStore(store: Store, at: number): { store: Store; hasDied(): boolean } {
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
            if (writes === at) await found.apply(target, call);
            if (died()) throw new Error('the process is dead');
            return found.apply(target, call);
          };
        },
      }),
  };
  return { store: dying, hasDied: died };
}
