import { describe, expect, it } from 'vitest';
import { lineBuffer } from './line-buffer.js';

describe('a buffer of lines', () => {
  it.each([0, 1, 12, 13, 1000])('holds them all, whatever was expected: %i bytes', (expectedBytes) => {
    const lines = lineBuffer(expectedBytes);
    const added = ['first', '', '{"second":2}', 'x'.repeat(5000), 'last'];
    for (const line of added) lines.add(line);
    expect(lines.content().toString()).toBe(`${added.join('\n')}\n`);
  });

  it('may be empty', () => {
    expect(lineBuffer(100).content()).toHaveLength(0);
  });
});
