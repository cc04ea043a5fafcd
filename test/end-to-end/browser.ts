import { existsSync } from 'node:fs';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { DEMO_PASSWORD } from '#app/demo/region.ts';
import { texts as identity } from '../../web/src/pages/identity/texts.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Why journeys cannot run here, or `false`: to be given to `test` as `skip`. */
export const noBrowser: string | false = existsSync(CHROMIUM)
  ? false
  : `no Chromium at ${CHROMIUM}; install it or set CHROMIUM_PATH`;

/** A busy machine may take its time; a journey fails by what is missing, not by how long it took. */
const PATIENCE_MS = 60_000;

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

export type Screen = 'desk' | 'phone';

const SCREENS: Readonly<Record<Screen, BrowserContextOptions>> = {
  desk: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

/** A browser of its own: nobody is signed in, nothing is kept. */
export async function openWindow(browser: Browser, address: string, screen: Screen = 'desk'): Promise<BrowserContext> {
  const context = await browser.newContext({
    ...SCREENS[screen],
    baseURL: address,
    locale: 'zh-CN',
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Calls `told` with all that goes wrong inside a page: uncaught errors and refusals of the content security policy. */
export function listen(page: Page, told: (fault: string) => void): void {
  page.on('pageerror', (error) => told(String(error)));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) told(message.text());
  });
}

const words = identity.zh.signIn;

/** Fills in the form of the sign-in page and sends it. */
export async function trySignIn(page: Page, account: string, password: string = DEMO_PASSWORD): Promise<void> {
  await page.getByLabel(words.account, { exact: true }).fill(account);
  await page.getByLabel(words.password, { exact: true }).fill(password);
  await page.getByRole('button', { name: words.submit }).click();
}

/** Opens a path as a person who signs in on the way. */
export async function enter(page: Page, account: string, path: string): Promise<void> {
  await page.goto(path);
  await trySignIn(page, account);
  await page.waitForURL((url) => url.pathname === path);
}

/** The dialog that is open. */
const dialogOf = (page: Page): Locator => page.getByRole('dialog').last();

/** Presses a button, and the button of the same name in the dialog that it opens; waits until that is gone. */
export async function act(page: Page, name: string, fill?: (dialog: Locator) => Promise<void>): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  const dialog = dialogOf(page);
  await dialog.waitFor();
  await fill?.(dialog);
  await dialog.getByRole('button', { name, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** How far the page can be moved sideways, in pixels: none on a well made page. */
export const sidewaysOf = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
