import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { texts as parts } from '../../web/src/parts/texts.ts';
import { noBrowser } from './browser.ts';
import { journey } from './journey.ts';

/** Presses the button of the export. @returns the lines of the file */
async function exported(page: Page): Promise<string[]> {
  const downloads = page.waitForEvent('download');
  await page.getByRole('button', { name: parts.zh.list.export }).click();
  const file = await readFile(await (await downloads).path(), 'utf8');
  assert.equal(file.charCodeAt(0), 0xfeff, 'without it Excel takes Chinese for something else');
  return file.slice(1).split('\r\n').slice(0, -1);
}

describe('a list kept as a sheet', { skip: noBrowser }, () => {
  const { comes, faults } = journey();

  test('says what the screen says: its columns, all rows that its filters leave', async () => {
    const page = await comes('analyst', '/units');
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
    assert.deepEqual(faults(), []);
  });
});
