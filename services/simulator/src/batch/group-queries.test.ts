import { ndjsonSplitter } from '@ecobalyse/product-files';
import { describe, expect, it } from 'vitest';
import { groupQueries } from './group-queries.js';

/** Cuts a body that comes in these chunks, and tells how many of them were asked for. */
async function cut(chunks: string[], queriesPerGroup: number, batchLimitBytes = 1000) {
  let asked = 0;
  async function* body() {
    for (const chunk of chunks) {
      asked += 1;
      yield Buffer.from(chunk);
    }
  }
  const groups = [];
  for await (const group of groupQueries(body(), ndjsonSplitter(100), queriesPerGroup, batchLimitBytes)) {
    groups.push(group);
  }
  const shown = groups.map((group) => group.map((item) => ('text' in item ? item.text : `${item.fault}@${item.line}`)));
  return { shown, asked };
}

describe('queries of a batch', () => {
  it('come in groups of the size that is asked for', async () => {
    expect((await cut(['1\n2\n3\n4\n5\n'], 2)).shown).toEqual([['1', '2'], ['3', '4'], ['5']]);
  });

  it('do not wait for the next chunk to fill their group', async () => {
    expect((await cut(['1\n2\n3', '\n4\n', '5\n'], 4)).shown).toEqual([['1', '2'], ['3', '4'], ['5']]);
  });

  it('may end without an end of line, and may be none', async () => {
    expect((await cut(['1\n2'], 4)).shown).toEqual([['1'], ['2']]);
    expect((await cut([], 4)).shown).toEqual([]);
    expect((await cut(['\n', '\n'], 4)).shown).toEqual([]);
  });

  it('keep the place of one that is too long', async () => {
    expect((await cut([`1\n"${'x'.repeat(200)}"\n3\n`], 3)).shown).toEqual([['1', 'too-long@2', '3']]);
  });

  it('are read no further than the limit of the batch, and the last item says so', async () => {
    const { shown, asked } = await cut(['1\n2\n', '3\n4\n', '5\n6\n', '7\n8\n'], 4, 8);
    expect(shown).toEqual([['1', '2'], ['3', '4'], ['too-long@4']]);
    expect(asked).toBe(3);
  });
});
