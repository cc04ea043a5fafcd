import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { buildConsole } from '../src/app/build-console.ts';
import { enter, noBrowser, openBrowser, openWindow } from '../test/end-to-end/browser.ts';
import { openDemoApp, until } from '../test/support/demo.ts';
import { ROOT } from './run.ts';

/** `node tools/screenshots.ts`: starts the demo, lets its intrusion happen, and writes the pictures of the documents. */
const FOLDER = join(ROOT, 'docs/images');

interface Listed {
  readonly items: readonly { readonly id: string; readonly title: unknown; readonly name?: string }[];
}

/** Calls the interface as the person who is signed in on the page. */
function callerOf(page: Page) {
  const get = async <T>(path: string): Promise<T> => (await page.request.get(path)).json();
  return {
    get,
    async post<T>(path: string, data: object = {}): Promise<T> {
      const { csrf } = await get<{ csrf: string }>('/api/session');
      const answer = await page.request.post(path, { data, headers: { 'x-csrf-token': csrf } });
      if (!answer.ok()) throw new Error(`POST ${path}: ${answer.status()} ${await answer.text()}`);
      const text = await answer.text();
      return JSON.parse(text === '' ? 'null' : text);
    },
  };
}

async function picture(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  process.stdout.write(`docs/images/${name}.png\n`);
}

async function main(): Promise<void> {
  if (noBrowser) throw new Error(noBrowser);
  mkdirSync(FOLDER, { recursive: true });
  await buildConsole((sentence) => process.stdout.write(`${sentence}\n`));
  const demo = await openDemoApp();
  const browser = await openBrowser();
  const comes = async (account: string, path: string, screen: 'desk' | 'phone' = 'desk') => {
    const page = await (await openWindow(browser, demo.address, screen)).newPage();
    await enter(page, account, path);
    return page;
  };
  try {
    await demo.intrude();
    const analyst = await comes('analyst', '/alerts');
    const research = callerOf(analyst);
    const alert = await until('the log-clearing alert', async () => {
      const { items } = await research.get<Listed>('/api/alerts?level=high&pageSize=100');
      return items.find(({ title }) => JSON.stringify(title).includes('Windows 日志被清除'));
    });
    const proposal = await research.post<Record<string, unknown>>('/api/alerts/proposal', { alertIds: [alert.id] });
    await research.post(`/api/alerts/${alert.id}/acknowledge`);
    const { title, category, impact, discoveredAt } = proposal;
    const incident = await research.post<{ id: string }>('/api/incidents', {
      alertIds: [alert.id],
      title,
      category,
      impact,
      discoveredAt,
    });
    await analyst.goto(`/alerts/${alert.id}`);
    await picture(analyst, 'alert');

    const dispatcher = await comes('dispatcher', `/incidents/${incident.id}`);
    const command = callerOf(dispatcher);
    await picture(dispatcher, 'incident');
    const draft = await command.get<Record<string, unknown>>(
      `/api/orders/proposal?incidentId=${incident.id}&kind=rectification`,
    );
    const units = await command.get<Listed>(`/api/units?search=${encodeURIComponent('南宁市人社')}`);
    const order = await command.post<{ id: string }>('/api/orders', {
      kind: 'rectification',
      incidentId: incident.id,
      unitId: units.items[0]?.id,
      title: draft.title,
      body: draft.body,
      advice: draft.advice,
      grade: draft.grade,
      workingDays: draft.workingDays,
      evidence: draft.evidence,
    });
    await command.post(`/api/orders/${order.id}/send_for_review`);
    const director = await comes('director', '/orders');
    const decide = callerOf(director);
    await decide.post(`/api/orders/${order.id}/approve`);
    await decide.post(`/api/orders/${order.id}/issue`);
    await until('delivery', async () => {
      const { state } = await decide.get<{ state: string }>(`/api/orders/${order.id}`);
      return state === 'delivered' ? true : undefined;
    });
    await director.goto('/');
    await director.locator('canvas').nth(1).waitFor();
    await picture(director, 'overview');
    await director.goto(`/orders/${order.id}`);
    await director.getByRole('heading', { level: 1 }).waitFor();
    await picture(director, 'order');

    const officer = await comes('officer', '/tasks', 'phone');
    await officer.getByRole('link').first().waitFor();
    await picture(officer, 'tasks-phone');
  } finally {
    await browser.close();
    await demo.stop();
  }
}

await main();
