import cliProgress from 'cli-progress';

/** What a long reading has done so far, shown on standard error. */
export interface Progress {
  /** Tells how many bytes were read, and how many products were scored or refused. */
  update(bytes: number, products: number): void;
  /** Makes room for a line of text. */
  interrupt(): void;
  stop(): void;
}

/** A file that is read sooner shows nothing, unless asked. */
const PATIENCE_MS = 1000;

const SAVE_CURSOR = '\u001b7';

const HIDDEN: Progress = { update: () => undefined, interrupt: () => undefined, stop: () => undefined };

/**
 * Shows progress on standard error, where scores do not go. On a terminal it is drawn over and over, once the reading has
 * lasted; elsewhere, when asked for, it is a line every few seconds and one at the end.
 *
 * @param totalBytes - size of the input, if known.
 * @param wish - `always` even when standard error is no terminal; `auto` when scores themselves do not show the progress.
 */
export function startProgress(totalBytes: number | undefined, wish: 'always' | 'auto' | 'never'): Progress {
  const isTerminal = process.stderr.isTTY === true;
  if (wish === 'never') return HIDDEN;
  if (wish === 'auto' && (!isTerminal || process.stdout.isTTY === true)) return HIDDEN;

  const of = totalBytes === undefined ? '' : ' of {total} kB, {percentage} %';
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: `${totalBytes === undefined ? '' : '{bar} '}{value} kB${of}, {products} products, {duration_formatted}`,
    // The terminal would be left without line wrapping by a Ctrl-C.
    linewrap: true,
    noTTYOutput: true,
    notTTYSchedule: 2000,
  });
  const kB = (bytes: number) => Math.round(bytes / 1000);
  const begun = performance.now();
  let isShown = false;
  return {
    update(bytes, products) {
      if (!isShown && (wish === 'always' || performance.now() - begun > PATIENCE_MS)) {
        isShown = true;
        bar.start(kB(totalBytes ?? 0), 0, { products: 0 });
      }
      if (isShown) bar.update(kB(bytes), { products });
    },
    interrupt() {
      if (isShown && isTerminal) process.stderr.write('\r\u001b[K');
    },
    stop() {
      if (!isShown) return;
      // The bar goes back to where it was first drawn: by now, errors may stand there.
      if (isTerminal) process.stderr.write(SAVE_CURSOR);
      bar.stop();
    },
  };
}
