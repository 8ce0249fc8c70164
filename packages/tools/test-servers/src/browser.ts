import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

export type { Browser as TestBrowser, Page as TestPage } from 'playwright-core';

/** The first that is there: the one that is made for pages without a window starts and draws in half the time. */
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'] as const;

/** A real Chromium without a window, which makes no connections of its own. */
export async function startTestBrowser(): Promise<Browser> {
  // It takes a second to load, and most who start servers start no browser.
  const { chromium } = await import('playwright-core');
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
