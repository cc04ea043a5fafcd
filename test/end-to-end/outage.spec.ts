import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { texts as overview } from '../../web/src/pages/overview/texts.ts';
import { texts as shell } from '../../web/src/shell/texts.ts';
import { noBrowser, sidewaysOf } from './browser.ts';
import { journey } from './journey.ts';

const words = shell.zh;
const [notFresh = ''] = words.notFresh.split('{{time}}');

/** Answers as the platform does while a store behind it is away. @returns how it comes back */
async function takeAway(page: Page, paths: string, reason: string): Promise<() => Promise<void>> {
  const json = { title: 'Not available', status: 503, code: 'unavailable', reason, requestId: 'r-1' };
  await page.route(paths, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json }));
  return () => page.unroute(paths);
}

describe('while a store does not answer', { skip: noBrowser }, () => {
  const { comes, faults } = journey();

  test('the overview says until when its figures hold and why, on a phone too, and is read anew afterwards', async () => {
    const page = await comes('analyst', '/', 'phone');
    const figure = page.getByText(overview.zh.figure.events, { exact: true });
    await figure.waitFor();
    await page.getByText(overview.zh.figure.alertsUnit, { exact: true }).waitFor();
    assert.equal(await page.getByText(notFresh).count(), 0);
    const comeBack = await takeAway(page, '**/api/**', 'records.down');
    await page.getByText(notFresh).waitFor();
    await page.getByText(words.reasons['records.down']).waitFor();
    assert.equal(await sidewaysOf(page), 0);
    assert.equal(await figure.count(), 1);
    const anew = page.waitForResponse((response) => response.url().includes('/api/alerts/counts') && response.ok());
    await comeBack();
    await page.getByText(notFresh).waitFor({ state: 'hidden' });
    await anew;
    assert.deepEqual(faults(), []);
  });

  test('a search says that the events are away and nothing is lost, and goes on when it is asked again', async () => {
    const page = await comes('analyst', '/events');
    const comeBack = await takeAway(page, '**/api/events/**', 'events.down');
    await page.reload();
    await page.getByText(words.reasons['events.down']).first().waitFor();
    await comeBack();
    await page.getByRole('main').getByRole('button').last().click();
    await page.getByText(words.reasons['events.down']).first().waitFor({ state: 'hidden' });
    assert.deepEqual(faults(), []);
  });
});
