import { isIP } from 'node:net';
import { type GradeEvidence, gradeFrom, worseGrade } from '#engine/vulnerability/grade.ts';
import { findingKey, primaryId, vulnerabilityIds } from '#engine/vulnerability/identity.ts';
import type {
  Confidence,
  Place,
  ReportFinding,
  ReportProblem,
  ReportSoftware,
  ReportStatement,
  ReportTarget,
  ScanReport,
} from '#engine/vulnerability/report.ts';
import { type ServiceFacts, Services } from './services.ts';

/** More than this is no report of one scan, and would not fit into memory. */
const REPORT_LIMITS = { findings: 300_000, software: 300_000, targets: 100_000, problems: 500 } as const;

const TEXT_MAX = 2000;
const LINE_MAX = 300;

/** A text without control characters but line ends, cut to a bound. */
export const clean = (text: string, max = TEXT_MAX): string =>
  text
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim()
    .slice(0, max)
    .toWellFormed();

/** One line of clean text. */
const line = (text: string, max = LINE_MAX): string => clean(text.replace(/\s+/g, ' '), max);

/** Text out of HTML that scanners put into their fields. It is shown as text only, so this is for reading, not safety. */
export const fromHtml = (html: string): string =>
  html
    .replace(/<(?:br|\/p|\/li|\/div|\/tr)\s*\/?>/gi, '\n')
    .replace(/<[^<>]{0,2000}>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#0*39;|&apos;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\n\s*\n+/g, '\n');

export interface NewFinding {
  readonly row: number;
  readonly target: string;
  readonly place: Place;
  readonly rule?: string | undefined;
  readonly title: string;
  /** Texts in which vulnerability numbers are looked for. */
  readonly ids?: readonly (string | undefined)[];
  readonly grades: GradeEvidence;
  readonly confidence?: Confidence;
  readonly evidence?: string | undefined;
  readonly solution?: string | undefined;
  readonly installedVersion?: string | undefined;
  readonly fixedVersion?: string | undefined;
}

export interface NewTarget {
  readonly kind?: 'host' | 'artefact';
  readonly name: string;
  readonly addresses?: readonly (string | undefined)[];
  readonly hosts?: readonly (string | undefined)[];
  readonly alive?: boolean;
  readonly credentialed?: boolean | null;
  readonly ports?: string;
  readonly macs?: readonly (string | undefined)[];
  readonly operatingSystem?: string | undefined;
}

const MAC = /(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}/gi;

/** Hardware addresses in texts; some tools write several into one. */
const macsOf = (texts: readonly (string | undefined)[] = []): string[] => [
  ...new Set(texts.flatMap((text) => text?.slice(0, TEXT_MAX).match(MAC) ?? [])),
];

type Kept = { -readonly [Key in keyof ReportTarget]: ReportTarget[Key] };

/** Collects what a reader finds: cleans, bounds, and joins records that say the same of the same place. */
export class ReportBuilder {
  readonly format: string;
  tool: string;
  toolVersion = '';
  scannedAt: string | null = null;
  rules: string[] | null = null;
  partial = false;
  /** Every open port of what was tried is named: to be said by readers of tools that do. */
  showsAllPorts = false;
  readonly #services = new Services();
  readonly #targets = new Map<string, Kept>();
  readonly #findings = new Map<string, ReportFinding>();
  readonly #software = new Map<string, ReportSoftware>();
  readonly #statements: ReportStatement[] = [];
  readonly #problems: ReportProblem[] = [];
  #problemCount = 0;
  #repeated = 0;

  constructor(format: string, tool = format) {
    this.format = format;
    this.tool = tool;
  }

  problem(row: number, reason: string, detail = ''): void {
    this.#problemCount += 1;
    if (this.#problems.length < REPORT_LIMITS.problems) this.#problems.push({ row, reason, detail: line(detail, 200) });
  }

  /**
   * Adds a target, or more about one.
   * @returns its key; undefined when there is nothing to call it by
   */
  target({ kind = 'host', name, addresses = [], hosts = [], ...rest }: NewTarget): string | undefined {
    const key = line(name, 250);
    if (key === '') return undefined;
    const found = this.#targets.get(key);
    const addressList = [...addresses, key].flatMap((text) =>
      text !== undefined && isIP(text.trim()) ? [text.trim()] : [],
    );
    const hostList = [...hosts, ...(kind === 'host' && isIP(key) === 0 ? [key] : [])].flatMap((text) =>
      text === undefined || line(text) === '' || isIP(text.trim()) !== 0 ? [] : [line(text).toLowerCase()],
    );
    if (found === undefined) {
      if (this.#targets.size >= REPORT_LIMITS.targets) return undefined;
      this.#targets.set(key, {
        key,
        kind,
        name: key,
        addresses: [...new Set(addressList)],
        hosts: [...new Set(hostList)],
        alive: rest.alive ?? false,
        credentialed: rest.credentialed ?? null,
        ports: rest.ports ?? '',
        macs: macsOf(rest.macs),
        operatingSystem: line(rest.operatingSystem ?? '', 200),
      });
      return key;
    }
    found.addresses = [...new Set([...found.addresses, ...addressList])];
    found.hosts = [...new Set([...found.hosts, ...hostList])];
    if (rest.alive !== undefined) found.alive ||= rest.alive;
    if (rest.credentialed !== undefined && rest.credentialed !== null) found.credentialed = rest.credentialed;
    if (rest.ports !== undefined) found.ports = rest.ports;
    found.macs = [...new Set([...found.macs, ...macsOf(rest.macs)])];
    found.operatingSystem ||= line(rest.operatingSystem ?? '', 200);
    return key;
  }

  /**
   * Adds a host of which a tool looked at one port only, as tools for web sites do: what it says covers no other port.
   * @returns its key; undefined when there is nothing to call it by
   */
  site(given: Pick<NewTarget, 'name' | 'addresses'>, port: string): string | undefined {
    const key = this.target({ ...given, alive: true });
    const found = key === undefined ? undefined : this.#targets.get(key);
    if (found === undefined) return undefined;
    found.ports = [...new Set([...found.ports.split(','), port || 'none'])].filter(Boolean).join(',');
    return key;
  }

  /** What answered at a port, as far as the tool tells more than a finding there does. */
  service(target: string, place: Place, facts: ServiceFacts): void {
    this.#services.add(target, place, facts);
  }

  finding(given: NewFinding): void {
    // Whatever was found at a port, something answered there.
    this.#services.add(given.target, given.place);
    const title = line(given.title) || line(given.rule ?? '');
    if (title === '') {
      this.problem(given.row, 'title.missing');
      return;
    }
    if (this.#findings.size >= REPORT_LIMITS.findings) {
      this.problem(given.row, 'report.too_many');
      return;
    }
    const { grade, by } = gradeFrom(given.grades);
    const { cvss3, cvss2 } = given.grades;
    const score = cvss3 ?? cvss2;
    const found: ReportFinding = {
      row: given.row,
      target: given.target,
      place: { kind: given.place.kind, value: line(given.place.value) },
      rule: line(given.rule ?? '', 120),
      title,
      ids: vulnerabilityIds((given.ids ?? []).join(' ')).slice(0, 200),
      grade,
      gradedBy: by,
      score: score !== undefined && Number.isFinite(score) && score >= 0 && score <= 10 ? score : null,
      confidence: given.confidence ?? 'unknown',
      evidence: clean(given.evidence ?? ''),
      solution: clean(given.solution ?? ''),
      installedVersion: line(given.installedVersion ?? '', 120),
      fixedVersion: line(given.fixedVersion ?? '', 120),
    };
    const key = findingKey(found.target, '', found.place, primaryId(found));
    const before = this.#findings.get(key);
    if (before === undefined) {
      this.#findings.set(key, found);
      return;
    }
    this.#repeated += 1;
    const ids = [...new Set([...before.ids, ...found.ids])];
    this.#findings.set(key, { ...before, ids, grade: worseGrade(before.grade, found.grade) });
  }

  software(given: { readonly target: string; readonly name: string } & Partial<ReportSoftware>): void {
    const name = line(given.name, 200);
    if (name === '' || this.#software.size >= REPORT_LIMITS.software) return;
    const kept: ReportSoftware = {
      target: given.target,
      name,
      version: line(given.version ?? '', 120),
      ecosystem: line(given.ecosystem ?? '', 40).toLowerCase(),
      purl: line(given.purl ?? '', 500),
      cpe: line(given.cpe ?? '', 300),
      seenBy: given.seenBy ?? 'package',
    };
    this.#software.set(JSON.stringify([kept.target, kept.ecosystem, kept.name, kept.version]), kept);
  }

  statement(given: ReportStatement): void {
    const products = given.products.map((product) => line(product, 500)).filter((product) => product !== '');
    if (products.length === 0) {
      this.problem(given.row, 'product.missing');
      return;
    }
    this.#statements.push({ ...given, products: products.slice(0, 2000), reason: line(given.reason, 500) });
  }

  report(): ScanReport {
    return {
      format: this.format,
      tool: line(this.tool, 60).toLowerCase() || this.format,
      toolVersion: line(this.toolVersion, 60),
      scannedAt: this.scannedAt,
      rules: this.rules,
      partial: this.partial,
      targets: [...this.#targets.values()],
      findings: [...this.#findings.values()],
      software: [...this.#software.values()],
      services: this.#services.list(),
      showsAllPorts: this.showsAllPorts,
      statements: this.#statements,
      problems: this.#problems,
      problemCount: this.#problemCount,
      repeated: this.#repeated,
    };
  }
}

/** A time in any form the tools write, as ISO 8601 in UTC; null for what is no time. */
export function isoTime(text: string | undefined): string | null {
  const trimmed = (text ?? '').trim();
  if (trimmed === '') return null;
  if (/^\d{9,10}$/.test(trimmed)) return dateOf(new Date(Number(trimmed) * 1000));
  const compact = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})\d*$/.exec(trimmed);
  if (compact !== null) {
    const [, year, month, day, hour, minute, second] = compact;
    return dateOf(new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`));
  }
  const dayFirst = /^(\d{1,2})\/(\d{1,2})\/(\d{4}),? (\d{1,2}:\d{2}(?::\d{2})?)$/.exec(trimmed);
  if (dayFirst !== null) {
    const [, day = '', month = '', year, time] = dayFirst;
    return dateOf(
      new Date(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${(time ?? '').padStart(5, '0')}Z`),
    );
  }
  // A time without a zone is meant in China's time, whatever zone this machine is set to.
  const bare = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?$/.exec(trimmed);
  if (bare !== null) {
    const [, year, month = '', day = '', time = '00:00'] = bare;
    return dateOf(new Date(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${time.padStart(5, '0')}+08:00`));
  }
  return dateOf(new Date(/(?:Z|[+-]\d{2}:?\d{2}|GMT|UTC|CES?T)/.test(trimmed) ? trimmed : `${trimmed} +0800`));
}

const dateOf = (date: Date): string | null => {
  const year = Number.isNaN(date.getTime()) ? 0 : date.getUTCFullYear();
  return year > 1990 && year < 2200 ? date.toISOString() : null;
};

/** A number, or undefined for an empty or other text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /^\s*(\d{1,4}(?:\.\d{1,4})?)/.exec(value);
  return match === null ? undefined : Number(match[1]);
}

/** Host, port and path of an address of a page; undefined when it is none. */
export function urlParts(text: string): { host: string; port: string; path: string } | undefined {
  const trimmed = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  if (url === null || url.hostname === '') return undefined;
  const implied = { 'http:': '80', 'https:': '443', 'ftp:': '21' }[url.protocol] ?? '';
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port || (trimmed.includes('://') ? implied : ''),
    path: url.pathname,
  };
}

/** A place on a web site: port and path, without the query, which changes from scan to scan. */
export function webPlace(port: string, path: string): Place {
  const bare = path.split(/[?#;]/)[0] ?? '';
  const shown = port === '' ? bare : `tcp/${port} ${bare || '/'}`;
  return { kind: 'path', value: shown.trim() || '/' };
}

/** A port of a host; port 0 stands for the host itself. */
export function portPlace(protocol: string, port: string | number): Place {
  const number = Number(port);
  if (!Number.isInteger(number) || number <= 0 || number > 65_535) return { kind: 'host', value: '' };
  return { kind: 'port', value: `${/udp/i.test(protocol) ? 'udp' : 'tcp'}/${number}` };
}

export const packagePlace = (ecosystem: string, name: string): Place => ({
  kind: 'package',
  value: ecosystem === '' ? name : `${ecosystem.toLowerCase()}:${name}`,
});
