import { type JsonSplitter, type ProductText, type ReadFault, tooLong } from '@ecobalyse/product-files';

/**
 * Cuts a batch into groups of consecutive queries. The end of a chunk ends a group, so that a sender who waits for an
 * answer gets it.
 *
 * @param batchLimitBytes - a batch that goes beyond is read no further, and its last item says so.
 */
export async function* groupQueries(
  chunks: AsyncIterable<Buffer>,
  splitter: JsonSplitter,
  queriesPerGroup: number,
  batchLimitBytes: number,
): AsyncGenerator<(ProductText | ReadFault)[]> {
  let bytesRead = 0;
  let line = 1;
  for await (const chunk of chunks) {
    bytesRead += chunk.length;
    if (bytesRead > batchLimitBytes) {
      yield [tooLong({ fr: 'ce lot', en: 'this batch' }, line, batchLimitBytes)];
      return;
    }
    let group: (ProductText | ReadFault)[] = [];
    for (const item of splitter.push(chunk)) {
      line = item.line;
      group.push(item);
      if (group.length === queriesPerGroup) {
        yield group;
        group = [];
      }
    }
    if (group.length > 0) yield group;
  }
  const rest = [...splitter.end()];
  if (rest.length > 0) yield rest;
}
