/**
 * Scoring without storing: a file of 100,000 garments of mixed descriptions (or of the number given) by the command `score`, from
 * and to several forms, and the same garments by one batch of the simulator. The goal is 10 s each.
 *
 * Run after `npm run build`: `node bench/dist/score-files.js [garments]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { designedQueries } from '@ecobalyse/impact-models';
import { startTestSimulator } from '@ecobalyse/test-servers';

const GARMENTS = Number(process.argv[2] ?? 100_000);
const GOAL_SECONDS = 10;
const CLI = fileURLToPath(new URL('../../packages/tools/cli/bundle/main.js', import.meta.url));
/** For the process that scores: it says at its end what it took. */
const tellAtExit = () =>
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const cpu = ((userCPUTime + systemCPUTime) / 1e6).toFixed(1);
    console.error(`${cpu} s of CPU, ${Math.round(maxRSS / 1024)} MB at most`);
  });
const TELLING = `data:text/javascript,${encodeURIComponent(`(${tellAtExit})()`)}`;

const folder = await mkdtemp(join(tmpdir(), 'ecobalyse-bench-'));
const at = (name: string) => join(folder, name);

/** Tells how long something took beside the goal. */
async function timed(what: string, work: () => Promise<string>): Promise<void> {
  const before = performance.now();
  const told = await work();
  const seconds = (performance.now() - before) / 1000;
  const verdict = seconds < GOAL_SECONDS ? 'within' : 'beyond';
  console.log(`${what}: ${seconds.toFixed(1)} s, ${verdict} the goal; ${told}; load ${loadavg()[0]?.toFixed(1)}`);
}

const score = (from: string, format: string, to: string) =>
  timed(`${from} to ${to}`, async () => {
    const args = ['--import', TELLING, CLI, 'score', at(from), '--format', format, '--output', at(to)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    if (code !== 0) throw new Error(`the command ended with ${code}: ${told}`);
    return told.trim();
  });

const simulator = await startTestSimulator();
try {
  const lines = designedQueries({ design: GARMENTS, stratum: 0 }).map(({ query, index }) =>
    JSON.stringify({ reference: `SKU-${index}`, ...query }),
  );
  await writeFile(at('garments.ndjson'), lines.join('\n'));
  await score('garments.ndjson', 'ndjson', 'scores.ndjson');
  await score('garments.ndjson', 'xlsx', 'scores.xlsx');
  await score('garments.ndjson', 'csv-fr', 'scores-fr.csv');
  // What is written for French spreadsheets is a file of products again, with a column for each field.
  await score('scores-fr.csv', 'csv', 'scores.csv');
  await timed('by a batch of the simulator, simple answers', async () => {
    const sent = request(`${simulator.apiUrl}/textile/simulator/batch?answer=simple`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
    });
    createReadStream(at('garments.ndjson')).pipe(sent);
    const [response] = await once(sent, 'response');
    const answers = (await text(response)).trimEnd().split('\n').length;
    return `${answers} answers`;
  });
} finally {
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
}
