import {
  noteGone,
  type ObservationInput,
  observe,
  recordsOn,
  type SeenOn,
  serviceDesignation,
} from '#domain/ledger/index.ts';
import { notCovered } from '#engine/vulnerability/coverage.ts';
import type { ReportService, ReportTarget, ScanReport } from '#engine/vulnerability/report.ts';
import type { Ctx } from '#platform/context.ts';
import type { ImportRow } from './store.ts';

/** The name of a tool as observations name their source. */
export const sourceOf = (tool: string): string =>
  tool
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'scan';

const DOMAIN = /^[^\s/:]+\.[a-z\u0080-\uffff][^\s/:]*$/i;

type At = Pick<ImportRow, 'unit_path' | 'scanned_at' | 'options'>;
type Seen = Pick<ObservationInput, 'source' | 'unitPath' | 'seenAt'>;

/** What targets may be observed as, by their keys. */
export const recordsOf = (key: string): string[] => [hostRecord({ key }), siteRecord({ key })];

const siteRecord = ({ key }: Pick<ReportTarget, 'key'>): string => `site/${key.toLowerCase()}`;
const hostRecord = ({ key }: Pick<ReportTarget, 'key'>): string => `host/${key.toLowerCase()}`;
const serviceRecord = (target: ReportTarget, { transport, port }: Pick<ReportService, 'transport' | 'port'>): string =>
  `${hostRecord(target)} ${transport}/${port}`;

/**
 * What a report saw of a target: a host by its addresses, names and cards, or a site of which it knows the domain only. An
 * image or a repository is no thing of the ledger, and a host that did not answer was not seen.
 */
function observationOf(target: ReportTarget, seen: Seen): ObservationInput[] {
  const { kind, key, name, addresses, hosts, macs, operatingSystem, alive } = target;
  if (kind !== 'host' || !alive) return [];
  const record = key.toLowerCase();
  if (addresses.length === 0 && macs.length === 0 && DOMAIN.test(name))
    return [{ ...seen, nativeKey: siteRecord(target), class: 'site', facts: { designation: record } }];
  const facts = { addresses: [...addresses], hostNames: [...hosts], macs: [...macs], operatingSystem };
  return [{ ...seen, nativeKey: hostRecord(target), class: 'host', facts }];
}

const said = (text: string): string | undefined => (text === '' ? undefined : text);

/**
 * What answered at a port, and the certificates that it showed. They are told by address and port or by fingerprint, and
 * say which record of the report they were seen on: the ledger makes assets of them only where that one is an asset.
 */
function servicesOf(target: ReportTarget, service: ReportService, seen: Seen): ObservationInput[] {
  const [address] = target.addresses;
  if (target.kind !== 'host' || address === undefined) return [];
  const { transport, port, application, product, version, encrypted, tlsVersions, certificates } = service;
  const nativeKey = serviceRecord(target, service);
  const facts = {
    on: hostRecord(target),
    designation: serviceDesignation(transport, address, port),
    application: said(application),
    product: said(product),
    version: said(version),
    ...(encrypted === null ? {} : { encrypted }),
    ...(tlsVersions.length === 0 ? {} : { tlsVersions: [...tlsVersions] }),
  };
  // Which ports were tried, for the next report to be compared with.
  const raw = { ports: target.ports };
  return [
    { ...seen, nativeKey, class: 'service', facts, raw },
    ...certificates.map(
      ({ fingerprint, subject, issuer, validFrom, validUntil, algorithm }): ObservationInput => ({
        ...seen,
        nativeKey: `${nativeKey} ${fingerprint}`,
        class: 'certificate',
        facts: {
          on: nativeKey,
          designation: fingerprint,
          name: said(subject),
          issuer: said(issuer),
          validFrom: said(validFrom),
          validUntil: said(validUntil),
          algorithm: said(algorithm),
        },
      }),
    ),
  ];
}

/**
 * Tells the ledger which machines, sites, services and certificates a report saw, so that what only a scanner knows becomes
 * known to all; and which services it looked for and did not see. Again the same changes nothing but when they were seen.
 *
 * @param system the platform's own context
 */
export async function observeTargets(
  system: Ctx,
  row: At,
  report: Pick<ScanReport, 'targets' | 'tool' | 'services' | 'showsAllPorts'>,
): Promise<void> {
  const seen = { source: sourceOf(report.tool), unitPath: row.unit_path, seenAt: row.scanned_at };
  const targets = new Map(report.targets.map((target) => [target.key, target]));
  const services = report.services.flatMap((service) => {
    const target = targets.get(service.target);
    return target === undefined || !target.alive ? [] : servicesOf(target, service, seen);
  });
  await observe(system, [...report.targets.flatMap((target) => observationOf(target, seen)), ...services]);
  await noteUnseen(system, row, report, services);
}

/** A service at a port that is shown is there; what is asked here are the others. */
const NONE_SHOWN: ReadonlySet<string> = new Set();

/** Says which services, and certificates at services, are gone: the report tried their port, and did not show them. */
async function noteUnseen(
  system: Ctx,
  { unit_path: unitPath, scanned_at: scannedAt, options }: At,
  { targets, tool, showsAllPorts }: Pick<ScanReport, 'targets' | 'tool' | 'showsAllPorts'>,
  services: readonly ObservationInput[],
): Promise<void> {
  const source = sourceOf(tool);
  // Without a list of what was tried only a person can say that nothing is left out.
  const proving = new Map(
    targets
      .filter(
        ({ kind, alive, ports }) => kind === 'host' && alive && (options.complete || (showsAllPorts && ports !== '')),
      )
      .map((target) => [hostRecord(target), target]),
  );
  const on = (record: string): SeenOn => ({ source, unitPath, on: record });
  const there = new Set(services.map(({ nativeKey }) => nativeKey));
  const known = await system.read((db) => recordsOn(db, [...proving.keys()].map(on)));
  const gone = known.filter(({ nativeKey, on: host, lastSeenAt, raw }) => {
    const target = proving.get(host);
    if (target === undefined || there.has(nativeKey)) return false;
    const missing = {
      place: { kind: 'port' as const, value: nativeKey.slice(nativeKey.lastIndexOf(' ') + 1) },
      rule: '',
      lastSeenAt,
      credentialed: false,
      ports: String(raw.ports ?? ''),
    };
    const coverage = { target, rules: null, partial: false, declared: options.complete, shown: NONE_SHOWN, scannedAt };
    return notCovered(coverage, missing) === undefined;
  });
  // A service that shows another certificate now no longer has the one before.
  const showing = services.flatMap(({ class: name, facts }) => (name === 'certificate' ? (facts.on ?? []) : []));
  const places = [...new Set([...showing, ...gone.map(({ nativeKey }) => nativeKey)])];
  const certificates = await system.read((db) => recordsOn(db, places.map(on)));
  const replaced = certificates.filter(({ nativeKey, lastSeenAt }) => !there.has(nativeKey) && lastSeenAt < scannedAt);
  await noteGone(system, [...gone, ...replaced], scannedAt);
}
