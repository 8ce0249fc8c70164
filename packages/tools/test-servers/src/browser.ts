import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

export type { Browser as TestBrowser, Page as TestPage } from 'playwright-core';

/** The first that is there: the one that is made for pages without a window starts and draws in half the time. */
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] as const;

/** A real Chromium without a window, which makes no connections of its own. */
export function startTestBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? PROGRAMS.find((program) => existsSync(program)) ?? PROGRAMS[0],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
