import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seedScan } from '#app/demo/scan.ts';
import { texts as gaps } from '../../web/src/pages/ledger/gaps/texts.ts';
import { texts as life } from '../../web/src/pages/ledger/life/texts.ts';
import { texts as orders } from '../../web/src/pages/orders/texts.ts';
import { texts as overdue } from '../../web/src/pages/vulnerabilities/overdue/texts.ts';
import { texts as policy } from '../../web/src/pages/vulnerabilities/policy/texts.ts';
import { texts as parts } from '../../web/src/parts/texts.ts';
import { until } from '../support/demo.ts';
import { act, noBrowser, sidewaysOf } from './browser.ts';
import { journey } from './journey.ts';

const SERVER = '人社业务服务器';
const UNIT = '南宁市人社业务单位（演示）';

describe('the ledger', { skip: noBrowser }, () => {
  let asset: string;
  const { comes, faults } = journey(async (demo) => {
    const { system } = demo.app;
    await seedScan(system);
    asset = await until('the server with its vulnerabilities', () =>
      system.read(async (db) => {
        const found = await db
          .selectFrom('vulnerability_issue as i')
          .innerJoin('asset as a', 'a.id', 'i.asset_id')
          .select('a.id')
          .where('a.name', '=', SERVER)
          .executeTakeFirst();
        return found?.id;
      }),
    );
    // Deadlines are days away; nobody waits for them here.
    await system.transaction((tx) =>
      tx.db
        .updateTable('vulnerability_issue')
        .set({ deadline_at: new Date(Date.now() - 86_400_000) })
        .execute(),
    );
  });

  test('a dispatcher drafts the order for what is overdue of an asset, and finds it on the time axis', async () => {
    const page = await comes('dispatcher', `/assets/${asset}`);
    const found = page.getByText(life.zh.kind.vulnerability, { exact: true });
    await found.first().waitFor();
    await page.getByRole('button', { name: new RegExp(`^${overdue.zh.button.split('（')[0]}`) }).click();
    await page.getByRole('dialog').getByRole('button', { name: overdue.zh.confirm }).click();
    await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
    const order = page.url();
    await page.getByText(UNIT).first().waitFor();
    await act(page, '提交审核');

    await page.goto(`/assets/${asset}?life=order`);
    const axis = page.locator('.ta-timeline').first();
    await axis.getByText('提交审核').waitFor();
    await axis.getByRole('link').first().click();
    await page.waitForURL(order);
  });

  test('the kinds of the axis are chosen with the keyboard too, and the choice stands in the address', async () => {
    const page = await comes('dispatcher', `/assets/${asset}`);
    const kind = page.getByRole('button', { name: life.zh.kind.duty, exact: true });
    await kind.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/life=duty/);
    assert.equal(await kind.getAttribute('aria-pressed'), 'true');
    await page.getByText(life.zh.beginning).waitFor();
    assert.equal(await page.locator('.ta-life-kind', { hasText: life.zh.kind.vulnerability }).count(), 0);
  });

  test('a dispatcher drafts orders for chosen rows of the list: one for each unit, none twice', async () => {
    const page = await comes('dispatcher', '/vulnerabilities');
    await page.getByRole('row').nth(1).waitFor();
    await page.getByRole('checkbox').first().check();
    await page
      .getByRole('toolbar', { name: parts.zh.list.bulk })
      .getByRole('button', { name: overdue.zh.selected })
      .click();
    const several = page.getByRole('dialog').filter({ hasText: overdue.zh.next });
    await several.waitFor();
    assert.ok((await several.getByRole('link').count()) > 1, 'several units');
    await page.goto('/vulnerabilities');
    await page.getByRole('row').nth(1).waitFor();
    await page.getByRole('checkbox').first().check();
    await page
      .getByRole('toolbar', { name: parts.zh.list.bulk })
      .getByRole('button', { name: overdue.zh.selected })
      .click();
    await page.getByText(overdue.zh.none).waitFor();
  });

  test('an order about a gap of the ledger names the assets of the unit that is chosen', async () => {
    const page = await comes('dispatcher', '/assets/gaps');
    await page
      .getByRole('listitem')
      .filter({ hasText: '没有填写责任人' })
      .getByRole('button', { name: gaps.zh.order })
      .click();
    await page.getByText(orders.zh.form.gapUnit).waitFor();
    const unit = page.getByLabel(orders.zh.form.unit);
    await unit.click();
    await unit.fill('南宁市人社');
    await page.getByTitle(UNIT).last().click();
    await page.getByText(SERVER).first().waitFor();
    assert.match(await page.getByLabel(orders.zh.field.title).inputValue(), /无责任人/);
    await page.getByRole('button', { name: orders.zh.saveDraft }).click();
    await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
    await page.getByText(SERVER).first().waitFor();
  });

  test('the director changes the policy of mending with a reason, and everybody sees who did', async () => {
    const director = await comes('director', '/vulnerabilities/policy');
    await director.getByRole('button', { name: policy.zh.edit }).click();
    await director.getByLabel('按期', { exact: true }).fill('12');
    await director.getByLabel(policy.zh.reason).fill('中心例会议定');
    await director.getByRole('button', { name: policy.zh.save }).click();
    await director.getByRole('dialog').waitFor({ state: 'hidden' });
    const officer = await comes('officer', '/vulnerabilities/policy', 'phone');
    await officer.getByText('中心例会议定').waitFor();
    await officer.getByText(policy.zh.days.replace('{{count}}', '12')).first().waitFor();
    assert.equal(await officer.getByRole('button', { name: policy.zh.edit }).count(), 0);
  });

  test('an analyst is offered no order, a unit sees its asset without alerts, on a phone', async () => {
    const analyst = await comes('analyst', `/assets/${asset}`);
    await analyst.getByText(life.zh.open.vulnerabilities).waitFor();
    assert.equal(await analyst.getByRole('button', { name: new RegExp(overdue.zh.selected) }).count(), 0);
    const officer = await comes('officer', `/assets/${asset}`, 'phone');
    await officer.getByText(life.zh.open.vulnerabilities).waitFor();
    assert.equal(await officer.getByRole('button', { name: life.zh.kind.alert, exact: true }).count(), 0);
    assert.equal(await sidewaysOf(officer), 0, 'the page of an asset fits a phone');
  });

  test('no page broke or asked for what the content security policy forbids', () => {
    assert.deepEqual(faults(), []);
  });
});
