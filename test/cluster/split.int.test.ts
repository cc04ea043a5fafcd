import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { loadConfig } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import type { EventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLog } from '#platform/log.ts';
import { inspectNats } from '#platform/queue/nats/inspect.ts';
import { openNatsQueue } from '#platform/queue/nats/queue.ts';
import { type Cluster, type Member, openAlone, openCluster, QUEUE_BYTES_MAX, until } from '../support/cluster.ts';
import { runMember } from '../support/member-process.ts';
import { natsBinary } from '../support/nats.ts';

const MEMBER = 'member';
const ADDRESSES = 24;
/** Exactly as many as the rule "Password Guessing Against SSH" asks for: one too few or one twice would show. */
const FAILURES = 10;
const DELIVERIES = 240;
const LINES_PER_DELIVERY = 40;

const two = (value: number): string => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time as RFC 3164 writes it, in the zone that a source without one is read in. */
function stamp(at: Date): string {
  const local = new Date(at.getTime() + 8 * 3_600_000);
  const day = String(local.getUTCDate()).padStart(2, ' ');
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':');
  return `${MONTHS[local.getUTCMonth()]} ${day} ${clock}`;
}

/** Deliveries of distinct lines. The failures of one address are spread over many of them, and so over many partitions. */
function deliveriesOf(start: Date): string[][] {
  const deliveries = Array.from({ length: DELIVERIES }, (_, delivery) =>
    Array.from({ length: LINES_PER_DELIVERY }, (_unused, line) => {
      const at = stamp(new Date(start.getTime() + (delivery % 60) * 1000));
      return `<38>${at} app${line % 7} sshd[${delivery}]: Accepted publickey for deploy from 10.9.${line}.7 port ${delivery + 1024} ssh2`;
    }),
  );
  for (let address = 0; address < ADDRESSES; address += 1) {
    for (let failure = 0; failure < FAILURES; failure += 1) {
      const at = stamp(new Date(start.getTime() + failure * 5_000));
      const line = `<38>${at} gate sshd[77]: Failed password for root from 203.0.113.${address + 1} port ${4000 + failure} ssh2`;
      deliveries[(failure * ADDRESSES + address) % DELIVERIES]?.push(line);
    }
    const at = stamp(new Date(start.getTime() + 20_000));
    deliveries[(address * 7) % DELIVERIES]?.push(
      `<86>${at} box${address} usermod[${address}]: add 'support' to group 'sudo'`,
    );
  }
  return deliveries;
}

/** Delivers to any collector that answers, again with the same key until one has said that it is kept. */
async function deliver(
  lines: readonly string[],
  key: string,
  token: string,
  collectors: readonly Member[],
): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const { address } = collectors[(attempt + key.length + key.charCodeAt(key.length - 1)) % collectors.length] ?? {
      address: '',
    };
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
    const response = await fetch(`${address}/ingest`, { method: 'POST', headers, body: lines.join('\n') }).catch(
      () => undefined,
    );
    await response?.arrayBuffer().catch(() => undefined);
    if (response?.ok) return;
    if (response !== undefined && response.status !== 503 && response.status !== 429) {
      throw new Error(`POST /ingest answered ${response.status}`);
    }
    await delay(50);
  }
  throw new Error('no collector took a delivery');
}

/** Rule, entity and number of detections of each alert. */
async function alertsOf(system: Ctx): Promise<string[]> {
  const { rows } = await system.read((db) =>
    sql<{
      line: string;
    }>`SELECT concat_ws(' ', rule_id, entity_kind, entity_value, detection_count) AS line FROM alert`.execute(db),
  );
  return rows.map(({ line }) => line).sort();
}

async function storedOf(events: EventStore): Promise<{ lines: number; distinct: number; ids: number }> {
  const [row] = await events
    .reader({ path: '/', side: 'centre' })
    .query<{ lines: number; distinct: number; ids: number }>(
      eventSql`SELECT count() AS lines, uniqExact(raw) AS distinct, uniqExact(event_id) AS ids FROM event`,
      { tag: 'test' },
    );
  return row ?? { lines: 0, distinct: 0, ids: 0 };
}

/** Lines that were stored after they were detected, as the sources' counters say. */
async function writtenOf(system: Ctx): Promise<number> {
  const { rows } = await system.read((db) =>
    sql<{ written: string }>`SELECT coalesce(sum(written), 0) AS written FROM telemetry_health`.execute(db),
  );
  return Number(rows[0]?.written ?? 0);
}

/** What one process finds in the same lines. */
async function alertsOfOneProcess(deliveries: readonly (readonly string[])[]): Promise<string[]> {
  const alone = await openAlone(import.meta.filename);
  try {
    const { test, member, token } = alone;
    for (const [index, lines] of deliveries.entries()) await deliver(lines, `delivery-${index}`, token, [member]);
    const lines = deliveries.flat().length;
    await until('one process has stored everything', 120, async () => (await writtenOf(test.system)) >= lines);
    return await alertsOf(test.system);
  } finally {
    await alone.stop();
  }
}

const binary = natsBinary();
const missing = [
  ...(binary === undefined ? ['nats-server (apt-get install nats-server)'] : []),
  ...(process.env.TONGAN_TEST_POSTGRES ? [] : ['a PostgreSQL server named by TONGAN_TEST_POSTGRES']),
];

if (process.argv[2] === MEMBER) await runMember(process.argv[3] ?? '{}');
else
  describe('roles on processes of their own', {
    skip: missing.length > 0 ? `needs ${missing.join(' and ')}` : false,
  }, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await openCluster(binary ?? '', import.meta.filename);
    });
    after(() => cluster.stop());

    it('loses and doubles nothing, and finds what one process finds, when a detector and a collector are killed under load', async () => {
      const deliveries = deliveriesOf(new Date(Date.now() - 120_000));
      const lines = deliveries.flat();
      assert.equal(new Set(lines).size, lines.length, 'each line is unlike the others');
      const { token } = await cluster.newSource('cluster');
      const [one, two, firstDetector] = await Promise.all([
        cluster.start(['collect']),
        cluster.start(['collect']),
        cluster.start(['detect']),
      ]);
      const collectors = [one, two];
      let next = 0;
      const sender = async () => {
        while (next < deliveries.length) {
          const index = next;
          next += 1;
          await deliver(deliveries[index] ?? [], `delivery-${index}`, token, collectors);
        }
      };
      const sending = Promise.all([sender(), sender(), sender(), sender()]);
      await until('a third is delivered', 120, async () => next > deliveries.length / 3);
      await one.kill();
      // Some of what it had in hand is done, some not.
      await until('the first detector is at work', 120, async () => (await storedOf(cluster.events)).lines > 0);
      await firstDetector.kill();
      await Promise.all([cluster.start(['detect']), cluster.start(['detect', 'work', 'api'])]);
      await sending;
      const expected = await alertsOfOneProcess(deliveries);
      assert.equal(expected.length, 2 * ADDRESSES, 'one process finds every attack');
      await until('everything is stored', 120, async () => (await storedOf(cluster.events)).lines >= lines.length);
      const config = loadConfig({}).nats;
      const hits = await openNatsQueue({
        nats: { ...config, servers: [cluster.natsUrl] },
        name: 'hits',
        partitions: 4,
        bytesMax: QUEUE_BYTES_MAX / 4,
        log: openLog('silent'),
      });
      await until('all hits are counted', 120, async () => hits.stats().backlogBytes === 0);
      await until(
        'all alerts are there',
        30,
        async () => (await alertsOf(cluster.test.system)).length >= expected.length,
      );
      await hits.close();
      assert.deepEqual(await storedOf(cluster.events), {
        lines: lines.length,
        distinct: lines.length,
        ids: lines.length,
      });
      assert.deepEqual(await alertsOf(cluster.test.system), expected);
    });

    it('refuses a token that was renewed in another process at once', async () => {
      const collector = await cluster.start(['collect']);
      const { id, token } = await cluster.newSource('renewed');
      await deliver(['<13>a line'], 'before-renewal', token, [collector]);
      const fresh = await cluster.renew(id);
      const status = async (shown: string) => {
        const headers = { authorization: `Bearer ${shown}` };
        const response = await fetch(`${collector.address}/ingest`, { method: 'POST', headers, body: 'x' });
        await response.arrayBuffer();
        return response.status;
      };
      // The registry reads the sources anew every ten seconds by itself: a change is told of sooner.
      await until('the old token is refused', 5, async () => (await status(token)) === 401);
      assert.equal(await status(fresh), 200);
      assert.equal((await fetch(`${collector.address}/api/sources`)).status, 404, 'a collector does not answer people');
      assert.equal((await fetch(`${collector.address}/api/health`)).status, 200);
      const report = await inspectNats({ ...loadConfig({}).nats, servers: [cluster.natsUrl] }, ['events', 'hits']);
      assert.equal(report.partitions.length, 8);
      assert.ok(
        report.partitions.every(({ ownedAt }) => ownedAt !== undefined),
        'each partition has an owner again',
      );
      assert.equal(await collector.stop(), 0);
    });
  });
