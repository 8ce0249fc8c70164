import { Double, Int32, Long } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { createDraw, type Draw } from '../test-support/random.js';
import { toValue } from '../wire/reply.js';
import { compareValues, indexBounds, indexComponent, keyOf } from './order.js';

/** A number as a fraction, worked out in another way than the keys: the text of the value, exactly. */
function fraction(v: Int32 | Long | Double): { over: bigint; under: bigint } {
  if (v instanceof Double) {
    let shift = 0n;
    let mantissa = v.value;
    for (; !Number.isInteger(mantissa); mantissa *= 2) shift++;
    return { over: BigInt(mantissa), under: 2n ** shift };
  }
  return { over: BigInt(v.toString()), under: 1n };
}

function drawNumber(draw: Draw): Int32 | Long | Double {
  const near = BigInt(draw.pick([0, 1, 2 ** 31, 2 ** 53, 2 ** 62])) + BigInt(draw.below(7) - 3);
  const signed = draw.chance(0.5) ? near : -near;
  return draw.pick<() => Int32 | Long | Double>([
    () => new Int32(draw.below(9) - 4),
    () => Long.fromBigInt(signed),
    () => new Double(Number(signed) / draw.pick([1, 2, 10])),
    () => new Double((draw.random() - 0.5) * 10 ** (draw.below(600) - 300)),
    () => new Double(draw.pick([5e-324, -5e-324, 1.7976931348623157e308, 0.1])),
  ])();
}

describe('the order of numbers', () => {
  it('is exact across all types', () => {
    const draw = createDraw(7);
    for (let n = 0; n < 3000; n++) {
      const [a, b] = [drawNumber(draw), drawNumber(draw)];
      const [x, y] = [fraction(a), fraction(b)];
      const difference = x.over * y.under - y.over * x.under;
      const expected = difference < 0n ? -1 : difference > 0n ? 1 : 0;
      const [v, w] = [toValue(a), toValue(b)];
      const shown = `${a.constructor.name} ${a} and ${b.constructor.name} ${b}`;
      expect(Math.sign(compareValues(v, w)), shown).toBe(expected);
      expect(Math.sign(Buffer.compare(keyOf(v), keyOf(w))), shown).toBe(expected);
    }
  });
});

describe('index keys', () => {
  const LIMIT = 100;
  const drawText = (draw: Draw): string => {
    const start = draw.pick(['', 'a', 'long '.repeat(30)]);
    return start + Array.from({ length: draw.below(3) }, () => draw.pick(['a', 'b', '\0', 'é'])).join('');
  };

  it.each([1, -1])('of a range lie between its bounds, in direction %i', (direction) => {
    const draw = createDraw(11);
    for (let n = 0; n < 1500; n++) {
      const [low, v, high] = [drawText(draw), drawText(draw), drawText(draw)].map(toValue).sort(compareValues);
      if (low === undefined || v === undefined || high === undefined) throw new Error('three values were drawn');
      const { from, to } = indexBounds(low, high, 15, direction, LIMIT);
      const { key } = indexComponent(v, direction, LIMIT);
      expect(key.length).toBeLessThanOrEqual(LIMIT);
      expect(Buffer.compare(from, key)).toBeLessThanOrEqual(0);
      expect(Buffer.compare(key, to)).toBeLessThanOrEqual(0);
      expect(indexComponent(low, direction, LIMIT).key.equals(key)).toBe(compareValues(low, v) === 0);
    }
  });
});
