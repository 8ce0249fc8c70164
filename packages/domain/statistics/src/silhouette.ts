/** Euclidean distances between every two points. */
export function distancesBetween(points: readonly (readonly number[])[]): Float64Array[] {
  const distances = points.map(() => new Float64Array(points.length));
  points.forEach((point, row) => {
    for (let column = 0; column < row; column += 1) {
      const other = points[column] as readonly number[];
      let squares = 0;
      for (let axis = 0; axis < point.length; axis += 1) squares += ((point[axis] ?? 0) - (other[axis] ?? 0)) ** 2;
      const distance = Math.sqrt(squares);
      (distances[row] as Float64Array)[column] = distance;
      (distances[column] as Float64Array)[row] = distance;
    }
  });
  return distances;
}

/**
 * Mean silhouette of labelled points (Rousseeuw 1987), between -1 and 1: how much nearer each point is to its own cluster
 * than to the next one. A point that is alone in its cluster counts 0.
 *
 * @param labels - cluster of each point, from 0.
 */
export function meanSilhouette(
  distances: readonly Float64Array[],
  labels: readonly number[],
  clusters: number,
): number {
  const sizes = new Float64Array(clusters);
  for (const label of labels) sizes[label] = (sizes[label] as number) + 1;
  const sums = new Float64Array(clusters);
  let total = 0;
  for (const [index, row] of distances.entries()) {
    sums.fill(0);
    for (let other = 0; other < row.length; other += 1) {
      const label = labels[other] as number;
      sums[label] = (sums[label] as number) + (row[other] as number);
    }
    const own = labels[index] as number;
    if ((sizes[own] as number) < 2) continue;
    const inside = (sums[own] as number) / ((sizes[own] as number) - 1);
    let outside = Number.POSITIVE_INFINITY;
    for (let label = 0; label < clusters; label += 1) {
      if (label !== own && (sizes[label] as number) > 0) {
        outside = Math.min(outside, (sums[label] as number) / (sizes[label] as number));
      }
    }
    const greater = Math.max(inside, outside);
    if (Number.isFinite(outside) && greater > 0) total += (outside - inside) / greater;
  }
  return total / labels.length;
}
