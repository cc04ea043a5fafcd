import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildConsole } from '#app/build-console.ts';
import { type DemoApp, openDemoApp } from '../support/demo.ts';
import { enter, openBrowser, type Screen, type Visit, visit } from './browser.ts';

export interface Journey {
  readonly demo: DemoApp;
  /** A browser window of its own, with nobody signed in. */
  stranger(screen?: Screen): Promise<Visit>;
  /** A person signs in in a window of their own and opens a path. */
  comes(account: string, path: string, screen?: Screen): Promise<Page>;
  /** Of all windows: uncaught errors, and what the content security policy forbade. */
  faults(): readonly string[];
}

/**
 * The demo's platform and a browser for the tests of a `describe`, opened before them and closed after them.
 *
 * @param prepare what has to be there before the first test
 */
export function journey(prepare: (demo: DemoApp) => Promise<void> = async () => undefined): Journey {
  let opened: { readonly demo: DemoApp; readonly browser: Browser } | undefined;
  const visits: Visit[] = [];
  const there = () => opened ?? assert.fail('the platform is not open yet');
  before(async () => {
    await buildConsole(() => undefined);
    opened = { demo: await openDemoApp(), browser: await openBrowser() };
    await prepare(opened.demo);
  });
  after(async () => {
    await opened?.browser.close();
    await opened?.demo.stop();
  });
  const stranger = async (screen: Screen = 'desk'): Promise<Visit> => {
    const visiting = await visit(there().browser, there().demo.address, screen);
    visits.push(visiting);
    return visiting;
  };
  return {
    get demo() {
      return there().demo;
    },
    stranger,
    comes: async (account, path, screen) => enter(await stranger(screen), account, path),
    faults: () => visits.flatMap(({ faults }) => faults),
  };
}
