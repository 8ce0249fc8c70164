import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@ecobalyse/test-servers';

/** The processes of a running platform: who they are, how much memory they take, when they were killed and came back. */

export const PARTS = [
  'redis',
  'mongodb',
  'simulator',
  'extraction',
  'product-ingest',
  'stats',
  'training',
  'api',
  'orchestrator',
] as const;
export type PartName = (typeof PARTS)[number];

/** One kill; `backAt` is null until the part answers again. */
export interface Kill {
  part: PartName;
  at: number;
  backAt: number | null;
}

interface Sample {
  at: number;
  pid: number;
  mb: number;
}

interface ProcessesFile {
  parts: { name: PartName; pid?: number }[];
}

/** Process ids by part, as the launcher records them; the file may be read while it is being written. */
export async function pidsOf(dataFolder: string): Promise<Partial<Record<PartName, number>>> {
  let parts: ProcessesFile['parts'] | undefined;
  const read = async () => {
    ({ parts } = JSON.parse(await readFile(join(dataFolder, 'processes.json'), 'utf8')) as ProcessesFile);
    return true;
  };
  await waitUntil('the launcher has recorded its processes', read, 10_000);
  if (!parts) return {};
  return Object.fromEntries(parts.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])));
}

function residentMb(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined;
  }
}

/** What the memory of a part did. */
export interface MemoryReport {
  peakMb: number;
  /** Of the process that lived longest. */
  lifeSeconds: number;
  /** Medians of the second and the last third of that life. */
  middleMb: number;
  lastMb: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Samples of every part's memory. */
export function createMemoryLog() {
  const samples = new Map<PartName, Sample[]>(PARTS.map((part) => [part, []]));
  return {
    sample(pids: Partial<Record<PartName, number>>): void {
      for (const [part, pid] of Object.entries(pids) as [PartName, number][]) {
        const mb = residentMb(pid);
        if (mb !== undefined) samples.get(part)?.push({ at: Date.now(), pid, mb });
      }
    },
    report(part: PartName): MemoryReport {
      const all = samples.get(part) ?? [];
      const lives = [...new Set(all.map(({ pid }) => pid))].map((pid) => all.filter((one) => one.pid === pid));
      const spans = lives.map((life) => ({ life, ms: (life.at(-1)?.at ?? 0) - (life[0]?.at ?? 0) }));
      const longest = spans.reduce((a, b) => (b.ms > a.ms ? b : a), { life: [] as Sample[], ms: 0 });
      const third = Math.floor(longest.life.length / 3);
      const mbOf = (from: number, to?: number) => median(longest.life.slice(from, to).map(({ mb }) => mb));
      return {
        peakMb: all.reduce((peak, { mb }) => Math.max(peak, mb), 0),
        lifeSeconds: longest.ms / 1000,
        middleMb: mbOf(third, 2 * third),
        lastMb: mbOf(2 * third),
      };
    },
  };
}
