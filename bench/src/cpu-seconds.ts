import { readFileSync } from 'node:fs';

const CLOCK_TICKS = 100;

/** CPU time of a process since its start, that of its threads included. */
export function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}
