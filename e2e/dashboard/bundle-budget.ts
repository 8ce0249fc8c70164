import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../dashboard/dist/', import.meta.url));
const OVERVIEW = 'src/pages/overview/overview-page.tsx';
const CHARTS = 'src/chart/echarts.ts';

interface Chunk {
  file: string;
  imports?: string[];
}

/**
 * JavaScript that a reader loads first, gzipped, in bytes: the shell alone, and with the overview and the charts' chunk.
 *
 * @throws Error when the bundle lacks one of them.
 */
export async function firstLoadBytes(): Promise<{ shell: number; withCharts: number }> {
  const manifest = JSON.parse(await readFile(`${DIST}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>;
  function filesOf(names: readonly string[], seen = new Set<string>()): Set<string> {
    for (const name of names) {
      const chunk = manifest[name];
      if (!chunk) throw new Error(`the bundle has no ${name}`);
      if (seen.has(chunk.file)) continue;
      seen.add(chunk.file);
      filesOf(chunk.imports ?? [], seen);
    }
    return seen;
  }
  const sizeOf = async (names: readonly string[]) => {
    const sizes = await Promise.all([...filesOf(names)].map(async (file) => (await stat(`${DIST}${file}.gz`)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  return { shell: await sizeOf(['index.html']), withCharts: await sizeOf(['index.html', OVERVIEW, CHARTS]) };
}
