import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { seedScan } from '#app/demo/scan.ts';
import { texts as campaigns } from '../../web/src/pages/ledger/campaigns/texts.ts';
import { texts as duties } from '../../web/src/pages/ledger/duties/texts.ts';
import { texts as gaps } from '../../web/src/pages/ledger/gaps/texts.ts';
import { texts as sheet } from '../../web/src/pages/ledger/import/texts.ts';
import { texts as ledger } from '../../web/src/pages/ledger/texts.ts';
import { texts as acceptance } from '../../web/src/pages/vulnerabilities/acceptance/texts.ts';
import { texts as vulnerabilities } from '../../web/src/pages/vulnerabilities/texts.ts';
import { texts as undo } from '../../web/src/pages/vulnerabilities/undo/texts.ts';
import { texts as parts } from '../../web/src/parts/texts.ts';
import { texts as views } from '../../web/src/parts/views/texts.ts';
import { texts as shell } from '../../web/src/shell/texts.ts';
import { until } from '../support/demo.ts';
import { act, noBrowser, sidewaysOf } from './browser.ts';
import { journey } from './journey.ts';

const UNIT = '南宁市人社业务单位（演示）';
const UNIT_PATH = '/450000/450100/nn-hr/';
const HOSTS = 25;
const WEAKNESSES = ['弱口令', '过期证书', '目录遍历'];

const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values).reduce((so, [name, value]) => so.replace(`{{${name}}}`, String(value)), text);
const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name });

/** A report about more hosts than a page of the preview shows, with more findings than a page of the list does. */
function report(): string {
  const hosts = Array.from({ length: HOSTS }, (_, host) => {
    const address = `10.98.7.${host + 1}`;
    const items = WEAKNESSES.map(
      (name, at) =>
        `<ReportItem port="${8000 + at}" protocol="tcp" severity="2" pluginID="${900000 + at}" pluginName="${name}" pluginFamily="General"><cvss3_base_score>6.5</cvss3_base_score></ReportItem>`,
    );
    return `<ReportHost name="${address}"><HostProperties><tag name="host-ip">${address}</tag></HostProperties>${items.join('')}</ReportHost>`;
  });
  return `<?xml version="1.0"?><NessusClientData_v2><Report name="hall">${hosts.join('')}</Report></NessusClientData_v2>`;
}

describe('what officers do with the ledger and its vulnerabilities', { skip: noBrowser }, () => {
  const issues = new Map<string, string>();
  const site = journey(async ({ app }) => {
    await seedScan(app.system);
    await until('the vulnerabilities of the unit', () =>
      app.system.read(async (db) => {
        const found = await db
          .selectFrom('vulnerability_issue')
          .select(['id', 'title'])
          .where('unit_path', '=', UNIT_PATH)
          .where('asset_id', 'is not', null)
          .execute();
        for (const { id, title } of found) issues.set(title.split(' ')[0] ?? '', id);
        return issues.size > 1 ? found : undefined;
      }),
    );
  });
  const { comes } = site;
  const stateOf = async (id: string) =>
    (
      await site.demo.app.system.read((db) =>
        db.selectFrom('vulnerability_issue').select('state').where('id', '=', id).executeTakeFirstOrThrow(),
      )
    ).state;

  test('a unit asks on a phone to accept a risk, its supervising unit does, and both read until when', async () => {
    const [, id = ''] = [...issues][0] ?? [];
    const page = await comes('officer', `/vulnerabilities/${id}`, 'phone');
    await button(page, '申请接受风险').click();
    const dialog = page.getByRole('dialog').last();
    await dialog.getByLabel(acceptance.zh.why).fill('系统年底下线，厂商已停止维护');
    assert.ok(await button(dialog, acceptance.zh.ask).isDisabled(), 'not without what is done instead');
    await dialog.getByLabel(acceptance.zh.compensation).fill('只许堡垒机访问，每日核查日志');
    await button(dialog, acceptance.zh.ask).click();
    await page.getByText(vulnerabilities.zh.state.acceptance, { exact: true }).first().waitFor();
    await page.getByText('只许堡垒机访问，每日核查日志').first().waitFor();
    assert.equal(await sidewaysOf(page), 0);

    const holder = await comes('holder', '/vulnerabilities/acceptances', 'phone');
    await button(holder, acceptance.zh.approve).click();
    const decision = holder.getByRole('dialog').last();
    await decision.getByLabel(acceptance.zh.opinion).fill('补偿措施到位，同意');
    await button(decision, acceptance.zh.approve).click();
    await holder.getByText(acceptance.zh.state.approved, { exact: true }).waitFor();
    assert.equal(await sidewaysOf(holder), 0);

    await page.reload();
    await page.getByText(vulnerabilities.zh.state.accepted, { exact: true }).first().waitFor();
    await page.getByText('补偿措施到位，同意').first().waitFor();
    assert.equal(await stateOf(id), 'accepted');
  });

  test('a unit says that a weakness is mended, and the centre verifies it', async () => {
    const [, id = ''] = [...issues][1] ?? [];
    const page = await comes('officer', `/vulnerabilities/${id}`, 'phone');
    await act(page, '开始整改');
    await act(page, '已整改，申请复测', async (dialog) => {
      await dialog.getByLabel(vulnerabilities.zh.reason).fill('已升级到修复版本');
    });
    await page.getByText(vulnerabilities.zh.state.retest, { exact: true }).first().waitFor();
    const analyst = await comes('analyst', `/vulnerabilities/${id}`);
    await analyst.getByText('已升级到修复版本').first().waitFor();
    await act(analyst, '复测通过', async (dialog) => {
      await dialog.getByLabel(vulnerabilities.zh.reason).fill('复测未再发现');
    });
    await analyst.getByText(vulnerabilities.zh.state.closed, { exact: true }).first().waitFor();
    assert.equal(await stateOf(id), 'closed');
  });

  test('a report of many hosts is looked through page by page, written, and its findings are all in the list', async () => {
    const page = await comes('analyst', '/vulnerabilities/import');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: '大厅.nessus', mimeType: 'text/xml', buffer: Buffer.from(report()) });
    await row(page, '10.98.7.1').first().waitFor();
    await page.getByRole('listitem', { name: '2', exact: true }).click();
    // In the order of the report; a row of the first page would still stand there for a moment.
    await row(page, `10.98.7.${HOSTS}`).first().waitFor();
    await button(page, vulnerabilities.zh.import.apply).click();
    await page.getByText(undo.zh.state.applied).first().waitFor();
    await page.goto('/vulnerabilities?ledger=out&q=10.98.7');
    const second = page.getByRole('listitem', { name: '2', exact: true });
    await second.click();
    await page.waitForURL(/[?&]page=2/);
    await until('the second page', async () => ((await page.getByRole('row').count()) === 26 ? true : undefined));
    const { n } = await site.demo.app.system.read((db) =>
      db
        .selectFrom('vulnerability_issue')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .where('target', 'like', '10.98.7.%')
        .executeTakeFirstOrThrow(),
    );
    assert.equal(Number(n), HOSTS * WEAKNESSES.length);
  });

  test('what a person who leaves held goes to another, but for what is taken out', async () => {
    const held = (person: string) =>
      site.demo.app.system.read((db) =>
        db
          .selectFrom('asset')
          .select('name')
          .where('responsible_person', '=', person)
          .where('unit_path', '=', UNIT_PATH)
          .where('state', 'not in', ['retired', 'written_off'])
          .execute(),
      );
    const before = await held('韦一');
    assert.ok(before.length > 1);
    const page = await comes('officer', '/assets/handover');
    await page.goto(`/assets/handover?person=${encodeURIComponent('韦一')}`);
    const kept = before[0]?.name ?? '';
    await row(page, kept).getByRole('checkbox').uncheck();
    const lacking = page.getByText(duties.zh.handover.lacking.to);
    await lacking.waitFor();
    const { to } = duties.zh.handover;
    await page.getByLabel(to).fill('韦一');
    await page.getByText(duties.zh.handover.lacking.same).waitFor();
    await page.getByLabel(to).fill('覃九');
    await lacking.waitFor({ state: 'detached' });
    await page.getByLabel(duties.zh.handover.reason).fill('调离');
    await button(page, filled(duties.zh.handover.hand, { count: before.length - 1 })).click();
    await page.getByText(filled(duties.zh.handover.done, { count: before.length - 1, to: '覃九' })).waitFor();
    assert.deepEqual(await held('韦一'), [{ name: kept }]);
    assert.equal((await held('覃九')).length, before.length - 1);
  });

  test('a unit claims on a phone what was found in its network, when it is asked', async () => {
    const name = '未登记主机 10.71.20.66';
    const page = await comes('officer', '/tasks', 'phone');
    await button(page, campaigns.zh.asked.open).click();
    const line = page.locator('.ta-check > li').filter({ hasText: name });
    await button(line, campaigns.zh.asked.confirm).click();
    await line.waitFor({ state: 'detached' });
    const { state } = await site.demo.app.system.read((db) =>
      db.selectFrom('asset').select('state').where('name', '=', name).executeTakeFirstOrThrow(),
    );
    assert.equal(state, 'confirmed');
  });

  test('a unit whose questions cannot be read is told so, and not that nothing is asked', async () => {
    const page = await comes('officer', '/tasks');
    await page.route('**/api/campaigns/asked', (route) => route.fulfill({ status: 403, json: { code: 'forbidden' } }));
    await page.reload();
    await page.getByText(shell.zh.error.forbidden).waitFor();
    assert.equal(await button(page, parts.zh.retry).count(), 0, 'the answer would be the same');
  });

  test('a unit disputes who runs an asset; the centre finds it among the gaps of that unit, found by initials', async () => {
    const asset = await site.demo.app.system.read((db) =>
      db
        .selectFrom('asset')
        .select('id')
        .where('name', '=', '人社业务服务器')
        .where('unit_path', '=', UNIT_PATH)
        .executeTakeFirstOrThrow(),
    );
    const page = await comes('officer', `/assets/${asset.id}`, 'phone');
    await button(page, duties.zh.dispute).first().click();
    const dialog = page.getByRole('dialog').last();
    await dialog.getByLabel(parts.zh.reason.label).fill('已移交信息中心运行');
    await button(dialog, duties.zh.dispute).click();
    await page.getByText(duties.zh.state.disputed, { exact: true }).first().waitFor();
    assert.equal(await sidewaysOf(page), 0);

    const centre = await comes('dispatcher', '/assets/gaps');
    const place = centre.getByRole('combobox', { name: ledger.zh.place });
    await place.fill('nnsrs');
    await centre.getByTitle(UNIT, { exact: true }).click();
    await centre.waitForURL((url) => url.searchParams.get('unit') === UNIT_PATH);
    const line = centre.getByRole('listitem').filter({ hasText: '无责任单位' });
    await button(line, gaps.zh.campaign).click();
    const ask = centre.getByRole('dialog');
    await ask.getByText(UNIT).waitFor();
    assert.match(await ask.getByLabel(campaigns.zh.instructions).inputValue(), /^请为每项资产填写主管/);
    await centre.goBack();
    await line.getByRole('link').click();
    await row(centre, '人社业务服务器').waitFor();
    assert.equal(new URL(centre.url()).searchParams.get('unit'), UNIT_PATH);
  });

  test('a sheet is brought in for a unit, and read as a profile that is chosen by its name', async () => {
    const bring = async (page: Page, lines: readonly string[]) =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name: '单位.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
    const page = await comes('dispatcher', '/assets/import');
    await page.getByLabel(sheet.zh.unit).fill('人社');
    await page.getByTitle(UNIT, { exact: true }).click();
    await bring(page, ['资产名称,谁管,IP地址', '打印机,陆二,10.71.20.240']);
    await page.getByText(`单位.csv · ${UNIT}`).waitFor();
    await page.getByRole('combobox', { name: '谁管', exact: true }).fill(ledger.zh.field.responsiblePerson);
    await page.keyboard.press('Enter');
    await page.getByLabel(sheet.zh.profileName).fill('窗口设备表');
    await button(page, sheet.zh.profileSave).click();
    await page.getByText(filled(sheet.zh.profileTaken, { name: '窗口设备表' })).waitFor();

    await page.goto('/assets/import');
    await page.getByText(UNIT).first().waitFor();
    await page.getByLabel(sheet.zh.profile).click();
    await page.getByTitle('资产名称、谁管、IP地址').click();
    await bring(page, ['IP地址,谁管,资产名称,备注', '10.71.20.241,陆二,扫描仪,新购']);
    await page.getByText(filled(sheet.zh.profileTaken, { name: '窗口设备表' })).waitFor();
    await row(page, '扫描仪').getByText(sheet.zh.verdict.create).waitFor();
  });

  test('a view that an officer shared and left is taken over by the head of the unit', async () => {
    const open = (at: Page) => at.getByRole('button', { name: new RegExp(`^${views.zh.label}`) }).click();
    const officer = await comes('officer', '/assets');
    await officer.getByPlaceholder(ledger.zh.search).fill('终端');
    await officer.waitForURL(/[?&]q=/);
    await open(officer);
    await officer.getByLabel(views.zh.name).fill('窗口终端');
    await officer.keyboard.press('Enter');
    await button(officer, filled(views.zh.more, { name: '窗口终端' })).click();
    await officer.getByRole('menuitem', { name: views.zh.share.unit }).click();
    await officer.getByText(views.zh.shared, { exact: true }).waitFor();

    const leader = await comes('leader', '/assets');
    await open(leader);
    await button(leader, filled(views.zh.more, { name: '窗口终端' })).click();
    await leader.getByRole('menuitem', { name: views.zh.take }).click();
    await button(leader.getByRole('dialog').last(), views.zh.take).click();
    await leader.getByText(views.zh.taken).waitFor();
    const { owner_name } = await site.demo.app.system.read((db) =>
      db.selectFrom('list_view').select('owner_name').where('name', '=', '窗口终端').executeTakeFirstOrThrow(),
    );
    assert.equal(owner_name, '单位负责人');
  });

  test('no page broke or asked for what the content security policy forbids', () => {
    assert.deepEqual(site.faults(), []);
  });
});
