import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildConsole } from '#app/build-console.ts';
import { texts as parts } from '../../web/src/parts/texts.ts';
import { type DemoApp, openDemoApp } from '../support/demo.ts';
import { enter, noBrowser, openBrowser, visit } from './browser.ts';

/** Presses the button of the export. @returns the lines of the file */
async function exported(page: Page): Promise<string[]> {
  const downloads = page.waitForEvent('download');
  await page.getByRole('button', { name: parts.zh.list.export }).click();
  const file = await readFile(await (await downloads).path(), 'utf8');
  assert.equal(file.charCodeAt(0), 0xfeff, 'without it Excel takes Chinese for something else');
  return file.slice(1).split('\r\n').slice(0, -1);
}

describe('a list kept as a sheet', { skip: noBrowser }, () => {
  let demo: DemoApp;
  let browser: Browser;

  before(async () => {
    await buildConsole(() => undefined);
    demo = await openDemoApp();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test('says what the screen says: its columns, all rows that its filters leave', async () => {
    const visiting = await visit(browser, demo.address);
    const page = await enter(visiting, 'analyst', '/units');
    await page.getByRole('row').nth(2).waitFor();
    const titles = (await page.getByRole('columnheader').allTextContents()).filter((title) => title !== '');
    const { total } = await (await page.request.get('/api/units?pageSize=1')).json();
    const [head, ...rows] = await exported(page);
    assert.deepEqual(head?.split(','), titles);
    assert.equal(rows.length, total);

    const { items } = await (await page.request.get('/api/units?search=卫健')).json();
    await page.goto('/units?q=卫健');
    await page.getByRole('row').nth(1).waitFor();
    const [, ...some] = await exported(page);
    assert.deepEqual(
      some.map((line) => line.split(',')[0]),
      items.map(({ name }: { name: string }) => name),
    );
    assert.deepEqual(visiting.faults, []);
  });
});
