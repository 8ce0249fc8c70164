/** The value of a key, worked out and kept when it is first asked for. */
export function kept<Key, Value>(values: Map<Key, Value>, key: Key, workOut: () => Value): Value {
  let value = values.get(key);
  if (value === undefined) {
    value = workOut();
    values.set(key, value);
  }
  return value;
}
