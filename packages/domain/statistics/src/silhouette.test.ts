import { expect, it } from 'vitest';
import { distancesBetween, meanSilhouette } from './silhouette.js';

const line = (...places: number[]) => distancesBetween(places.map((place) => [place]));

it('distances are those of every two points, over all axes', () => {
  const points = [
    [0, 0],
    [3, 4],
    [3, 0],
  ];
  expect(distancesBetween(points).map((row) => [...row])).toEqual([
    [0, 5, 3],
    [5, 0, 4],
    [3, 4, 0],
  ]);
});

// Each value worked out by hand: (outside - inside) / the greater of both, for each point.
it.each<[string, number[], number[], number, number]>([
  ['two pairs', [0, 2, 10, 14], [0, 0, 1, 1], 2, (10 / 12 + 8 / 10 + 5 / 9 + 9 / 13) / 4],
  ['clusters that are mixed', [0, 2, 1, 3], [0, 0, 1, 1], 2, (0 - 0.5 - 0.5 + 0) / 4],
  ['one that is alone in its cluster, which counts 0', [0, 2, 10], [0, 0, 1], 2, (8 / 10 + 6 / 8) / 3],
  ['three clusters, of which the nearest counts', [0, 2, 10, 12, 100], [0, 0, 1, 1, 2], 3, (9 / 11 + 7 / 9) * (2 / 5)],
  ['a cluster without points', [0, 2, 10, 12], [0, 0, 2, 2], 3, (9 / 11 + 7 / 9) / 2],
  ['one cluster only', [0, 2, 10], [0, 0, 0], 1, 0],
  ['points that are all the same', [5, 5, 5, 5], [0, 0, 1, 1], 2, 0],
])('the mean silhouette of %s', (_, places, labels, clusters, mean) => {
  expect(meanSilhouette(line(...places), labels, clusters)).toBeCloseTo(mean, 12);
});
