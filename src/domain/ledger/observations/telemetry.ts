import { canonicalAddress, isPrivate } from '#engine/identity/address.ts';
import type { Ctx } from '#platform/context.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import type { ObservationInput } from './observation.ts';
import { observe } from './observe.ts';
import { TELEMETRY_SOURCE } from './prepare.ts';
import { keepReading } from './records.ts';

const READING = 'telemetry';
const DAY_MS = 86_400_000;
/** What one run reads at most; the next one goes on from there. */
const ROWS_MAX = 20_000;
/** The roll-up keeps its first and last times by day and is written on insert: late events lie in earlier days. */
const OVERLAP_MS = 3_600_000;

interface Sighting {
  readonly kind: string;
  readonly value: string;
  readonly unit_path: string;
  readonly first_ms: string;
  readonly last_ms: string;
}

/** Accounts of machines and services that every system has. */
const NOBODYS = /\$$|^(?:-|system|local service|network service|anonymous logon|nobody)$/i;

function observationOf({ kind, value, unit_path, first_ms, last_ms }: Sighting): ObservationInput | undefined {
  const base = {
    source: TELEMETRY_SOURCE,
    nativeKey: `${kind}/${value.toLowerCase()}`,
    unitPath: unit_path,
    firstSeenAt: new Date(Number(first_ms)),
    seenAt: new Date(Number(last_ms)),
  };
  if (kind === 'host') {
    const address = canonicalAddress(value);
    const facts = address === undefined ? { hostNames: [value] } : { addresses: [address] };
    return { ...base, class: 'host', facts };
  }
  if (kind === 'address') {
    const address = canonicalAddress(value);
    // The rest of the internet is no asset of anybody here.
    if (address === undefined || !isPrivate(address)) return undefined;
    return { ...base, class: 'host', facts: { addresses: [address] } };
  }
  const account = value.replace(/^.*\\/, '');
  return NOBODYS.test(account) ? undefined : { ...base, class: 'account', facts: { designation: account } };
}

interface Served {
  readonly kind: 'site' | 'service' | 'api';
  readonly value: string;
  readonly unit_path: string;
  readonly first_ms: string;
  readonly last_ms: string;
}

const servedBy = ({ kind, value, unit_path, first_ms, last_ms }: Served): ObservationInput => ({
  source: TELEMETRY_SOURCE,
  nativeKey: `${kind}/${value}`,
  class: kind,
  unitPath: unit_path,
  firstSeenAt: new Date(Number(first_ms)),
  seenAt: new Date(Number(last_ms)),
  facts: { designation: value },
});

/** Sites, services and interfaces that the logs of web servers and gateways name, since the last reading. */
async function servedSince(system: Ctx, since: Date): Promise<ObservationInput[]> {
  const rows = await system.events.query<Served>(
    eventSql`SELECT kind, value, unit_path, toString(toUnixTimestamp64Milli(min(time))) AS first_ms,
        toString(toUnixTimestamp64Milli(max(time))) AS last_ms
      FROM event
      ARRAY JOIN ['site', 'service', 'api'] AS kind,
        [lower(toString(url_domain)),
         if(destination_ip != '' AND destination_port != '', concat('tcp/', destination_ip, ':', destination_port), ''),
         if(url_domain != '' AND startsWith(url_path, '/api/') AND http_status >= '200' AND http_status < '300',
           concat(http_method, ' ', lower(toString(url_domain)), arrayStringConcat(arrayMap(part -> if(match(part,
             '^([0-9]+|[0-9a-fA-F-]{16,})$'), '{id}', part), splitByChar('/', url_path)), '/')), '')
        ] AS value
      WHERE received_at >= ${since} AND category IN ('webserver', 'api') AND value != ''
      GROUP BY kind, value, unit_path ORDER BY max(time) DESC LIMIT ${ROWS_MAX}`,
    { tag: 'ledger.served', rowsMax: ROWS_MAX, timeoutMs: 60_000 },
  );
  return rows.map(servedBy);
}

/**
 * Observes hosts, addresses and accounts of the roll-ups that are kept on insert, and what web servers serve, since the
 * last time. A run is bounded; the next one goes on where it stopped.
 *
 * @param system the platform's
 */
export async function observeTelemetry(system: Ctx): Promise<void> {
  const reading = await system.read((db) =>
    db.selectFrom('asset_reading').select('until_at').where('name', '=', READING).executeTakeFirst(),
  );
  const now = system.clock.now();
  const until = reading?.until_at ?? new Date(now.getTime() - DAY_MS);
  const since = new Date(until.getTime() - OVERLAP_MS);
  const rows = await system.events.query<Sighting>(
    eventSql`SELECT kind, value, unit_path, toString(toUnixTimestamp64Milli(min(first_at))) AS first_ms,
        toString(toUnixTimestamp64Milli(max(last_at)) AS last) AS last_ms
      FROM entity_sighting WHERE day >= toDate(${since}) AND kind IN ('host', 'address', 'user')
      GROUP BY kind, value, unit_path HAVING max(last_at) >= ${since}
      ORDER BY max(last_at) LIMIT ${ROWS_MAX}`,
    { tag: 'ledger.sightings', rowsMax: ROWS_MAX, timeoutMs: 60_000 },
  );
  await observe(system, [...rows.flatMap((row) => observationOf(row) ?? []), ...(await servedSince(system, since))]);
  const last = rows.at(-1);
  const full = rows.length === ROWS_MAX && last !== undefined;
  await keepReading(system, READING, full ? new Date(Math.max(Number(last.last_ms), until.getTime() + 1)) : now);
}
