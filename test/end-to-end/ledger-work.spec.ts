import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { createAsset } from '#domain/ledger/index.ts';
import { texts as campaigns } from '../../web/src/pages/ledger/campaigns/texts.ts';
import { texts as gaps } from '../../web/src/pages/ledger/gaps/texts.ts';
import { texts as sheet } from '../../web/src/pages/ledger/import/texts.ts';
import { texts as observations } from '../../web/src/pages/ledger/observations/texts.ts';
import { texts as ledger } from '../../web/src/pages/ledger/texts.ts';
import { texts as workbench } from '../../web/src/pages/ledger/workbench/texts.ts';
import { texts as parts } from '../../web/src/parts/texts.ts';
import { texts as views } from '../../web/src/parts/views/texts.ts';
import { texts as shell } from '../../web/src/shell/texts.ts';
import { until } from '../support/demo.ts';
import { act, noBrowser, sidewaysOf } from './browser.ts';
import { journey } from './journey.ts';

const UNIT = '南宁市人社业务单位（演示）';
const UNIT_PATH = '/450000/450100/nn-hr/';
const SHEET = [
  '资产名称,大类,单位,IP地址,负责人',
  `窗口终端甲,终端,${UNIT},10.71.20.231,韦一`,
  `窗口终端乙,终端,${UNIT},10.71.20.232,韦一`,
  `坏地址,终端,${UNIT},999.1.1.1,韦一`,
  `人社业务服务器,终端,${UNIT},10.71.10.22,王五`,
].join('\n');

const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values).reduce((so, [name, value]) => so.replace(`{{${name}}}`, String(value)), text);
const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name });

describe('work on the ledger', { skip: noBrowser }, () => {
  /** The two machines with one cloned hardware id, which people are asked about. */
  let twins: readonly { readonly id: string; readonly name: string }[] = [];
  const site = journey(async ({ app }) => {
    twins = await until('two machines that may be one', () =>
      app.system.read(async (db) => {
        const found = await db
          .selectFrom('asset')
          .select(['id', 'name'])
          .where('name', 'in', ['test-01', 'test-02'])
          .orderBy('name')
          .execute();
        return found.length === 2 ? found : undefined;
      }),
    );
  });
  const { comes } = site;

  const assetCalled = (name: string) =>
    site.demo.app.system.read((db) =>
      db.selectFrom('asset').select(['state', 'responsible_person']).where('name', '=', name).executeTakeFirst(),
    );
  /** Which asset each observation of the two machines is linked to. */
  const links = () =>
    site.demo.app.system.read((db) =>
      db
        .selectFrom('asset_observation')
        .select(['native_key', 'asset_id'])
        .where('native_key', 'in', ['101', '102'])
        .orderBy('native_key')
        .execute(),
    );

  test('a sheet is uploaded, seen first, written, and taken back: the ledger is as it was', async () => {
    const before = await assetCalled('人社业务服务器');
    const page = await comes('dispatcher', '/assets/import');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: '窗口.csv', mimeType: 'text/csv', buffer: Buffer.from(SHEET) });
    await row(page, '坏地址').getByText(sheet.zh.verdict.skip).waitFor();
    await row(page, '窗口终端甲').getByText(sheet.zh.verdict.create).waitFor();
    await row(page, '人社业务服务器').getByText(sheet.zh.verdict.update).waitFor();
    assert.equal(await assetCalled('窗口终端甲'), undefined, 'nothing is written before it is accepted');
    await page.getByRole('checkbox', { name: sheet.zh.whole }).check();
    await page.getByText(filled(sheet.zh.wholeLeft, { count: 1 })).waitFor();
    assert.ok(await button(page, filled(sheet.zh.apply, { count: 3 })).isDisabled(), 'all or nothing, and one is bad');
    await page.getByRole('checkbox', { name: sheet.zh.whole }).uncheck();
    await button(page, filled(sheet.zh.apply, { count: 3 })).click();
    await page.getByText(filled(sheet.zh.appliedHint, { count: 3 })).waitFor();
    assert.equal((await assetCalled('窗口终端乙'))?.responsible_person, '韦一');
    assert.equal((await assetCalled('人社业务服务器'))?.responsible_person, '王五');

    const again = await comes('dispatcher', '/assets/import');
    await again
      .locator('input[type=file]')
      .setInputFiles({ name: '窗口.csv', mimeType: 'text/csv', buffer: Buffer.from(SHEET) });
    await again.getByText(filled(sheet.zh.allSame, { formatted: 3 })).waitFor();
    assert.equal(await again.getByRole('checkbox', { name: sheet.zh.whole }).count(), 0, 'there is nothing to write');
    await button(again, sheet.zh.again).click();
    await again.getByText(sheet.zh.drop).waitFor();

    await act(page, sheet.zh.undo);
    await page.getByText(filled(sheet.zh.undone, { done: 3 })).waitFor();
    assert.deepEqual(await assetCalled('人社业务服务器'), before);
    assert.equal((await assetCalled('窗口终端甲'))?.state, 'written_off');
  });

  test('a sheet without a column of names says so, and does not say that its columns were recognised', async () => {
    const page = await comes('dispatcher', '/assets/import');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: '甲乙.csv', mimeType: 'text/csv', buffer: Buffer.from('甲,乙\n一,10.1.1.1') });
    await page.getByText(filled(sheet.zh.unnamed, { row: 1 })).waitFor();
    await page.getByText(sheet.zh.columnsChange, { exact: true }).waitFor();
    assert.equal(await page.getByText(sheet.zh.columnsHint).count(), 0);
  });

  test('a file that is no sheet is refused in words, without a place that says nothing to the reader', async () => {
    const page = await comes('dispatcher', '/assets/import');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: '坏.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('PK no sheet') });
    await page.getByText(ledger.zh.reasons['asset.import.unreadable']).waitFor();
    assert.equal(await page.getByText('/file').count(), 0);
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: '空.csv', mimeType: 'text/csv', buffer: Buffer.from('资产名称,IP地址') });
    await page.getByText(ledger.zh.reasons['asset.import.empty']).waitFor();
    // An import that is not there leads on.
    await page.goto('/assets/import?id=00000000-0000-7000-8000-000000000000');
    await page.getByRole('link', { name: sheet.zh.others }).click();
    await page.getByText(sheet.zh.drop).waitFor();
  });

  test('assets are changed together, and what they were comes back', async () => {
    const page = await comes('dispatcher', '/assets');
    await page.getByPlaceholder(ledger.zh.search).fill('办公终端');
    await page.waitForURL(/[?&]q=/);
    const [first, second] = [row(page, UNIT).filter({ hasText: '1 号' }), row(page, UNIT).filter({ hasText: '2 号' })];
    await first.getByRole('checkbox').check();
    await second.getByRole('checkbox').check();
    await button(page.getByRole('toolbar', { name: parts.zh.list.bulk }), ledger.zh.bulk.edit).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(ledger.zh.field.responsiblePerson).fill('覃三');
    await button(dialog, ledger.zh.form.save).click();
    await page.getByText(filled(ledger.zh.bulk.done, { count: 2 })).waitFor();
    await first.getByText('覃三').waitFor();
    await second.getByText('覃三').waitFor();
    await button(page, ledger.zh.bulk.undo).click();
    await page.getByText(filled(ledger.zh.bulk.undone, { count: 2 })).waitFor();
    await first.getByText('覃三').waitFor({ state: 'detached' });
    await second.getByText('覃三').waitFor({ state: 'detached' });
  });

  test('two records are merged, one observation is split off, and the split is undone exactly', async () => {
    const page = await comes('analyst', '/assets/workbench');
    await act(page, workbench.zh.duplicates.merge, async (dialog) => {
      await dialog.getByLabel(parts.zh.reason.label).fill('同一台机器');
    });
    const merged = await links();
    const kept = merged[0]?.asset_id;
    assert.ok(kept);
    assert.equal(merged[1]?.asset_id, kept, 'both observations are of one asset');

    await page.goto(`/assets/identity?id=${kept}`);
    const other = twins.find(({ id }) => id !== kept)?.name === 'test-01' ? '101' : '102';
    await page.getByRole('checkbox', { name: other }).check();
    await act(page, observations.zh.identity.split, async (dialog) => {
      await dialog.getByLabel(parts.zh.reason.label).fill('其实是两台');
    });
    await page.getByRole('checkbox').first().waitFor({ state: 'detached' });
    const split = await links();
    assert.notEqual(split[0]?.asset_id, split[1]?.asset_id, 'two assets again');
    const made = split.find(({ asset_id }) => asset_id !== kept)?.asset_id;
    await page.getByRole('link', { name: observations.zh.identity.splitOpen }).click();
    await page.waitForURL(`**/assets/identity?id=${made}`);
    await page.getByText(observations.zh.identity.splitMade).waitFor({ state: 'detached' });

    await page.goto('/assets/workbench');
    await page.getByRole('tab', { name: workbench.zh.tab.changes }).click();
    const line = page.getByRole('listitem').filter({ hasText: '拆出' });
    await button(line, workbench.zh.changes.undo).click();
    await button(page.getByRole('dialog'), workbench.zh.changes.undo).click();
    await line.getByText(filled(workbench.zh.changes.undoneBy, { name: '分析员' })).waitFor();
    assert.deepEqual(await links(), merged);
  });

  test('two assets of one name are told apart by their numbers wherever a person chooses between them', async () => {
    const { system } = site.demo.app;
    const made = async (code: string) =>
      (await createAsset(system, { class: 'endpoint', name: '大厅终端', code, unitPath: UNIT_PATH })).id;
    const [id] = [await made('DT-01'), await made('DT-02')];
    const page = await comes('analyst', '/assets/workbench', 'phone');
    await page.goto(`/assets/identity?id=${id}`);
    await button(page, workbench.zh.mergeWith.open).click();
    await page.getByRole('combobox', { name: workbench.zh.mergeWith.search }).fill('大厅终端');
    await page.getByTitle('大厅终端').filter({ hasText: 'DT-02' }).click();
    const dialog = page.getByRole('dialog').last();
    await dialog.getByText('“大厅终端（DT-02）”的全部观测').waitFor();
    await dialog.getByRole('radio', { name: 'DT-02' }).check();
    await dialog.getByText('并入“大厅终端（DT-02）”').waitFor();
    assert.equal(await sidewaysOf(page), 0);
  });

  test('a unit goes through its list on a phone: claims, corrects, rejects, and says that it is complete', async () => {
    const page = await comes('officer', '/assets', 'phone');
    await page.getByRole('link', { name: campaigns.zh.asked.open }).click();
    await page.waitForURL('**/my/assets/check?*');
    const line = (name: string) => page.locator('.ta-check > li').filter({ hasText: name });
    assert.equal(await sidewaysOf(page), 0, 'the list fits a phone');

    await button(line('办公终端 1 号'), campaigns.zh.asked.confirm).click();
    await line('办公终端 1 号').waitFor({ state: 'detached' });

    await button(line('办公终端 2 号'), campaigns.zh.asked.correct).click();
    const form = page.getByRole('dialog').filter({ hasText: ledger.zh.form.save });
    await form.getByLabel(ledger.zh.field.responsiblePerson, { exact: true }).fill('韦二');
    await button(form, ledger.zh.form.save).click();
    await line('办公终端 2 号').getByText('韦二').waitFor();

    await button(line('办公终端 3 号'), campaigns.zh.asked.reject).click();
    const dialog = page.getByRole('dialog').last();
    assert.ok(await button(dialog, campaigns.zh.asked.reject).isDisabled(), 'not without a word why');
    await dialog.getByLabel(parts.zh.reason.label).fill('属于隔壁单位');
    await button(dialog, campaigns.zh.asked.reject).click();
    await line('办公终端 3 号').waitFor({ state: 'detached' });

    const finish = button(page, campaigns.zh.asked.finish);
    assert.ok(await finish.isDisabled(), 'not while something is unanswered');
    await page.getByText(/还有 \d+ 项未核对，全部核对后点/).waitFor();
    await page.getByRole('button', { name: /^确认本页/ }).click();
    await page.getByText(campaigns.zh.asked.nothing).waitFor();
    await finish.click();
    await page.waitForURL('**/assets');
    await page.getByText(campaigns.zh.asked.title).waitFor({ state: 'detached' });

    const answers = await site.demo.app.system.read((db) =>
      db
        .selectFrom('asset_campaign_item')
        .select(({ fn }) => ['answer', fn.countAll<number>().as('count')])
        .where('unit_path', '=', UNIT_PATH)
        .groupBy('answer')
        .execute(),
    );
    assert.deepEqual(answers.map(({ answer }) => answer).sort(), ['confirmed', 'rejected']);
    assert.equal(Number(answers.find(({ answer }) => answer === 'rejected')?.count), 1);

    const centre = await comes('dispatcher', '/campaigns');
    await centre.locator('main').getByRole('link').first().click();
    await row(centre, UNIT).getByText(campaigns.zh.unitState.done).waitFor();
    await centre.getByText('属于隔壁单位').waitFor();
  });

  test('a view is saved, shared, and begun with by a colleague; another unit knows nothing of it', async () => {
    const page = await comes('dispatcher', '/assets');
    const star = (at: Page) => at.getByRole('button', { name: new RegExp(`^${views.zh.label}`) });
    const more = (at: Page) => button(at, filled(views.zh.more, { name: '办公终端' }));
    await page.getByPlaceholder(ledger.zh.search).fill('办公终端');
    await page.waitForURL(/[?&]q=/);
    await star(page).click();
    await page.getByLabel(views.zh.name).fill('办公终端');
    await page.keyboard.press('Enter');
    await more(page).click();
    await page.getByRole('menuitem', { name: views.zh.share.centre }).click();
    await page.getByText(views.zh.shared, { exact: true }).waitFor();

    const colleague = await comes('duty', '/assets');
    await star(colleague).click();
    await colleague.getByText(filled(views.zh.by, { name: '调度员' })).waitFor();
    await more(colleague).click();
    assert.equal(await colleague.getByRole('menuitem', { name: views.zh.remove }).count(), 0, 'only its owner may');
    await colleague.getByRole('menuitem', { name: views.zh.begin }).click();
    await colleague.getByText(views.zh.begins, { exact: true }).waitFor();
    await colleague.goto('/assets');
    await colleague.waitForURL(/[?&]q=/);
    await colleague.getByRole('button', { name: parts.zh.list.clear }).click();
    await colleague.waitForURL((url) => url.search === '');

    const officer = await comes('officer', '/assets', 'phone');
    await star(officer).click();
    await officer.getByText(views.zh.none).waitFor();
  });

  test('while the platform is out of reach the console stays, and goes on by itself; an address of nothing is no page', async () => {
    const page = await comes('dispatcher', '/assets');
    await row(page, UNIT).first().waitFor();
    await page.context().setOffline(true);
    await page.getByRole('navigation').getByRole('link', { name: gaps.zh.title, exact: true }).click();
    await page.getByText(shell.zh.unreachable.title).waitFor();
    await page.context().setOffline(false);
    await page.getByRole('heading', { name: gaps.zh.title, exact: true }).waitFor();

    await page.goto('/assets/not-an-id');
    await page.getByText(parts.zh.error.gone).waitFor();
    assert.equal(await button(page, parts.zh.retry).count(), 0, 'nothing to try again');
  });

  test('no page broke or asked for what the content security policy forbids', () => {
    assert.deepEqual(site.faults(), []);
  });
});
