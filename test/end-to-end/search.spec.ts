import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { texts as events } from '../../web/src/pages/telemetry/events/texts.ts';
import { texts as problems } from '../../web/src/pages/telemetry/problems/texts.ts';
import { texts as saved } from '../../web/src/pages/telemetry/saved/texts.ts';
import { texts as telemetry } from '../../web/src/pages/telemetry/texts.ts';
import { texts as tried } from '../../web/src/pages/telemetry/try/texts.ts';
import { texts as watch } from '../../web/src/pages/telemetry/watch/texts.ts';
import { texts as parts } from '../../web/src/parts/texts.ts';
import { until } from '../support/demo.ts';
import { noBrowser, sidewaysOf } from './browser.ts';
import { journey } from './journey.ts';

const words = events.zh;

describe('searching events', { skip: noBrowser }, () => {
  const story = journey();
  const { comes, faults } = story;

  test('the box shows its examples, and no proposal covers what a search answers', async () => {
    const page = await comes('analyst', '/events');
    await page.getByRole('button', { name: words.syntax }).click();
    await page.getByText(words.syntax, { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    const box = page.getByLabel(words.query, { exact: true });
    await box.fill('user:ops and (');
    await page.locator('.ta-query-popup').waitFor();
    await box.press('Enter');
    await page.getByText(words.fault.split('{{at}}')[0] ?? '').waitFor();
    assert.equal(await page.locator('.ta-query-popup:visible').count(), 0);
    await box.fill('nobody_has_this:x');
    await box.press('Enter');
    await page.getByText('nobody_has_this：').waitFor();
    assert.equal(await page.locator('.ta-query-popup:visible').count(), 0);
    assert.deepEqual(faults(), []);
  });

  test('the same query is asked again on demand, and one that is stopped shows nothing of the query before', async () => {
    const page = await comes('analyst', '/events');
    const again = page.getByRole('button', { name: words.search, exact: true });
    const bars = page.getByRole('figure').getByText(words.found_other.split('{{total}}')[1] ?? '');
    await bars.waitFor();
    const asked = page.waitForRequest('**/api/events/find');
    await again.click();
    await asked;
    await bars.waitFor();
    await page.route('**/api/events/find', () => undefined);
    await page.getByLabel(words.query, { exact: true }).fill('host:x');
    await again.click();
    await page.getByRole('button', { name: words.stop }).click();
    await page.getByText(words.stoppedEarly).waitFor();
    await page.getByText(words.againHint).waitFor();
    assert.equal(await bars.count(), 0);
    await page.unroute('**/api/events/find');
    await again.click();
    await page.getByText(words.stoppedEarly).waitFor({ state: 'hidden' });
    assert.deepEqual(faults(), []);
  });

  test('a span that is chosen is of the time of the platform, wherever the browser is, and typed while events come', async () => {
    const page = await comes('analyst', '/events');
    const typed = Promise.withResolvers<void>();
    await page.route('**/api/events/find', (route) => typed.promise.then(() => route.continue()));
    await page.goto('/events?from=2026-05-20T01:00:00.000Z&to=2026-05-20T02:00:00.000Z');
    const ends = page.locator('.ant-picker input');
    await ends.first().waitFor();
    const shown = async () => [await ends.first().inputValue(), await ends.last().inputValue()];
    assert.deepEqual(await shown(), ['2026-05-20 09:00', '2026-05-20 10:00']);
    await ends.first().fill('2026-05-20 09:30');
    typed.resolve();
    await page.getByText(words.empty).waitFor();
    await page.keyboard.press('Enter');
    // The first end stands once the other one is asked for.
    await ends.last().and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('from') === '2026-05-20T01:30:00.000Z');
    assert.equal(new URL(page.url()).searchParams.get('to'), '2026-05-20T02:00:00.000Z');
  });

  test('a span of its own begins with the one before, and one that a bar is clicked for is said', async () => {
    await story.demo.intrude();
    const page = await comes('analyst', '/events');
    const ranges = page.getByLabel(parts.zh.range.label, { exact: true });
    await ranges.first().click();
    await page.locator('.ant-select-dropdown:visible').getByText(parts.zh.range.custom, { exact: true }).click();
    await page.locator('.ant-picker input').first().waitFor();
    const ends = [...new URL(page.url()).searchParams].filter(([name]) => name === 'from' || name === 'to');
    const [from = 0, to = 0] = ends.map(([, end]) => Date.parse(end));
    assert.ok(Math.abs(to - from - 24 * 3_600_000) <= 2 * 60_000, `${from} to ${to}`);
    await page.goto('/events?range=1h&q=203.0.113.77');
    const chart = page.getByRole('img', { name: words.barsLabel });
    await until('what was sent is found', async () => {
      await page.getByRole('button', { name: words.search, exact: true }).click();
      await page.getByRole('button', { name: words.stop }).waitFor({ state: 'hidden' });
      return /[1-9]/.test((await page.getByRole('figure').textContent()) ?? '') || undefined;
    });
    const { x, y, width, height } = (await chart.boundingBox()) ?? assert.fail('no chart');
    // Somewhere among the bars of the last minutes: wherever one is, the click into it looks at its span.
    for (let left = width - 16; left > width / 2 && !page.url().includes('from='); left -= 4)
      await page.mouse.click(x + left, y + height * 0.7);
    await page.waitForURL(/from=/);
    await page.getByText(parts.zh.range.custom, { exact: true }).waitFor();
    assert.equal(await page.locator('.ant-picker input').count(), 2);
    await page.mouse.move(x + width / 2, y + height / 2);
    const phone = await comes('analyst', '/events', 'phone');
    await phone.locator('.ta-card-line').first().waitFor();
    assert.equal(await phone.locator('.ta-card-line dd:empty').count(), 0, 'what an event does not have takes no room');
    assert.deepEqual(faults(), []);
  });

  test('on a phone both ends of a span and the whole calendar are in sight', async () => {
    const page = await comes('analyst', '/events', 'phone');
    await page.goto('/events?from=2026-05-20T01:00:00.000Z&to=2026-05-20T02:00:00.000Z');
    const ends = page.locator('.ant-picker input');
    await ends.first().waitFor();
    const whole =
      "[...document.querySelectorAll('.ant-picker input')].every((end) => end.scrollWidth <= end.clientWidth)";
    assert.ok(await page.evaluate<boolean>(whole));
    await ends.first().click();
    const calendar = page.locator('.ant-picker-panel-container');
    await calendar.getByText('17', { exact: true }).first().waitFor();
    const { x, width } = (await calendar.boundingBox()) ?? assert.fail('no calendar');
    assert.ok(x >= 0 && x + width <= (page.viewportSize()?.width ?? 0), `from ${x}, ${width} wide`);
    assert.equal(await sidewaysOf(page), 0);
  });

  test('a scheduled search that fails leads from the overview to its runs with the reason, the rest to their list', async () => {
    const page = await comes('analyst', '/');
    const at = '2026-05-20T01:00:00.000Z';
    const schedule = { everyMinutes: 15, threshold: 3, entity: 'host', level: 'high' };
    const one = (id: string, name: string) => ({
      ...{
        id,
        name,
        query: 'host:*',
        columns: [],
        span: '24h',
        shared: true,
        own: true,
        ownerName: '安娜',
        version: 1,
      },
      ...{ schedule, failures: 2, dueAt: at, countsFrom: at, lookedUntil: at, createdAt: at, changedAt: at },
    });
    const items = ['甲', '乙', '丙'].map((name, index) => one(`01900000-0000-7000-8000-00000000000${index}`, name));
    const run = { id: items[0]?.id, ranAt: at, from: at, to: at, tookMs: 1, found: 0, raised: 0, grown: 0, leftOut: 0 };
    const problem = 'The search took longer than 30 s: narrow the range of time or the condition';
    await page.route('**/api/searches?**', (route) => {
      const id = new URL(route.request().url()).searchParams.get('id');
      const found = id === null ? items : items.filter((item) => item.id === id);
      return route.fulfill({ json: { items: found, total: id === null ? 5 : found.length } });
    });
    await page.route('**/api/searches/*/runs**', (route) =>
      route.fulfill({ json: { items: [{ ...run, state: 'failed', problem }] } }),
    );
    await page.reload();
    await page.getByRole('link', { name: saved.zh.failingMore_other.replace('{{count}}', '2') }).click();
    await page.waitForURL((url) => url.searchParams.get('saved') === 'failing');
    await page.getByText(saved.zh.failingOnly).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: '甲', exact: true }).click();
    await page.getByText(saved.zh.problem.slow.replace('{{a}}', '30')).first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('saved'), items[0]?.id);
    assert.deepEqual(faults(), []);
  });

  test('a tried line of another kind than was chosen says so, and names the kind by its title', async () => {
    const page = await comes('analyst', '/sources');
    await page.getByRole('button', { name: tried.zh.title }).click();
    const line = '<86>Dec  1 03:59:00 sw-1 sshd[1001]: Failed password for root from 203.0.113.1 port 51 ssh2';
    await page.getByLabel(tried.zh.lines).fill(`${line}\n什么也不是`);
    await page.getByLabel(telemetry.zh.sources.kind, { exact: true }).click();
    await page.locator('.ant-select-dropdown:visible').getByText('Nginx 网站日志', { exact: true }).click();
    await page.getByRole('button', { name: tried.zh.run, exact: true }).click();
    await page.getByText(problems.zh.hintOther.replace('{{a}}', 'Nginx 网站日志'), { exact: true }).waitFor();
    await page.getByText(tried.zh.unknownChosen).waitFor();
    assert.equal(await page.getByText(tried.zh.unknownHint).count(), 0);
    const drawer = page.getByRole('dialog');
    assert.equal(await drawer.getByText(telemetry.zh.health.mistaken, { exact: true }).count(), 1);
    assert.equal(await drawer.getByText(telemetry.zh.health.parsed, { exact: true }).count(), 0);
    assert.deepEqual(faults(), []);
  });

  test('coverage keeps what it is narrowed to in its address, and its tools when nothing is left', async () => {
    const page = await comes('analyst', '/coverage', 'phone');
    await page.getByRole('link', { name: watch.zh.coverage.dark }).click();
    await page.waitForURL((url) => url.searchParams.get('state') === 'dark');
    await page.getByLabel(watch.zh.coverage.search).fill('没有这个单位');
    await page.getByText(watch.zh.coverage.noMatch).waitFor();
    assert.equal(await page.getByLabel(watch.zh.coverage.search).inputValue(), '没有这个单位');
    assert.equal(await sidewaysOf(page), 0);
    assert.deepEqual(faults(), []);
  });
});
