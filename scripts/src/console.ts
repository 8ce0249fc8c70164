import { MultiBar, type SingleBar } from 'cli-progress';
import type { RunWatcher } from './pipeline-runs.js';

/** Seconds between two lines of progress where there is no terminal to draw a bar on. */
const LINE_INTERVAL_MS = 2000;

/** What each task's result says to people. */
function describe(result: unknown): string {
  if (typeof result !== 'object' || result === null) return '';
  const counts = Object.entries(result).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${value} ${name.replace(/([A-Z])/g, ' $1').toLowerCase()}`] : [],
  );
  return counts.join(', ');
}

/** The launcher's output: lines of text, and a bar below them while simulations run. */
export interface LauncherConsole extends RunWatcher {
  say(line: string): void;
  endProgress(): void;
}

export function createConsole(stream: NodeJS.WriteStream = process.stdout): LauncherConsole {
  let bars: MultiBar | undefined;
  let bar: SingleBar | undefined;
  let lastLine = { at: Number.NEGATIVE_INFINITY, done: -1 };

  const say = (line: string): void => {
    if (bars) bars.log(`${line}\n`);
    else stream.write(`${line}\n`);
  };
  const endProgress = (): void => {
    bars?.stop();
    bars = undefined;
    bar = undefined;
  };

  return {
    say,
    endProgress,

    simulations(done, planned) {
      if (stream.isTTY) {
        if (!bar && done < planned) {
          bars = new MultiBar({
            stream,
            format:
              '  simulations {bar} {percentage} % | {value}/{total} | {duration_formatted}, {eta_formatted} to go',
            hideCursor: true,
            barsize: 30,
            linewrap: false,
          });
          bar = bars.create(planned, done);
        }
        bar?.update(done);
        if (done >= planned) endProgress();
        return;
      }
      const now = performance.now();
      if (done === lastLine.done || (now - lastLine.at < LINE_INTERVAL_MS && done < planned)) return;
      lastLine = { at: now, done };
      say(`  simulations: ${done} of ${planned} (${Math.floor((100 * done) / planned)} %)`);
    },

    taskDone(task, seconds, result) {
      say(`  ✓ ${task} (${seconds.toFixed(1)} s): ${describe(result)}`);
    },

    taskTrouble(task, error) {
      say(`  ! ${task}: ${error}`);
    },
  };
}
