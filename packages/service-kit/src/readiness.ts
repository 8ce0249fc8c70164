/** What a probe of one dependency found. */
export interface ProbeResult {
  status: 'up' | 'down';
  detail?: string;
}

/**
 * Probes every dependency at once.
 *
 * @param probes - by dependency; a probe that rejects or takes longer than `timeoutMs` is down.
 */
export async function probeAll(
  probes: Readonly<Record<string, () => Promise<unknown>>>,
  timeoutMs: number,
): Promise<Record<string, ProbeResult>> {
  const results = await Promise.all(
    Object.entries(probes).map(async ([name, probe]): Promise<[string, ProbeResult]> => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
      });
      try {
        await Promise.race([probe(), late]);
        return [name, { status: 'up' }];
      } catch {
        return [name, { status: 'down', detail: `${name} cannot be reached` }];
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  return Object.fromEntries(results);
}
