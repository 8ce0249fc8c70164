import type { Predictor } from '@ecobalyse/impact-models';
import { scrape } from '@ecobalyse/telemetry';
import { afterEach, expect, it, vi } from 'vitest';
import { measured, modelInUse, modelNotLoaded } from './model-metrics.js';

afterEach(() => vi.restoreAllMocks());
/** Figures of a metric, those of a family where it has families. */
async function figures(metric: string, family = 'timed'): Promise<Record<string, number>> {
  const { text } = await scrape();
  const lines = text.split('\n').filter((line) => line.startsWith(`ecobalyse_${metric}`));
  return Object.fromEntries(
    lines
      .filter((line) => !line.includes('family=') || line.includes(`family="${family}"`))
      .map((line) => [line.slice(`ecobalyse_${metric}`.length, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}
/** Predicts with so many warnings, as if that took so long. */
function predict(milliseconds: number, { warnings = 0, isAnswered = true, family = 'timed' } = {}): unknown {
  vi.spyOn(performance, 'now')
    .mockReturnValueOnce(1000)
    .mockReturnValueOnce(1000 + milliseconds);
  const prediction = { model: { family }, warnings: Array(warnings).fill({}) };
  const answer = measured((() => (isAnswered ? { prediction } : null)) as never as Predictor)({} as never);
  vi.restoreAllMocks();
  return answer;
}

it('predictions are counted by the seconds that they take, in buckets that grow', async () => {
  for (const milliseconds of [0.02, 0.4, 0.8, 3, 240, 260]) expect(predict(milliseconds)).not.toBeNull();
  expect(predict(5, { isAnswered: false })).toBeNull();
  const { '_sum{family="timed"}': sum, ...found } = await figures('model_prediction_duration_seconds');
  expect(sum).toBeCloseTo(0.504_22, 9);
  const counts = Object.entries(found).map(([name, count]) => [/le="([^"]*)"/.exec(name)?.[1] ?? 'all', count]);
  expect(counts).toEqual([
    ['0.00001', 0],
    ['0.000025', 1],
    ['0.00005', 1],
    ['0.0001', 1],
    ['0.00025', 1],
    ['0.0005', 2],
    ['0.001', 3],
    ['0.0025', 3],
    ['0.005', 4],
    ['0.01', 4],
    ['0.05', 4],
    ['0.25', 5],
    ['+Inf', 6],
    ['all', 6],
  ]);
});

it('predictions with warnings are counted once each', async () => {
  for (const warnings of [0, 1, 3]) predict(1, { warnings, family: 'doubted' });
  expect(await figures('model_prediction_warnings_total', 'doubted')).toEqual({ '{family="doubted"}': 2 });
});

it('the version in use is shown, 0 without one, and what could not be loaded', async () => {
  for (const version of [7, undefined]) {
    modelInUse(version);
    expect(await figures('model_version')).toEqual({ '': version ?? 0 });
  }
  const before = (await figures('model_load_failures_total'))[''] ?? 0;
  modelNotLoaded();
  expect(await figures('model_load_failures_total')).toEqual({ '': before + 1 });
});
