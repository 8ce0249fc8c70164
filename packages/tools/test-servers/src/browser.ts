import { type Browser, chromium } from 'playwright-core';

export type { Browser as TestBrowser, Page as TestPage } from 'playwright-core';

/** A real Chromium without a window, which makes no connections of its own. */
export function startTestBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
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
