const MAX_ITERATIONS = 800;
const TOLERANCE = 1e-16;

/** Rows of a sparse matrix, one after the other. */
export interface SparseRows {
  starts: Int32Array;
  columns: Int32Array;
  values: Float64Array;
  width: number;
}

function multiply({ starts, columns, values }: SparseRows, vector: Float64Array, out: Float64Array): void {
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at++)
      sum += (values[at] as number) * (vector[columns[at] as number] as number);
    out[row] = sum;
  }
}

function multiplyTransposed({ starts, columns, values }: SparseRows, vector: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (let row = 0; row < vector.length; row++) {
    const factor = vector[row] as number;
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at++) {
      const column = columns[at] as number;
      out[column] = (out[column] as number) + (values[at] as number) * factor;
    }
  }
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
};

/** Least squares with an L2 penalty, by conjugate gradients on the normal equations (Hestenes and Stiefel, 1952). */
export function solve(rows: SparseRows, targets: Float64Array, penalty: number): Float64Array {
  const solution = new Float64Array(rows.width);
  const residual = new Float64Array(rows.width);
  multiplyTransposed(rows, targets, residual);
  const direction = residual.slice();
  const image = new Float64Array(targets.length);
  const applied = new Float64Array(rows.width);
  let energy = dot(residual, residual);
  const enough = energy * TOLERANCE;
  for (let iteration = 0; iteration < MAX_ITERATIONS && energy > enough; iteration++) {
    multiply(rows, direction, image);
    multiplyTransposed(rows, image, applied);
    for (let at = 0; at < applied.length; at++)
      applied[at] = (applied[at] as number) + penalty * (direction[at] as number);
    const step = energy / dot(direction, applied);
    for (let at = 0; at < solution.length; at++) {
      solution[at] = (solution[at] as number) + step * (direction[at] as number);
      residual[at] = (residual[at] as number) - step * (applied[at] as number);
    }
    const next = dot(residual, residual);
    for (let at = 0; at < direction.length; at++)
      direction[at] = (residual[at] as number) + (next / energy) * (direction[at] as number);
    energy = next;
  }
  return solution;
}
