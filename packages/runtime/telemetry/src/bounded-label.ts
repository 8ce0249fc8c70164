/** Stands for every value beyond the bound. */
export const OTHER = 'other';

/**
 * A filter for values of a label that come from data: the first `max` distinct ones pass, all others are `other`, so that
 * nobody can make the metrics grow without end.
 */
export function boundedLabel(max: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max) return OTHER;
    known.add(value);
    return value;
  };
}
