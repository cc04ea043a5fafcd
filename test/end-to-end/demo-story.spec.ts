import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { texts as alerts } from '../../web/src/pages/alerts/texts.ts';
import { texts as incidents } from '../../web/src/pages/incidents/texts.ts';
import { texts as orders } from '../../web/src/pages/orders/texts.ts';
import { texts as parts } from '../../web/src/parts/texts.ts';
import { act, noBrowser, sidewaysOf } from './browser.ts';
import { journey } from './journey.ts';

const ALERT = 'Windows 日志被清除';
const UNIT = '南宁市人社业务单位（演示）';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

describe('the demo story', { skip: noBrowser }, () => {
  const { comes, faults } = journey((demo) => demo.intrude());

  test('an intrusion becomes an alert, an incident, an order, and is closed by another person, each step in the journal', async () => {
    const analyst = await comes('analyst', '/alerts');
    await analyst.getByRole('cell', { name: ALERT }).first().click();
    await analyst.getByRole('button', { name: alerts.zh.start }).click();
    await act(analyst, alerts.zh.openIncident, async (dialog) => {
      await dialog.getByLabel(alerts.zh.incident.name).waitFor();
    });
    await analyst.waitForURL(/\/incidents\/[0-9a-f-]{36}$/);
    const incident = new URL(analyst.url()).pathname;

    const dispatcher = await comes('dispatcher', incident);
    await dispatcher.getByRole('button', { name: incidents.zh.order.button }).click();
    await dispatcher.getByRole('menuitem', { name: incidents.zh.order.rectification }).click();
    const unit = dispatcher.getByLabel(orders.zh.form.unit);
    await unit.click();
    await unit.fill('南宁市人社');
    await dispatcher.getByTitle(UNIT).last().click();
    await dispatcher.getByRole('button', { name: orders.zh.saveDraft }).click();
    await dispatcher.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
    const order = new URL(dispatcher.url()).pathname;
    await act(dispatcher, '提交审核');

    const director = await comes('director', order);
    await act(director, '审核通过');
    await act(director, '签发');
    const title = (await heading(director).textContent()) ?? '';

    // Delivered by the platform; the open page hears of it.
    await director.locator('.ta-tags').getByText('待签收', { exact: true }).waitFor();
    const officer = await comes('officer', '/tasks', 'phone');
    await officer.getByRole('link', { name: title }).waitFor();
    assert.equal(await sidewaysOf(officer), 0, 'my tasks fit a phone');
    await officer.getByRole('button', { name: orders.zh.tasks.go.replace('{{action}}', '签收') }).click();
    await act(officer, '签收');
    assert.equal(await sidewaysOf(officer), 0, 'an order fits a phone');
    await act(officer, '开始整改');
    await act(officer, '提交整改', async (dialog) => {
      await dialog.locator('input[type=file]').setInputFiles({
        name: '整改佐证.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('已删除隐藏账号，恢复日志审计策略，修改全部管理口令。'),
      });
      await dialog.getByText('整改佐证.txt').waitFor();
      await dialog.getByLabel(orders.zh.form.text.measures).fill('删除隐藏账号，恢复日志审计策略，修改全部管理口令。');
    });

    await dispatcher.reload();
    await act(dispatcher, '开始复核');
    await act(dispatcher, '复核通过，办结', async (dialog) => {
      await dialog.getByLabel(orders.zh.form.text.retest).fill('登录主机复测，隐藏账号已不存在，日志正常上报。');
    });
    await dispatcher.getByText('已办结', { exact: true }).first().waitFor();

    const trail = dispatcher.locator('section, .ant-card').filter({ hasText: parts.zh.journal.title }).last();
    for (const verb of [
      'draft',
      'review',
      'issue',
      'deliver',
      'receive',
      'start',
      'submit',
      'verify',
      'close',
    ] as const) {
      await trail.getByText(parts.zh.verb.order[verb], { exact: true }).first().waitFor();
    }
    await officer.reload();
    await officer.getByText('已办结', { exact: true }).first().waitFor();
  });

  test('a person of another unit finds neither the order nor an alert', async () => {
    const other = await comes('officer-lz', '/tasks');
    await other.getByText(orders.zh.tasks.empty).waitFor();
    await other.goto('/orders');
    await other.getByText(orders.zh.empty, { exact: true }).waitFor();
    for (const path of ['/alerts', '/incidents']) {
      await other.goto(path);
      await other.getByText('403', { exact: true }).waitFor();
    }
  });

  test('no page broke or asked for what the content security policy forbids', () => {
    assert.deepEqual(faults(), []);
  });
});
