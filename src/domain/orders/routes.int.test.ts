import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { incidentsSlice, openIncident } from '#domain/incidents/index.ts';
import type { Ctx } from '#platform/context.ts';
import { raiseAlert } from '../../../test/support/alerts.ts';
import { callAs, serveRoutes } from '../../../test/support/routes.ts';
import { openTestPlatform, type TestPlatform } from '../../../test/support/stores.ts';
import { seedUnits, type TestUnit } from '../../../test/support/units.ts';
import { ordersSlice } from './index.ts';
import { deliverOrder } from './jobs.ts';

let site: TestPlatform;
let server: FastifyInstance;
let unit: TestUnit;
let incidentId: string;
const people = new Map<string, Ctx>();

before(async () => {
  site = await openTestPlatform({ jobs: ordersSlice.jobs ?? [] });
  const [first] = await seedUnits(site, [{ code: 'nn-data', name: '南宁市大数据发展局', divisionCode: '450100' }]);
  assert.ok(first);
  unit = first;
  people.set('duty', site.as({ roles: ['duty_officer'], path: '/450000/', name: '值班员' }));
  people.set('dispatcher', site.as({ roles: ['dispatcher'], path: '/450000/', name: '调度员' }));
  people.set('officer', site.as({ roles: ['unit_officer'], path: unit.path, name: '安全员' }));
  people.set('stranger', site.as({ roles: ['unit_officer'], path: '/450000/450200/lz-data/' }));
  const duty = people.get('duty');
  assert.ok(duty);
  const alertId = await raiseAlert(site, { unitPath: unit.path });
  incidentId = (await openIncident(duty, { alertIds: [alertId], title: '门户网站后门事件' })).id;
  server = await serveRoutes(site, [...(incidentsSlice.routes ?? []), ...(ordersSlice.routes ?? [])], people);
});
after(async () => {
  await server.close();
  await site.close();
});

const call = (who: string, method: 'GET' | 'POST', url: string, payload?: object) =>
  callAs(server, who, method, url, payload);

const BOUNDARY = 'frontier';
const upload = (who: string, id: string, fileName: string, content: string) =>
  server.inject({
    method: 'POST',
    url: `/api/orders/${id}/attachments`,
    headers: { authorization: who, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    payload: `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\ncontent-type: text/html\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`,
  });

/** An issued and delivered order, made over the endpoints from what the platform proposes. */
async function deliveredOrder(): Promise<string> {
  const proposal = await call('duty', 'GET', `/api/orders/proposal?incidentId=${incidentId}&kind=handling`);
  assert.equal(proposal.status, 200, JSON.stringify(proposal.body));
  const { title, body, advice, evidence, grade, workingDays } = proposal.body;
  const drafted = await call('duty', 'POST', '/api/orders', {
    unitId: unit.id,
    kind: 'handling',
    incidentId,
    ...{ title, body, advice, evidence, grade, workingDays },
  });
  assert.equal(drafted.status, 200, JSON.stringify(drafted.body));
  const { id } = drafted.body;
  for (const [who, move] of [
    ['duty', 'send_for_review'],
    ['dispatcher', 'approve'],
    ['dispatcher', 'issue'],
  ] as const) {
    const moved = await call(who, 'POST', `/api/orders/${id}/${move}`, {});
    assert.equal(moved.status, 200, JSON.stringify(moved.body));
  }
  await deliverOrder(site.system, id);
  return id;
}

test('an order proposed from an incident is filled in and refers to what was seen', async () => {
  const { body } = await call('duty', 'GET', `/api/orders/proposal?incidentId=${incidentId}&kind=rectification`);
  assert.match(body.title, /^关于门户网站后门事件的网络安全整改通知书$/);
  assert.equal(body.evidence.length, 1);
  assert.match(body.advice, /后门/);
  assert.ok(Date.parse(body.deadlineAt) > site.clock.now().getTime());
});

test('a unit’s task list shows its order with the one next action, and nothing of others', async () => {
  const id = await deliveredOrder();
  const mine = await call('officer', 'GET', '/api/tasks');
  const task = mine.body.items.find((item: { id: string }) => item.id === id);
  assert.equal(task.next.action, 'receive');
  assert.ok(task.workingMinutesLeft > 0);
  assert.deepEqual((await call('stranger', 'GET', '/api/tasks')).body, { items: [], total: 0 });
  assert.equal((await call('stranger', 'GET', `/api/orders/${id}`)).status, 404);
  assert.equal((await call('officer', 'GET', '/api/incidents')).status, 403);
});

test('the detail tells each side its own main action and the unit nothing of the incident', async () => {
  const id = await deliveredOrder();
  const forUnit = (await call('officer', 'GET', `/api/orders/${id}`)).body;
  assert.deepEqual([forUnit.incidentId, forUnit.draftedByName], [null, '']);
  assert.deepEqual(
    forUnit.allowed.filter((move: { main: boolean }) => move.main).map((move: { action: string }) => move.action),
    ['receive'],
  );
  assert.equal(forUnit.deadlines[0].cause, 'issue');
  const forCentre = (await call('dispatcher', 'GET', `/api/orders/${id}`)).body;
  assert.equal(forCentre.incidentId, incidentId);
  const incident = (await call('dispatcher', 'GET', `/api/incidents/${incidentId}`)).body;
  assert.ok(
    incident.orders.some((order: { id: string; state: string }) => order.id === id && order.state === 'delivered'),
  );
});

test('evidence comes back byte for byte as a download; files that could run are refused', async () => {
  const id = await deliveredOrder();
  assert.equal((await upload('officer', id, 'x.html', '<script>1</script>')).statusCode, 415);
  assert.equal((await upload('stranger', id, 'a.txt', 'text')).statusCode, 404);
  const attached = await upload('officer', id, '整改 报告.txt', '<b>已整改</b>');
  assert.equal(attached.statusCode, 200, attached.body);
  const [file] = attached.json().files;
  const response = await server.inject({
    url: `/api/orders/${id}/attachments/${file.sha256}`,
    headers: { authorization: 'dispatcher' },
  });
  assert.equal(response.body, '<b>已整改</b>');
  assert.match(String(response.headers['content-disposition']), /^attachment; filename\*=UTF-8''%E6%95%B4/);
  assert.equal(response.headers['x-content-type-options'], 'nosniff');
  const other = await deliveredOrder();
  const foreign = await server.inject({
    url: `/api/orders/${other}/attachments/${file.sha256}`,
    headers: { authorization: 'officer' },
  });
  assert.equal(foreign.statusCode, 404, 'a hash alone opens no file');
});

test('the document of an order is a Word file with its number in the name', async () => {
  const id = await deliveredOrder();
  const response = await server.inject({ url: `/api/orders/${id}/document`, headers: { authorization: 'officer' } });
  assert.equal(response.statusCode, 200);
  assert.equal(response.rawPayload.subarray(0, 2).toString(), 'PK');
  assert.match(decodeURIComponent(String(response.headers['content-disposition'])), /桂网安处〔2026〕\d+号/);
});

test('counts, workflow, standards and deadline preview answer', async () => {
  const counts = (await call('dispatcher', 'GET', '/api/orders/counts')).body;
  const { overdue, today, week, later } = counts.byDeadline;
  assert.ok(overdue + today + week + later > 0 && counts.open >= overdue + today + week + later);
  assert.ok((await call('officer', 'GET', '/api/orders/workflow')).body.nodes.length > 10);
  assert.equal((await call('duty', 'GET', '/api/incidents/standards')).body.grades.grades.length, 4);
  const preview = (await call('dispatcher', 'GET', '/api/orders/deadline?workingDays=5')).body;
  assert.equal(preview.trace.length, 5);
  const list = await call('dispatcher', 'GET', '/api/incidents?state=alive&reportOverdue=false&pageSize=5');
  assert.equal(list.status, 200);
  assert.ok(list.body.total > 0);
  const grades = await call('dispatcher', 'POST', '/api/incidents/propose-grades', {
    impact: { importance: 'important', loss: 'severe', harm: 'slight' },
    facts: { directLossCny: 5_000_000 },
  });
  assert.deepEqual([grades.body.grade, grades.body.reportGrade, grades.body.mustBeReported], ['III', 'III', true]);
});

test('a text with a character that no store keeps is refused, never a failure of ours', async () => {
  assert.equal((await call('dispatcher', 'GET', '/api/orders?search=a%00b')).status, 400);
  const id = await deliveredOrder();
  assert.equal((await call('officer', 'POST', `/api/orders/${id}/comment`, { text: 'a\u0000b' })).status, 400);
  const half = await call('officer', 'POST', `/api/orders/${id}/comment`, { text: '\ud800' });
  assert.deepEqual([half.status, half.body.faults[0].at], [400, '/text']);
});

test('bad input names the place and what would mend it', async () => {
  const { status, body } = await call('duty', 'POST', '/api/orders', { unitId: unit.id, kind: 'letter', title: 'x' });
  assert.equal(status, 400);
  assert.ok(
    body.faults.some((fault: { at: string }) => fault.at.includes('kind')),
    JSON.stringify(body),
  );
  const unknown = await call('dispatcher', 'POST', `/api/orders/${incidentId}/issue`, {});
  assert.equal(unknown.status, 404);
});
