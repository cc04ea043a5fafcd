import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { buildConsole } from '#app/build-console.ts';
import { type DemoApp, openDemoApp } from '../support/demo.ts';
import { enter, listen, openBrowser, openWindow, type Screen } from './browser.ts';

export interface Journey {
  readonly demo: DemoApp;
  /** A page in a browser of its own, with nobody signed in. */
  stranger(screen?: Screen): Promise<Page>;
  /**
   * A person opens a path. For the first time they sign in on the way; later they come back to the same browser, still signed
   * in, which keeps nothing else of them: what a list or a draft remembers is forgotten between two tests.
   */
  comes(account: string, path: string, screen?: Screen): Promise<Page>;
  /** Of all pages: uncaught errors, and what the content security policy forbade. */
  faults(): readonly string[];
}

/** Forgets what pages keep in the browser beside the session, which is in a cookie. */
async function forget(page: Page, origin: string): Promise<void> {
  const inspector = await page.context().newCDPSession(page);
  await inspector.send('Storage.clearDataForOrigin', { origin, storageTypes: 'local_storage,indexeddb' });
  await inspector.detach();
}

/**
 * The demo's platform and a browser for the tests of a `describe`, opened before them and closed after them.
 *
 * @param prepare what has to be there before the first test
 */
export function journey(prepare: (demo: DemoApp) => Promise<void> = async () => undefined): Journey {
  let opened: { readonly demo: DemoApp; readonly browser: Browser } | undefined;
  // By person and screen: a browser that has compiled the console and is signed in costs a third of a new one.
  const windows = new Map<string, BrowserContext>();
  const found: string[] = [];
  const there = () => opened ?? assert.fail('the platform is not open yet');
  const pageIn = async (window: BrowserContext): Promise<Page> => {
    const page = await window.newPage();
    listen(page, (fault) => found.push(fault));
    return page;
  };
  before(async () => {
    await buildConsole(() => undefined);
    opened = { demo: await openDemoApp(), browser: await openBrowser() };
    await prepare(opened.demo);
  });
  // A page that is left open goes on asking, and takes one of the few connections that a browser has.
  afterEach(async () => {
    for (const context of opened?.browser.contexts() ?? []) for (const page of context.pages()) await page.close();
  });
  after(async () => {
    await opened?.browser.close();
    await opened?.demo.stop();
  });
  return {
    get demo() {
      return there().demo;
    },
    stranger: async (screen) => pageIn(await openWindow(there().browser, there().demo.address, screen)),
    comes: async (account, path, screen = 'desk') => {
      const { browser, demo } = there();
      const known = windows.get(`${account} ${screen}`);
      if (known === undefined) {
        const window = await openWindow(browser, demo.address, screen);
        const page = await pageIn(window);
        await enter(page, account, path);
        windows.set(`${account} ${screen}`, window);
        return page;
      }
      const page = await pageIn(known);
      await forget(page, demo.address);
      await page.goto(path);
      return page;
    },
    faults: () => found,
  };
}
