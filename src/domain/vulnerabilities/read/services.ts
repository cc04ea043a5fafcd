import { createHash, X509Certificate } from 'node:crypto';
import type { Place, ReportCertificate, ReportService } from '#engine/vulnerability/report.ts';

/** What a reader knows of a service besides where it answers. */
export type ServiceFacts = Partial<Omit<ReportService, 'target' | 'transport' | 'port'>>;

const SERVICES_MAX = 300_000;
const CERTIFICATES_MAX = 8;
const TEXT_MAX = 200;
/** Of what is said of one certificate. */
const DETAILS_CHARS_MAX = 8000;

const PORT = /^(tcp|udp)\/(\d{1,5})(?: |$)/;

const line = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, TEXT_MAX)
    .toWellFormed();

/** What answered at the ports of the hosts of a report: told by the tool, or shown by a finding at the port. */
export class Services {
  readonly #known = new Map<string, ReportService>();

  /** Adds what answered at a place, or more about it. A place without a port is none. */
  add(target: string, place: Place, facts: ServiceFacts = {}): void {
    const [, transport, port] = PORT.exec(place.value) ?? [];
    if (port === undefined || (place.kind !== 'port' && place.kind !== 'path')) return;
    const key = `${target} ${transport}/${port}`;
    const known = this.#known.get(key);
    if (known === undefined && this.#known.size >= SERVICES_MAX) return;
    const text = (pick: 'application' | 'product' | 'version') => known?.[pick] || line(facts[pick] ?? '');
    const certificates = [...(known?.certificates ?? []), ...(facts.certificates ?? [])];
    this.#known.set(key, {
      target,
      transport: transport === 'udp' ? 'udp' : 'tcp',
      port: Number(port),
      application: text('application').toLowerCase(),
      product: text('product'),
      version: text('version'),
      encrypted: known?.encrypted ?? facts.encrypted ?? null,
      tlsVersions: [...new Set([...(known?.tlsVersions ?? []), ...(facts.tlsVersions ?? []).map(line)])].sort(),
      certificates: certificates
        .filter(({ fingerprint }, at) => certificates.findIndex((one) => one.fingerprint === fingerprint) === at)
        .slice(0, CERTIFICATES_MAX),
    });
  }

  list(): ReportService[] {
    return [...this.#known.values()];
  }
}

const hexOf = (text: string): string => text.toLowerCase().replace(/[^0-9a-f]/g, '');

/** A day of a time in a certificate: `2026-03-01T00:00:00`, `Jun 15 00:00:00 2020 GMT`; '' when it is none. */
function dayOf(text: string): string {
  const iso = /^\s*(\d{4}-\d{2}-\d{2})/.exec(text)?.[1];
  if (iso !== undefined) return Number.isNaN(Date.parse(iso)) ? '' : iso;
  const time = /[A-Za-z]{3} +\d{1,2} [\d:]+ \d{4} GMT/.exec(text)?.[0];
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, 10);
}

/** The common name of somebody, as X.500 names are written: `CN=a,O=b`, one part a line, `commonName=a, …`. */
const commonName = (name: string): string =>
  /(?:^|[\s,/])(?:CN|commonName)\s*=\s*([^,\n/]+)/i.exec(name)?.[1]?.trim() ?? '';

/** What a certificate says itself. */
function readDer(der: Buffer): Partial<ReportCertificate> {
  try {
    const { subject, issuer, validFrom, validTo } = new X509Certificate(der);
    return { subject: commonName(subject), issuer: commonName(issuer), validFrom, validUntil: validTo };
  } catch {
    // It is known by its fingerprint all the same.
    return {};
  }
}

/** @returns the certificate; undefined without a fingerprint to know it by */
export function certificate(
  said: { readonly pem?: string } & Partial<ReportCertificate>,
): ReportCertificate | undefined {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(said.pem ?? '')?.[1];
  const der = body === undefined ? undefined : Buffer.from(body, 'base64');
  const fingerprint =
    der === undefined ? hexOf(said.fingerprint ?? '') : createHash('sha256').update(der).digest('hex');
  if (fingerprint.length !== 64 && fingerprint.length !== 40) return undefined;
  const read = der === undefined ? {} : readDer(der);
  return {
    fingerprint,
    subject: line(said.subject || read.subject || ''),
    issuer: line(said.issuer || read.issuer || ''),
    validFrom: dayOf(said.validFrom || read.validFrom || ''),
    validUntil: dayOf(said.validUntil || read.validUntil || ''),
    algorithm: line(said.algorithm ?? ''),
  };
}

/** A service that showed a certificate, if it can be known by what is said of it. */
export function showing(said: Parameters<typeof certificate>[0]): ServiceFacts {
  const found = certificate(said);
  return found === undefined ? {} : { encrypted: true, certificates: [found] };
}

/** What OpenVAS tells of a certificate at the end of each result about one: a table of names and values, its lines broken anywhere. */
export function openVasTls(description: string): ServiceFacts {
  const at = description.indexOf('Certificate details:');
  if (at < 0) return {};
  const parts = description
    .slice(at, at + DETAILS_CHARS_MAX)
    .split(
      /(fingerprint \(SHA-\d+\)|issued by|public key [^|]+|serial|signature algorithm|subject alternative names \(SAN\)|subject|valid from|valid until)\s*\|/,
    );
  const value = (name: string): string | undefined => {
    const place = parts.indexOf(name);
    return place < 0 ? undefined : parts[place + 1]?.trim();
  };
  return showing({
    fingerprint: value('fingerprint (SHA-256)') ?? value('fingerprint (SHA-1)') ?? '',
    subject: commonName(value('subject') ?? ''),
    issuer: commonName(value('issued by') ?? ''),
    validFrom: value('valid from') ?? '',
    validUntil: value('valid until') ?? '',
    algorithm: value('signature algorithm') ?? '',
  });
}

/** Nessus plugins "SSL / TLS Versions Supported" and "SSL Certificate Information", which tell it in their output. */
const TLS_VERSIONS = '56984';
const CERTIFICATE = '10863';

/** What an output of Nessus tells of the encryption of a service, in a `.nessus` file or a sheet. */
export function nessusTls(plugin: string, output: string): ServiceFacts {
  if (plugin === TLS_VERSIONS) {
    const versions = /supports ([A-Za-z0-9./ ]+?)\.\s*$/m.exec(output)?.[1] ?? '';
    const tlsVersions = versions.match(/(?:SSL|TLS)v\d(?:\.\d)?/g) ?? [];
    return tlsVersions.length > 0 ? { encrypted: true, tlsVersions } : {};
  }
  if (plugin !== CERTIFICATE) return {};
  const names = [...output.matchAll(/^\s*Common Name:\s*(.+)$/gm)].map(([, name = '']) => name);
  const after = (label: string) => new RegExp(`^\\s*${label}\\s*:\\s*(.+)$`, 'im').exec(output)?.[1] ?? '';
  // Over several lines: twenty octets of a SHA-256 alone would be taken for a SHA-1.
  const print = (name: string, octets: number) =>
    new RegExp(`${name} Fingerprint:\\s*((?:[0-9A-F]{2}\\s+){${octets - 1}}[0-9A-F]{2})(?!\\s*[0-9A-F]{2}\\b)`).exec(
      output,
    )?.[1];
  return {
    encrypted: true,
    ...showing({
      fingerprint: print('SHA-256', 32) ?? print('SHA-1', 20) ?? '',
      subject: names[0] ?? '',
      issuer: names[1] ?? '',
      validFrom: after('Not Valid Before'),
      validUntil: after('Not Valid After'),
      algorithm: after('Signature Algorithm'),
    }),
  };
}
