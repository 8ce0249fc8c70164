import { type SimpleAnswer, simulateDetailed, simulateSimple } from '@ecobalyse/textile-method';
import { describe, expect, it } from 'vitest';
import { answerGroup, type BatchWish } from './answer-group.js';

const webBaseUrl = 'https://simulator.example/';
const documentation = 'https://simulator.example/#/api';
const detailedWish: BatchWish = { answer: 'detailed', webBaseUrl };

const query = (mass: number) => ({ mass, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' });
const item = (line: number, value: unknown) => ({ line, text: JSON.stringify(value) });

const linesOf = (lines: Buffer) => {
  const text = lines.toString();
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
};
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('a group of queries', () => {
  it('is answered by a line for each, in order', () => {
    const { lines, unexpected } = answerGroup(
      [item(1, query(0.3)), item(2, query(0.1)), item(3, query(0.2))],
      detailedWish,
    );
    expect(linesOf(lines)).toEqual(
      [0.3, 0.1, 0.2].map((mass) => asJson(simulateDetailed(query(mass), { webBaseUrl }))),
    );
    expect(unexpected).toEqual([]);
  });

  it.each<[string, Partial<BatchWish>, (value: unknown) => SimpleAnswer]>([
    ['all indicators', {}, (value) => simulateSimple(value, { webBaseUrl })],
    ['one indicator', { impact: 'pef' }, (value) => simulateSimple(value, { webBaseUrl, impact: 'pef' })],
  ])('may be answered by %s', (_what, wish, simulate) => {
    const { lines } = answerGroup([item(1, query(0.3))], { answer: 'simple', webBaseUrl, ...wish });
    expect(linesOf(lines)).toEqual([asJson(simulate(query(0.3)))]);
  });

  it('gives a refused query an error line, with its place in the input', () => {
    const { lines, unexpected } = answerGroup(
      [
        item(4, query(-1)),
        { line: 5, text: '{"mass":' },
        { line: 7, fault: 'too-long', message: { fr: 'la ligne dépasse la limite', en: '' } },
        { line: 8, fault: 'unclosed-array', message: { fr: 'le tableau ne se ferme pas', en: '' } },
        item(9, query(0.3)),
      ],
      detailedWish,
    );
    const [mass, json, length, array, answer] = linesOf(lines);
    expect(mass).toEqual({ line: 4, status: 400, error: { mass: expect.stringContaining('-1') }, documentation });
    expect(json).toEqual({ line: 5, status: 400, error: { decoding: expect.any(String) }, documentation });
    expect(length).toEqual({ line: 7, status: 413, error: { general: 'la ligne dépasse la limite' }, documentation });
    expect(array).toMatchObject({ line: 8, status: 400, error: { decoding: 'le tableau ne se ferme pas' } });
    expect(answer.inputs.mass).toBe(0.3);
    expect(unexpected).toEqual([]);
  });

  it('survives an error of ours: the line tells nothing of it, the log all', () => {
    const simulate = (value: unknown) => {
      if ((value as { mass: number }).mass === 2) throw new RangeError('a secret of the house');
      return '"fine"';
    };
    const { lines, unexpected } = answerGroup(
      [item(1, query(1)), item(2, query(2)), item(3, query(3))],
      detailedWish,
      simulate,
    );
    expect(linesOf(lines)).toEqual([
      'fine',
      { line: 2, status: 500, error: { general: expect.not.stringContaining('secret') }, documentation },
      'fine',
    ]);
    expect(unexpected).toHaveLength(1);
    expect(unexpected[0]).toMatch(/RangeError: a secret of the house\n\s+at /);
  });
});
