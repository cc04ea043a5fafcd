import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import { ACCOUNTS, ADMINISTRATORS, DEMO_PASSWORD } from '#app/demo/region.ts';
import { permissionsOf } from '#domain/identity/index.ts';
import { openSigner } from '#domain/journal/signer.ts';
import { deliverOrder } from '#domain/orders/jobs.ts';
import { matchSome } from '#domain/vulnerabilities/advisory/match.ts';
import { runImport as runReport } from '#domain/vulnerabilities/import/actions.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { manualClock } from '#platform/clock.ts';
import { raiseAlert } from './alerts.ts';
import { openTestApp, type TestApp } from './app.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Sent {
  readonly payload?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Person {
  readonly account: string;
  readonly roles: readonly string[];
  /** What the roles permit. */
  readonly permissions: ReadonlySet<string>;
}

/** The demo's region with everybody signed in, and one object of each kind in a unit of Nanning. */
export interface Region {
  readonly running: TestApp;
  /** In whose name `call` can be made. */
  readonly people: readonly Person[];
  call(who: string, method: Method, url: string, sent?: Sent): Promise<LightMyRequestResponse>;
  /** What of Nanning no other unit may read: identifiers, paths, names of units and hosts. */
  readonly secrets: readonly string[];
  /** Identifiers of Nanning's objects, whatever their kind. */
  readonly ids: readonly string[];
  readonly attachmentSha256: string;
  readonly orderId: string;
}

const BOUNDARY = 'frontier';

/** One file as the body of an upload. */
const upload = (fileName: string, content: string): Sent => ({
  headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
  payload:
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\n` +
    `content-type: text/csv\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`,
});

/** Signs everybody in and does the work, through the endpoints alone. */
export async function openRegion(): Promise<Region> {
  const running = await openTestApp({ holds: 'region' });
  try {
    return await populate(running);
  } catch (cause) {
    await running.stop();
    throw cause;
  }
}

async function populate(running: TestApp): Promise<Region> {
  const people = [...Object.values(ADMINISTRATORS), ...ACCOUNTS].map(({ account, roles }) => ({
    account,
    roles,
    permissions: permissionsOf(roles),
  }));
  const sessions = new Map<string, Record<string, string>>();
  for (const { account } of people) sessions.set(account, await signIn(running, account));

  const call: Region['call'] = (who, method, url, sent = {}) =>
    running.app.server.inject({
      method,
      url,
      headers: { ...sessions.get(who), ...sent.headers },
      ...(sent.payload === undefined ? {} : { payload: sent.payload }),
    });
  const must = async (who: string, method: Method, url: string, sent?: Sent) => {
    const response = await call(who, method, url, sent);
    assert.ok(response.statusCode < 300, `${who} ${method} ${url}: ${response.statusCode} ${response.body}`);
    return response.body === '' ? {} : response.json();
  };
  const { unit, orderId, attachmentSha256, ids } = await work(running, must);
  const found: string[] = [];
  for (const [who, url] of [
    ['sysadmin', '/api/users'],
    ['director', '/api/assets'],
    ['analyst', '/api/sources'],
  ] as const) {
    const items = (await itemsOf(must, who, url)).filter((item) => JSON.stringify(item).includes(unit.path));
    found.push(...items.slice(0, 2).map(({ id }) => id));
    assert.ok(items.length > 0, `${url} has nothing of Nanning`);
  }
  await (await openSigner(running.app.platform.config)).sign(running.app.system);
  const allIds = [...new Set([...ids, ...found])];
  return {
    running,
    people,
    call,
    ids: allIds,
    secrets: [...allIds, unit.path, unit.name],
    attachmentSha256,
    orderId,
  };
}

interface Item {
  readonly id: string;
}
type Must = (who: string, method: Method, url: string, sent?: Sent) => Promise<unknown>;

async function itemsOf(must: Must, who: string, url: string): Promise<readonly Item[]> {
  return ((await must(who, 'GET', `${url}?pageSize=200`)) as { items: readonly Item[] }).items;
}

async function signIn(running: TestApp, account: string): Promise<Record<string, string>> {
  const response = await running.app.server.inject({
    method: 'POST',
    url: '/api/session',
    payload: { account, password: DEMO_PASSWORD },
  });
  assert.equal(response.statusCode, 200, response.body);
  const cookie = response.cookies.find(({ name }) => name === 'tongan_session')?.value ?? '';
  return { cookie: `tongan_session=${cookie}`, 'x-csrf-token': response.json<{ csrf: string }>().csrf };
}

/** Alert → incident → order, delivered to a unit of Nanning and answered with an attachment; and all that is beside. */
async function work(running: TestApp, must: Must) {
  const { system } = running.app;
  const units = (await must('director', 'GET', '/api/units?pageSize=200')) as {
    items: readonly { id: string; code: string; path: string; name: string }[];
  };
  const unit = units.items.find(({ code }) => code === 'nn-hr') ?? assert.fail('the region has no nn-hr');
  const site = { system, clock: manualClock(system.clock.now()) };
  const alertId = await raiseAlert(site, { unitPath: unit.path });
  const incident = (await must('analyst', 'POST', '/api/incidents', {
    payload: { alertIds: [alertId], title: '门户网站后门事件' },
  })) as Item;
  const event: SecurityEvent = {
    id: 'event-of-nanning',
    timeMs: system.clock.now().getTime(),
    receivedAtMs: system.clock.now().getTime(),
    source: 'nginx',
    logsource: { product: 'nginx', category: 'webserver', service: 'nginx' },
    unitPath: unit.path,
    fields: {},
    raw: 'GET /',
    problem: '',
  };
  const row = new TextEncoder().encode(`${JSON.stringify({ ...toRow(event), source_id: '' })}\n`);
  await running.app.platform.events.writer.insert('event', row, 'region-1');
  const proposal = (await must(
    'duty',
    'GET',
    `/api/orders/proposal?incidentId=${incident.id}&kind=handling`,
  )) as Record<string, unknown>;
  const { title, body, advice, evidence, grade, workingDays } = proposal;
  const order = (await must('duty', 'POST', '/api/orders', {
    payload: {
      unitId: unit.id,
      kind: 'handling',
      incidentId: incident.id,
      title,
      body,
      advice,
      evidence,
      grade,
      workingDays,
    },
  })) as Item;
  for (const [who, move] of [
    ['duty', 'send_for_review'],
    ['dispatcher', 'approve'],
    ['dispatcher', 'issue'],
  ] as const) {
    await must(who, 'POST', `/api/orders/${order.id}/${move}`, { payload: {} });
  }
  await deliverOrder(system, order.id);
  await must('officer', 'POST', `/api/orders/${order.id}/receive`, { payload: {} });
  await must('officer', 'POST', `/api/orders/${order.id}/start`, { payload: {} });
  const attached = (await must(
    'officer',
    'POST',
    `/api/orders/${order.id}/attachments`,
    upload('evidence.csv', 'proof'),
  )) as { files: readonly { sha256: string }[] };
  const attachmentSha256 = attached.files[0]?.sha256 ?? assert.fail('nothing was attached');
  const ids = [unit.id, alertId, incident.id, order.id, event.id];
  const draft = (await must(
    'officer',
    'POST',
    '/api/assets/imports',
    upload('assets.csv', 'name,kind\nweb,endpoint\n'),
  )) as Item;
  const suppression = (await must('analyst', 'POST', '/api/suppressions', {
    payload: {
      unitPath: unit.path,
      entity: { kind: 'host', value: 'web-1' },
      reason: '已知的例行扫描',
      expiresAt: new Date(system.clock.now().getTime() + 86_400_000).toISOString(),
    },
  })) as Item;
  const { items: rules } = (await must('analyst', 'GET', '/api/rules?pageSize=1')) as { items: readonly Item[] };
  const run = (await must('analyst', 'POST', '/api/rules/runs', {
    payload: {
      ruleIds: rules.map(({ id }) => id),
      from: new Date(system.clock.now().getTime() - 3_600_000).toISOString(),
      to: system.clock.now().toISOString(),
      reason: '检查过去一小时',
    },
  })) as Item;
  const search = (await must('analyst', 'POST', '/api/searches', {
    payload: { name: '门户网站后门', query: `unit:${unit.path}*`, shared: true },
  })) as Item;
  const report = (await must(
    'officer',
    'POST',
    '/api/vulnerabilities/imports',
    upload('scan.csv', '主机,漏洞名称,风险等级,CVE编号\n10.71.10.21,Log4Shell,超危,CVE-2021-44228\n'),
  )) as Item;
  await must('officer', 'POST', `/api/vulnerabilities/imports/${report.id}/apply`);
  await runReport(system, report.id);
  const [weakness] = await itemsOf(must, 'officer', '/api/vulnerabilities');
  assert.ok(weakness !== undefined);
  const campaign = (await must('dispatcher', 'POST', '/api/campaigns', {
    payload: { title: '台账确认', dueOn: '2099-12-31', unit: unit.path },
  })) as Item;
  const advisory = (await must('analyst', 'POST', '/api/vulnerabilities/advisories', {
    payload: {
      title: 'Log4j2 远程代码执行',
      ids: ['CVE-2021-44228'],
      grade: 'critical',
      products: [{ name: 'Log4j' }],
    },
  })) as Item;
  await matchSome(system, advisory.id);
  const beside = [campaign.id, draft.id, suppression.id, run.id, search.id, report.id, weakness.id, advisory.id];
  return { unit, orderId: order.id, attachmentSha256, ids: [...ids, ...beside] };
}
