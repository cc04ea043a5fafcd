import type { EventKind, FieldFrom, LineShape, Member, MemberReader, RowLayout } from '#engine/fields/row-layout.ts';
import { parseTimestamp } from '#engine/formats/time.ts';
import { categoryOf, serviceOf } from './channels.ts';
import { channelOfProvider, eventTypeIn, tellsEventType, UNNAMED } from './derived.ts';
import { ENVELOPE, flatTimes, levelNumber, RECORD_TYPES } from './shapes.ts';

/**
 * What `parse` of this source makes of the flat records of NXLog and its like, told by their members. Records in other
 * envelopes, and events of which fields are worked out (4688, 1102, Defender), go the usual way.
 */

/** Members that tell about the event, and the fields they become, in this order. */
const FACTS: readonly (readonly [member: string, field: string])[] = [
  ['EventID', 'EventID'],
  ['Channel', 'Channel'],
  ['SourceName', 'Provider_Name'],
  ['Hostname', 'Computer'],
  ['RecordNumber', 'EventRecordID'],
  ['Level', 'Level'],
  ['Task', 'Task'],
  ['Opcode', 'Opcode'],
  ['Keywords', 'Keywords'],
  ['Message', 'Message'],
];
const FACT_NAMES: ReadonlySet<string> = new Set(FACTS.map(([name]) => name));
/** Members that another envelope has. */
const OTHERS: ReadonlySet<string> = new Set(['winlog', 'event_id', 'log_name', 'Event', 'System', 'message']);
const NAME = /^(?!\d+$|__proto__$|@names$|tongan\.)[^ ]{1,128}$/;
const WORKED_OUT: ReadonlySet<string> = new Set(['4688', '1102']);
const EVENT_TYPE = new TextEncoder().encode('EventType: ');

/** Kinds kept of one shape: made-up numbers must not fill the memory. */
const KINDS_MAX = 500;

/** What decides the kind of a line. */
interface Facts {
  readonly code: string;
  readonly channel: string;
  readonly provider: string;
  readonly severity: string;
  /** Sysmon's EventType where the line has it, and where only its message tells it. */
  readonly own: string;
  readonly told: string;
}

const same = (left: Facts, right: Facts): boolean =>
  left.code === right.code &&
  left.channel === right.channel &&
  left.provider === right.provider &&
  left.severity === right.severity &&
  left.own === right.own &&
  left.told === right.told;

class FlatShape implements LineShape {
  readonly #members: readonly Member[];
  readonly #byName: ReadonlyMap<string, number>;
  readonly #facts: readonly number[];
  readonly #kinds = new Map<string, EventKind | undefined>();
  #last: { readonly facts: Facts; readonly kind: EventKind | undefined } | undefined;

  constructor(members: readonly Member[]) {
    this.#members = members;
    this.#byName = new Map(members.flatMap(({ path }, index) => (path.length === 1 ? [[path[0] ?? '', index]] : [])));
    this.#facts = FACTS.flatMap(([name]) => this.#byName.get(name) ?? []);
  }

  #text(reader: MemberReader, name: string): string {
    const member = this.#byName.get(name);
    return member === undefined || this.#members[member]?.kind === 'list' ? '' : reader.text(member);
  }

  kindOf(reader: MemberReader): EventKind | undefined {
    for (const fact of this.#facts) if (reader.isEmpty(fact)) return undefined;
    const code = this.#text(reader, 'EventID');
    const channel = this.#text(reader, 'Channel');
    const provider = this.#text(reader, 'SourceName');
    const severity = this.#byName.has('Level') ? '' : this.#text(reader, 'Severity');
    const eventType = this.#byName.get('EventType');
    if (eventType !== undefined && reader.isEmpty(eventType)) return undefined;
    const written = this.#text(reader, 'EventType');
    const own = RECORD_TYPES.has(written) ? '' : written;
    const told = own === '' && tellsEventType(code) ? this.#toldType(reader) : '';
    return this.#known({ code, channel, provider, severity, own, told });
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
    const message = this.#byName.get('Message');
    if (message === undefined || !reader.holds(message, EVENT_TYPE)) return '';
    return eventTypeIn(reader.text(message)) ?? '';
  }

  timeOf(reader: MemberReader, zone: string): number | undefined {
    for (const time of flatTimes((name) => this.#text(reader, name))) {
      const ms = parseTimestamp(time, zone);
      if (ms !== undefined) return ms;
    }
    return undefined;
  }

  #kind(facts: Facts): EventKind | undefined {
    const { code, channel, provider, own } = facts;
    if (code === '' || (channel === '' && provider === '')) return undefined;
    const service = serviceOf(channel) || serviceOf(channelOfProvider(provider));
    if (service === 'windefend' || (service === 'security' && WORKED_OUT.has(code))) return undefined;
    const told = service === 'sysmon' ? facts.told : '';
    const message = this.#byName.get('Message') ?? -1;
    const fields = this.#fields(own, levelNumber(facts.severity));
    if (own === '' && told !== '') fields.push({ name: 'EventType', value: told });
    if (service === 'powershell-classic') {
      if (fields.some(({ name }) => UNNAMED.has(name))) return undefined;
      if (message >= 0) fields.push({ name: 'Data', member: message });
    }
    const category = categoryOf(service, code, own || told);
    return { logsource: { product: 'windows', category, service }, fields, message };
  }

  #fields(eventType: string, level: string): FieldFrom[] {
    const fields: FieldFrom[] = [];
    for (const [name, field] of FACTS) {
      const member = this.#byName.get(name);
      if (member !== undefined) fields.push({ name: field, member });
      else if (name === 'Level' && level !== '') fields.push({ name: field, value: level });
    }
    this.#members.forEach(({ path: [name = ''] }, member) => {
      if (ENVELOPE.has(name) || (name === 'EventType' && eventType === '')) return;
      fields.push({ name, member });
    });
    return fields;
  }
}

function isUsual(members: readonly Member[]): boolean {
  const names = members.map(({ path: [name = ''] }) => name);
  const own = members.filter(({ path: [name = ''] }) => !ENVELOPE.has(name));
  const fields = new Set(FACTS.map(([, field]) => field));
  return (
    names.some((name) => OTHERS.has(name)) ||
    !names.includes('EventID') ||
    own.some(({ path, kind }) => path.length > 1 || kind === 'list') ||
    own.some(({ path: [name = ''] }) => !NAME.test(name) || fields.has(name)) ||
    members.some(({ path: [name = ''], kind, path }) => FACT_NAMES.has(name) && (kind === 'list' || path.length > 1)) ||
    members.some(({ path }, index) => path.length === 1 && names.indexOf(path[0] ?? '') !== index)
  );
}

export const windowsRows: RowLayout = {
  shapeOf: (members) => (isUsual(members) ? undefined : new FlatShape(members)),
};
