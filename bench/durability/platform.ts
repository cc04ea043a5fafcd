import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, openApp } from '#app/server.ts';
import { createSource } from '#domain/telemetry/index.ts';
import { loadConfig } from '#platform/config.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openLog } from '#platform/log.ts';
import { MARKER, MARKER_RULE } from '../ingest/alerts.ts';

/** What the platform says once it listens. `token` only at its first start. */
export interface Ready {
  readonly address: string;
  readonly token: string;
}

/** What is there when nothing waits any more. */
export interface Kept {
  /** Rows by the name in their text. */
  readonly rows: Readonly<Record<string, number>>;
  /** What the roll-up counted; the same as all rows. */
  readonly rolledUp: number;
  /** Hosts of the stored events that the marker rule is true of. */
  readonly marked: readonly string[];
  /** How often each host was detected, over all its alerts. */
  readonly detected: Readonly<Record<string, number>>;
}

/** The whole platform on embedded stores, for a process of its own that is killed. Answers `drain` with what it kept. */
export async function runPlatform(folder: string, first: boolean): Promise<void> {
  const config = loadConfig({}, undefined, {
    environment: 'test',
    dataDir: join(folder, 'data'),
    log: { level: 'silent' },
    http: { port: 0 },
    syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0 },
    rules: { directories: [join(folder, 'rules')] },
  });
  const app = await openApp({ config, log: openLog('silent'), ratePerMinute: 10_000_000 });
  const address = await app.start();
  const { token } = first
    ? await createSource(app.system, { name: 'senders', unitPath: '/450000/', listener: 'http' })
    : { token: '' };
  process.on('message', () => {
    void kept(app)
      .then((found) => app.stop().then(() => found))
      .then((found) => process.send?.(found, () => process.exit(0)));
  });
  process.send?.({ address, token: token ?? '' });
}

async function kept(app: App): Promise<Kept> {
  while ((app.queue.stats()?.backlogBytes ?? 0) > 0) await delay(100);
  const reader = app.platform.events.reader({ path: '/', side: 'centre' });
  const limits = { tag: 'bench', rowsMax: 10_000_000 };
  const rows = await reader.query<{ name: string; n: number }>(
    eventSql`SELECT extract(raw, 'kill-[a-z]+-[0-9]+-[0-9]+') AS name, count() AS n FROM event GROUP BY name`,
    limits,
  );
  const [counted] = await reader.query<{ n: number }>(eventSql`SELECT sum(events) AS n FROM event_count`, limits);
  const marked = await reader.query<{ host: string }>(
    eventSql`SELECT host FROM event WHERE position(process_command_line, ${MARKER}) > 0`,
    limits,
  );
  const alerts = await app.system.read((db) =>
    db.selectFrom('alert').select(['entity_value', 'detection_count']).where('rule_id', '=', MARKER_RULE).execute(),
  );
  const detected: Record<string, number> = {};
  for (const { entity_value: host, detection_count: n } of alerts) detected[host] = (detected[host] ?? 0) + n;
  return {
    rows: Object.fromEntries(rows.map(({ name, n }) => [name, n])),
    rolledUp: counted?.n ?? 0,
    marked: marked.map(({ host }) => host),
    detected,
  };
}
