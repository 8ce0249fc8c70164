/** The settling of a promise that may be left alone must not end the process. */
const unattended = <Value>(promise: Promise<Value>): Promise<Value> => {
  promise.catch(() => undefined);
  return promise;
};

/**
 * Maps with several calls under way and gives their results in the order of the source, each as soon as it and those before
 * it are there.
 *
 * @param limit - the most calls under way; the source is read no more than one item beyond them.
 */
export async function* mapInOrder<Item, Result>(
  source: AsyncIterable<Item>,
  limit: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const items = source[Symbol.asyncIterator]();
  const underWay: Promise<Result>[] = [];
  let next: Promise<IteratorResult<Item>> | undefined = unattended(items.next());
  try {
    for (;;) {
      const oldest = underWay[0];
      if (next !== undefined && underWay.length < limit) {
        const item = await (oldest === undefined ? next : Promise.race([next, oldest.then(() => undefined)]));
        if (item?.done === true) next = undefined;
        else if (item !== undefined) {
          underWay.push(unattended(map(item.value)));
          next = unattended(items.next());
        }
        if (item !== undefined) continue;
      }
      if (oldest === undefined) return;
      underWay.shift();
      yield await oldest;
    }
  } finally {
    // Not awaited: it waits for the item being read, which may never come.
    if (items.return !== undefined) void unattended(Promise.resolve(items.return()));
  }
}
