import type { ElementType } from './elements.ts';
import { elementOf } from './elements.ts';
import { ipv4, isoOf, readValue } from './values.ts';

/** A flow by the names of IPFIX's information elements; times in ISO 8601. */
export interface Flow {
  readonly log: 'netflow/1';
  readonly netflowVersion: number;
  /** Address of the device that exported it. */
  readonly exporter: string;
  readonly observationDomainId: number;
  readonly exportTime: string;
  readonly [element: string]: string | number | boolean | undefined;
}

/** What a datagram held. */
export interface Decoded {
  readonly flows: Flow[];
  /** Messages (version 9) or flows (version 5, IPFIX) that the sequence numbers say are missing. */
  lost: number;
  /** Sets of data that waited for a template in vain. */
  noTemplate: number;
  /** Records about the exporter itself: they are no events. */
  options: number;
  /** '' or why the rest of the datagram could not be read. */
  fault: string;
}

interface TemplateField {
  readonly name: string;
  readonly type: ElementType;
  readonly length: number;
}

interface Template {
  readonly fields: readonly TemplateField[];
  /** Its records tell about the exporter. */
  readonly isOptions: boolean;
  readonly lengthMin: number;
}

interface Header {
  readonly version: number;
  readonly exporter: string;
  readonly domain: number;
  readonly exportMs: number;
  /** Milliseconds since the exporter started, modulo 2^32; undefined where the header does not say (IPFIX). */
  readonly uptime: number | undefined;
  /** Where the sets end. */
  readonly end: number;
}

interface Waiting {
  readonly header: Header;
  readonly bytes: Uint8Array;
}

const VARIABLE = 65_535;
/** Bounds over all exporters: a sender can neither fill the memory nor push out many others' templates quickly. */
const TEMPLATES_MAX = 20_000;
const FIELDS_MAX = 256;
const WAITING_SETS_MAX = 2_000;
const SEQUENCES_MAX = 20_000;
/** Records of one datagram: the shortest take a byte. */
const RECORDS_MAX = 5_000;

/**
 * Reads NetFlow version 5, version 9 (RFC 3954) and IPFIX (RFC 7011). Remembers the templates of each exporter; data that
 * comes before its template waits for it, within bounds.
 */
export class FlowDecoder {
  readonly #templates = new Map<string, Template>();
  readonly #waiting = new Map<string, Waiting[]>();
  #waitingSets = 0;
  readonly #nextSequence = new Map<string, number>();
  readonly #about = new Map<string, About>();

  decode(exporter: string, datagram: Uint8Array): Decoded {
    const decoded: Decoded = { flows: [], lost: 0, noTemplate: 0, options: 0, fault: '' };
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    try {
      const version = view.getUint16(0);
      if (version === 5) this.#version5(view, exporter, decoded);
      else if (version === 9) this.#version9(view, exporter, decoded);
      else if (version === 10) this.#ipfix(view, exporter, decoded);
      else decoded.fault = `version ${version} is neither NetFlow 5 or 9 nor IPFIX`;
    } catch (error) {
      // The view refuses to read beyond the datagram; what was read before stays.
      if (!(error instanceof RangeError)) throw error;
      decoded.fault = 'the datagram ends too early';
    }
    return decoded;
  }

  #version5(view: DataView, exporter: string, decoded: Decoded): void {
    const count = view.getUint16(2);
    const exportMs = view.getUint32(8) * 1000 + Math.floor(view.getUint32(12) / 1e6);
    const uptime = view.getUint32(4);
    const domain = view.getUint16(20);
    const sampling = view.getUint16(22) & 0x3fff;
    this.#follow(`5 ${exporter} ${domain}`, view.getUint32(16), count, decoded);
    for (let index = 0; index < count; index += 1) {
      const at = 24 + index * 48;
      // Read first what lies last, so that half a record is none.
      const destinationMask = view.getUint8(at + 45);
      decoded.flows.push({
        log: 'netflow/1',
        netflowVersion: 5,
        exporter,
        observationDomainId: domain,
        exportTime: isoOf(exportMs) ?? '',
        sourceIPv4Address: ipv4(view, at),
        destinationIPv4Address: ipv4(view, at + 4),
        ipNextHopIPv4Address: ipv4(view, at + 8),
        ingressInterface: view.getUint16(at + 12),
        egressInterface: view.getUint16(at + 14),
        packetDeltaCount: view.getUint32(at + 16),
        octetDeltaCount: view.getUint32(at + 20),
        flowStartMilliseconds: isoOf(atUptime(exportMs, uptime, view.getUint32(at + 24))),
        flowEndMilliseconds: isoOf(atUptime(exportMs, uptime, view.getUint32(at + 28))),
        sourceTransportPort: view.getUint16(at + 32),
        destinationTransportPort: view.getUint16(at + 34),
        tcpControlBits: view.getUint8(at + 37),
        protocolIdentifier: view.getUint8(at + 38),
        ipClassOfService: view.getUint8(at + 39),
        bgpSourceAsNumber: view.getUint16(at + 40),
        bgpDestinationAsNumber: view.getUint16(at + 42),
        sourceIPv4PrefixLength: view.getUint8(at + 44),
        destinationIPv4PrefixLength: destinationMask,
        ...(sampling > 1 ? { samplingInterval: sampling } : {}),
      });
    }
  }

  #version9(view: DataView, exporter: string, decoded: Decoded): void {
    const exportMs = view.getUint32(8) * 1000;
    const uptime = view.getUint32(4);
    const header = { version: 9, exporter, domain: view.getUint32(16), exportMs, uptime, end: view.byteLength };
    this.#follow(`9 ${exporter} ${header.domain}`, view.getUint32(12), 1, decoded);
    this.#sets(view, 20, header, decoded);
  }

  #ipfix(view: DataView, exporter: string, decoded: Decoded): void {
    const end = Math.min(view.getUint16(2), view.byteLength);
    const exportMs = view.getUint32(4) * 1000;
    const header = { version: 10, exporter, domain: view.getUint32(12), exportMs, uptime: undefined, end };
    const before = decoded.noTemplate + this.#waitingSets;
    this.#sets(view, 16, header, decoded);
    // How many records wait for their template is not known, nor then what number comes next.
    const known = decoded.noTemplate + this.#waitingSets === before;
    const records = known ? decoded.flows.length + decoded.options : undefined;
    this.#follow(`10 ${exporter} ${header.domain}`, view.getUint32(8), records, decoded);
  }

  /** Compares a sequence number with the one that was to come. A jump backwards is a restart or a late datagram. */
  #follow(key: string, sequence: number, count: number | undefined, decoded: Decoded): void {
    const expected = this.#nextSequence.get(key);
    if (expected !== undefined) {
      const gap = (sequence - expected) >>> 0;
      if (gap < 2 ** 31) decoded.lost += gap;
    }
    this.#nextSequence.delete(key);
    if (count === undefined) return;
    this.#nextSequence.set(key, (sequence + count) >>> 0);
    forgetOldest(this.#nextSequence, SEQUENCES_MAX);
  }

  #sets(view: DataView, from: number, header: Header, decoded: Decoded): void {
    for (let at = from; at + 4 <= header.end; ) {
      const id = view.getUint16(at);
      const length = view.getUint16(at + 2);
      const end = at + length;
      if (length < 4 || end > header.end) {
        decoded.fault = 'a set of the datagram has an impossible length';
        return;
      }
      if (id >= 256) this.#dataSet(view, at + 4, end, id, header, decoded);
      else this.#templateSet(view, at + 4, end, id, header, decoded);
      at = end;
    }
  }

  /** Set 0 and 2 hold templates, 1 and 3 templates of options, of version 9 and IPFIX. */
  #templateSet(view: DataView, from: number, end: number, set: number, header: Header, decoded: Decoded): void {
    const isOptions = set === 1 || set === 3;
    for (let at = from; at + 4 <= end; ) {
      const id = view.getUint16(at);
      if (id < 256) return;
      const second = view.getUint16(at + 2);
      // Version 9 counts the bytes of an options template's fields, everything else counts fields.
      const count = set === 1 ? (second + view.getUint16(at + 4)) / 4 : second;
      at += set === 1 || (set === 3 && count > 0) ? 6 : 4;
      const template = readTemplate(view, at, end, count, header.version === 10);
      if (template === undefined) {
        decoded.fault = `template ${id} cannot be read`;
        return;
      }
      at = template.end;
      this.#learn(keyOf(header, id), count === 0, isOptions, template, decoded);
    }
  }

  #learn(key: string, withdrawn: boolean, isOptions: boolean, read: ReadTemplate, decoded: Decoded): void {
    this.#templates.delete(key);
    if (withdrawn) return;
    const template = { fields: read.fields, isOptions, lengthMin: read.lengthMin };
    this.#templates.set(key, template);
    forgetOldest(this.#templates, TEMPLATES_MAX);
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    this.#waitingSets -= waiting.length;
    for (const { header, bytes } of waiting) {
      this.#records(new DataView(bytes.buffer), 0, bytes.length, header, template, decoded);
    }
  }

  #dataSet(view: DataView, from: number, end: number, id: number, header: Header, decoded: Decoded): void {
    const key = keyOf(header, id);
    const template = this.#templates.get(key);
    if (template !== undefined) {
      this.#records(view, from, end, header, template, decoded);
      return;
    }
    if (this.#waitingSets >= WAITING_SETS_MAX) this.#giveUpOldest(decoded);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + from, end - from).slice();
    const waiting = this.#waiting.get(key) ?? [];
    waiting.push({ header, bytes });
    this.#waiting.set(key, waiting);
    this.#waitingSets += 1;
  }

  #records(view: DataView, from: number, end: number, header: Header, template: Template, decoded: Decoded): void {
    const { fields, isOptions, lengthMin } = template;
    // What is shorter than a record at the end of a set is padding.
    for (let at = from; at + lengthMin <= end; ) {
      if (decoded.flows.length + decoded.options >= RECORDS_MAX) {
        decoded.fault = `more than ${RECORDS_MAX} records in one datagram`;
        return;
      }
      const values: Values = {};
      const next = readFields(view, at, end, fields, values);
      if (next === undefined) {
        decoded.fault = 'a record is longer than its set';
        return;
      }
      at = next;
      if (isOptions) this.#tell(header, values, decoded);
      else decoded.flows.push(this.#flowOf(header, values));
    }
  }

  /** Of what an exporter tells about itself only its start and its sampling are remembered. */
  #tell(header: Header, values: Values, decoded: Decoded): void {
    decoded.options += 1;
    const key = exporterOf(header);
    const about = aboutOf(values, this.#about.get(key) ?? {});
    this.#about.delete(key);
    this.#about.set(key, about);
    forgetOldest(this.#about, SEQUENCES_MAX);
  }

  #flowOf(header: Header, values: Values): Flow {
    const about = this.#about.get(exporterOf(header)) ?? {};
    placeInTime(values, header, about);
    if (about.sampling !== undefined) values.samplingInterval ??= about.sampling;
    return {
      log: 'netflow/1',
      netflowVersion: header.version,
      exporter: header.exporter,
      observationDomainId: header.domain,
      exportTime: isoOf(header.exportMs) ?? '',
      ...values,
    };
  }

  /** Data whose template never came makes room. */
  #giveUpOldest(decoded: Decoded): void {
    for (const [key, sets] of this.#waiting) {
      this.#waiting.delete(key);
      this.#waitingSets -= sets.length;
      decoded.noTemplate += sets.length;
      return;
    }
  }
}

const exporterOf = ({ version, exporter, domain }: Header): string => `${version} ${exporter} ${domain}`;
const keyOf = (header: Header, id: number): string => `${exporterOf(header)} ${id}`;

function forgetOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

interface ReadTemplate {
  readonly fields: readonly TemplateField[];
  readonly lengthMin: number;
  readonly end: number;
}

function readTemplate(
  view: DataView,
  from: number,
  end: number,
  count: number,
  ipfix: boolean,
): ReadTemplate | undefined {
  if (!Number.isInteger(count) || count > FIELDS_MAX) return undefined;
  const fields: TemplateField[] = [];
  let lengthMin = 0;
  let at = from;
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > end) return undefined;
    const id = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const isEnterprise = ipfix && id >= 0x8000;
    at += isEnterprise ? 8 : 4;
    if (at > end) return undefined;
    const element = elementOf(isEnterprise ? id - 0x8000 : id, isEnterprise ? view.getUint32(at - 4) : 0);
    fields.push({ ...element, length });
    lengthMin += ipfix && length === VARIABLE ? 1 : length;
  }
  // Records without any length would never end.
  return lengthMin === 0 && count > 0 ? undefined : { fields, lengthMin, end: at };
}

type Values = Record<string, string | number | boolean | undefined>;

/** @returns where the record ends; undefined when it is longer than its set */
function readFields(view: DataView, from: number, end: number, fields: readonly TemplateField[], values: Values) {
  let at = from;
  for (const field of fields) {
    let { length } = field;
    if (length === VARIABLE) {
      length = view.getUint8(at);
      at += 1;
      if (length === 255) {
        length = view.getUint16(at);
        at += 2;
      }
    }
    if (at + length > end) return undefined;
    const value = readValue(view, at, length, field.type);
    if (value !== undefined) values[field.name] ??= value;
    at += length;
  }
  return at;
}

/** The time at which the exporter's clock of milliseconds, which starts anew every 49.7 days, stood at a value. */
const atUptime = (exportMs: number, uptime: number, value: number): number => exportMs - ((uptime - value) | 0);

/** Gives times that count from the exporter's start their date, where that start is known. */
function placeInTime(flow: Values, { exportMs, uptime }: Header, about: About): void {
  const now = uptime ?? (about.startMs === undefined ? undefined : exportMs - about.startMs);
  if (now === undefined) return;
  for (const [relative, absolute] of [
    ['flowStartSysUpTime', 'flowStartMilliseconds'],
    ['flowEndSysUpTime', 'flowEndMilliseconds'],
  ] as const) {
    const value = flow[relative];
    if (typeof value !== 'number') continue;
    flow[absolute] ??= isoOf(atUptime(exportMs, now, value));
    delete flow[relative];
  }
}

/** What an exporter told about itself that flows need to be understood. */
interface About {
  readonly startMs?: number;
  readonly sampling?: number;
}

function aboutOf(values: Values, before: About): About {
  const { systemInitTimeMilliseconds: start, samplingInterval, samplerRandomInterval, samplingPacketInterval } = values;
  const startMs = typeof start === 'string' ? Date.parse(start) : before.startMs;
  const sampling = [samplingInterval, samplerRandomInterval, samplingPacketInterval].find((value) => Number(value) > 1);
  return {
    ...(startMs === undefined ? {} : { startMs }),
    ...(typeof sampling === 'number'
      ? { sampling }
      : before.sampling === undefined
        ? {}
        : { sampling: before.sampling }),
  };
}
