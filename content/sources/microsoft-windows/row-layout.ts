import type { EventKind, FieldFrom, LineShape, Member, MemberReader, RowLayout } from '#engine/fields/row-layout.ts';
import { parseTimestamp } from '#engine/formats/time.ts';
import { categoryOf, serviceOf } from './channels.ts';
import {
  channelOfProvider,
  eventTypeIn,
  INTEGRITY,
  LOG_CLEARED,
  PROCESS_CREATED,
  PROCESS_FIELDS,
  tellsEventType,
  UNNAMED,
} from './derived.ts';
import { type Envelope, envelopeOf, FACTS } from './envelopes.ts';
import { levelNumber, RECORD_TYPES, texts } from './shapes.ts';

/**
 * What `parse` of this source makes of the records of NXLog and its like and of Winlogbeat, told by their members. Records in
 * other envelopes, Defender's, and those that say the log was cleared go the usual way.
 */

const EVENT_TYPE = new TextEncoder().encode('EventType: ');
const PROCESS_NAMES = [...PROCESS_FIELDS.keys(), 'IntegrityLevel', 'ParentProcessId'];
const PROCESS_DATA = [...PROCESS_FIELDS.values(), 'ProcessCommandLine', 'ProcessId', 'NewProcessId'];

/** Kinds kept of one shape: made-up numbers must not fill the memory. */
const KINDS_MAX = 500;

/** What decides the kind of a line. */
interface Facts {
  readonly code: string;
  readonly channel: string;
  readonly provider: string;
  readonly level: string;
  readonly keywords: string;
  /** Sysmon's EventType where the line has it, and where only its message tells it. */
  readonly own: string;
  readonly told: string;
  /** Mandatory label of a new process. */
  readonly label: string;
}

const same = (left: Facts, right: Facts): boolean =>
  left.code === right.code &&
  left.channel === right.channel &&
  left.provider === right.provider &&
  left.level === right.level &&
  left.keywords === right.keywords &&
  left.own === right.own &&
  left.told === right.told &&
  left.label === right.label;

class WindowsShape implements LineShape {
  readonly #envelope: Envelope;
  /** Members of the line itself that may tell its time. */
  readonly #roots: ReadonlyMap<string, number>;
  readonly #facts: readonly number[];
  readonly #eventType: number;
  /** Members of the event data by name. */
  readonly #data: ReadonlyMap<string, number>;
  /** Of a new process: an empty one would leave out the field that is made from it. */
  readonly #processData: readonly number[];
  readonly #message: number;
  readonly #kinds = new Map<string, EventKind | undefined>();
  #last: { readonly facts: Facts; readonly kind: EventKind | undefined } | undefined;

  constructor(members: readonly Member[], envelope: Envelope) {
    this.#envelope = envelope;
    this.#roots = new Map(
      members.flatMap(({ path, kind }, index) =>
        path.length === 1 && kind !== 'list' ? [[path[0] ?? '', index]] : [],
      ),
    );
    this.#facts = [...envelope.facts.values()];
    this.#data = new Map(envelope.data.map(({ name, member }) => [name, member]));
    this.#eventType = this.#data.get('EventType') ?? -1;
    this.#processData = PROCESS_DATA.flatMap((name) => this.#data.get(name) ?? []);
    this.#message = envelope.facts.get('Message') ?? -1;
  }

  kindOf(reader: MemberReader): EventKind | undefined {
    for (const fact of this.#facts) if (reader.isEmpty(fact)) return undefined;
    const { facts, levelWord, keywordList, hidesEventType } = this.#envelope;
    const text = (member: number | undefined): string =>
      member === undefined || member < 0 ? '' : reader.text(member);
    const code = text(facts.get('EventID'));
    const channel = text(facts.get('Channel'));
    const provider = text(facts.get('Provider_Name'));
    const level = text(levelWord);
    const keywords = text(keywordList);
    const eventType = this.#eventType;
    if (eventType >= 0 && reader.isEmpty(eventType)) return undefined;
    const written = text(eventType);
    const own = hidesEventType && RECORD_TYPES.has(written) ? '' : written;
    const told = own === '' && tellsEventType(code) ? this.#toldType(reader) : '';
    const isProcess = code === PROCESS_CREATED;
    if (isProcess) for (const member of this.#processData) if (reader.isEmpty(member)) return undefined;
    const label = isProcess ? text(this.#data.get('MandatoryLabel')) : '';
    return this.#known({ code, channel, provider, level, keywords, own, told, label });
  }

  #known(facts: Facts): EventKind | undefined {
    // Lines of one shape are mostly of one kind, and comparing is quicker than making a key.
    if (this.#last !== undefined && same(this.#last.facts, facts)) return this.#last.kind;
    const key = Object.values(facts).join('\n');
    if (!this.#kinds.has(key)) {
      if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear();
      this.#kinds.set(key, this.#kind(facts));
    }
    const kind = this.#kinds.get(key);
    this.#last = { facts, kind };
    return kind;
  }

  /** The event type that the rendered message tells. */
  #toldType(reader: MemberReader): string {
    if (this.#message < 0 || !reader.holds(this.#message, EVENT_TYPE)) return '';
    return eventTypeIn(reader.text(this.#message)) ?? '';
  }

  timeOf(reader: MemberReader, zone: string): number | undefined {
    const text = (name: string): string => {
      const member = this.#roots.get(name);
      return member === undefined ? '' : reader.text(member);
    };
    for (const time of this.#envelope.times(text)) {
      const ms = parseTimestamp(time, zone);
      if (ms !== undefined) return ms;
    }
    return undefined;
  }

  #kind(facts: Facts): EventKind | undefined {
    const { code, channel, provider, own } = facts;
    if (code === '' || (channel === '' && provider === '')) return undefined;
    if (this.#envelope.mayHaveMoved && provider === 'Microsoft-Windows-Sysmon') return undefined;
    const service = serviceOf(channel) || serviceOf(channelOfProvider(provider));
    if (service === 'windefend' || (service === 'security' && code === LOG_CLEARED)) return undefined;
    const told = service === 'sysmon' ? facts.told : '';
    const fields = this.#fields(facts);
    if (service === 'security' && code === PROCESS_CREATED && !this.#addProcess(fields, facts.label)) return undefined;
    if (own === '' && told !== '') fields.push({ name: 'EventType', value: told });
    if (service === 'powershell-classic') {
      if (fields.some(({ name }) => UNNAMED.has(name))) return undefined;
      if (this.#message >= 0) fields.push({ name: 'Data', member: this.#message });
    }
    const category = categoryOf(service, code, own || told);
    return { logsource: { product: 'windows', category, service }, fields, message: this.#message };
  }

  /** Adds what Sigma calls the parts of a new process. @returns false when the event data has fields of these names */
  #addProcess(fields: FieldFrom[], label: string): boolean {
    const data = this.#data;
    if (PROCESS_NAMES.some((name) => data.has(name))) return false;
    const add = (name: string, datum: string, decimal?: true): void => {
      const member = data.get(datum);
      if (member !== undefined) fields.push({ name, member, ...(decimal && { decimal }) });
    };
    for (const [field, datum] of PROCESS_FIELDS) add(field, datum);
    if (!data.has('CommandLine')) add('CommandLine', 'ProcessCommandLine');
    const level = INTEGRITY[label];
    if (level !== undefined) fields.push({ name: 'IntegrityLevel', value: level });
    add('ParentProcessId', 'ProcessId', true);
    if (!data.has('NewProcessId')) return true;
    const own = fields.findIndex(({ name }) => name === 'ProcessId');
    if (own >= 0) fields.splice(own, 1);
    add('ProcessId', 'NewProcessId', true);
    return true;
  }

  #fields({ level, keywords, own }: Facts): FieldFrom[] {
    const { facts, data } = this.#envelope;
    const said: Readonly<Record<string, string>> = {
      Level: levelNumber(level),
      Keywords: keywords === '' ? '' : texts(JSON.parse(keywords)),
    };
    const fields: FieldFrom[] = [];
    for (const name of FACTS) {
      const member = facts.get(name);
      const value = said[name] ?? '';
      if (member !== undefined) fields.push({ name, member });
      else if (value !== '') fields.push({ name, value });
    }
    for (const { name, member } of data) if (name !== 'EventType' || own !== '') fields.push({ name, member });
    return fields;
  }
}

export const windowsRows: RowLayout = {
  shapeOf(members) {
    const envelope = envelopeOf(members);
    return envelope && new WindowsShape(members, envelope);
  },
};
