/**
 * The value of a key, worked out and kept when it is first asked for.
 *
 * @param most - so many are kept; the next one begins anew.
 */
export function kept<Key, Value>(
  values: Map<Key, Value>,
  key: Key,
  workOut: () => Value,
  most = Number.POSITIVE_INFINITY,
): Value {
  let value = values.get(key);
  if (value === undefined) {
    value = workOut();
    if (values.size >= most) values.clear();
    values.set(key, value);
  }
  return value;
}

/** Counts what is kept, and has it thrown away once there is more than `most`. */
export function bounded(most: number, clear: () => void): { add(more?: number): void; tidy(): void } {
  let count = 0;
  return {
    add: (more = 1) => {
      count += more;
    },
    tidy: () => {
      if (count <= most) return;
      count = 0;
      clear();
    },
  };
}
