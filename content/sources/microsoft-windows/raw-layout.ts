import { decimal } from '#engine/fields/decimal.ts';
import type { LogSource } from '#engine/fields/event.ts';
import {
  type Origin,
  type Place,
  type RawKind,
  type RawLayout,
  type RawReader,
  UNSURE,
} from '#engine/fields/raw-layout.ts';
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
import { MOVED_FROM } from './ecs.ts';
import { BEAT_NAMES, type Fact, FLAT_NAMES, OLD_BEAT_NAMES } from './envelopes.ts';
import { ENVELOPE, RECORD_TYPES } from './shapes.ts';

/**
 * Where `parse` of this source finds its fields, for lines as NXLog writes them (flat), as Winlogbeat does, before version
 * 7 and since, and for the event's own XML turned into JSON, as our reader of EVTX gives it. What stands here must be what
 * `shapes.ts` and `source.ts` do; a line it is not certain of goes their way.
 */

const PARENTS: readonly Place[] = [
  { parent: 0, name: '' },
  { parent: 0, name: 'winlog' },
  { parent: 1, name: 'event_data' },
  { parent: 1, name: 'user_data' },
  { parent: 0, name: 'event_data' },
  { parent: 0, name: 'user_data' },
  { parent: 0, name: 'Event' },
  { parent: 6, name: 'System' },
  { parent: 6, name: 'EventData' },
  { parent: 7, name: 'Provider' },
  { parent: 9, name: '#attributes' },
  { parent: 7, name: 'EventID' },
  { parent: 6, name: 'RenderingInfo' },
];
const ROOT = 0;
const WINLOG = 1;
const [EVENT, SYSTEM, EVENT_DATA, PROVIDER_ATTRIBUTES, QUALIFIED_ID, RENDERING] = [6, 7, 8, 10, 11, 12];

const places = new Map<string, Place>();
/** The one object that stands for a place. */
function place(parent: number, name: string): Place {
  const key = `${parent} ${name}`;
  const known =
    places.get(key) ?? PARENTS.find((one) => one !== PARENTS[0] && one.parent === parent && one.name === name);
  const found = known ?? { parent, name };
  places.set(key, found);
  return found;
}

const member = (parent: number, name: string, filled = false): Origin => ({
  from: 'member',
  place: place(parent, name),
  filled,
});

/** Kinds known so far: more than any installation has, so that made-up event numbers cannot fill the memory. */
const KINDS_MAX = 4_000;

/** The kinds of a variant by what the line says: asked for every line, so without making a text to look them up. */
class Kinds {
  private byHead = new Map<string, Map<string, Map<string, RawKind>>>();
  private count = 0;

  find(where: string, code: string, eventType: string): RawKind | undefined {
    return this.byHead.get(where)?.get(code)?.get(eventType);
  }

  add(where: string, code: string, eventType: string, made: RawKind): RawKind {
    if (this.count >= KINDS_MAX) this.byHead = new Map();
    this.count = this.byHead.size === 0 ? 1 : this.count + 1;
    const codes = this.byHead.get(where) ?? new Map<string, Map<string, RawKind>>();
    const types = codes.get(code) ?? new Map<string, RawKind>();
    this.byHead.set(where, codes.set(code, types.set(eventType, made)));
    return made;
  }
}

/** One way of writing Windows events: where the facts about the event stand, and which object holds its data. */
interface Variant {
  readonly name: string;
  readonly facts: Readonly<Record<Fact, Place>>;
  readonly message: Place;
  /** Undefined: a list that is joined, or made from something else. */
  readonly keywords: Place | undefined;
  /** Undefined: made from a word. */
  readonly level: Place | undefined;
  readonly body: number;
  readonly eventType: Place;
  /** Names of the body that are no data. */
  readonly envelope: ReadonlySet<string>;
  /** When one of these is there it is another way of writing. */
  readonly refused: readonly Place[];
  readonly kinds: Kinds;
}

const facts = (head: number, names: Readonly<Record<Fact, string>>): Variant['facts'] => ({
  EventID: place(head, names.EventID),
  Channel: place(head, names.Channel),
  Provider_Name: place(head, names.Provider_Name),
  Computer: place(head, names.Computer),
  EventRecordID: place(head, names.EventRecordID),
  Task: place(head, names.Task),
  Opcode: place(head, names.Opcode),
});

const FLAT: Variant = {
  name: 'flat',
  facts: facts(ROOT, FLAT_NAMES),
  message: place(ROOT, 'Message'),
  keywords: place(ROOT, 'Keywords'),
  level: undefined,
  body: ROOT,
  eventType: place(ROOT, 'EventType'),
  envelope: ENVELOPE,
  refused: [],
  kinds: new Kinds(),
};
const beat = (name: string, own: Variant['facts'], body: number): Variant => ({
  name,
  facts: own,
  message: place(ROOT, 'message'),
  keywords: undefined,
  level: undefined,
  body,
  eventType: place(body, 'EventType'),
  envelope: new Set(),
  refused: [],
  kinds: new Kinds(),
});
/** @param eventId where its number stands: with qualifiers, as old providers write it, it is an element with text */
const xml = (name: string, eventId: Place): Variant => ({
  name,
  facts: {
    Channel: place(SYSTEM, 'Channel'),
    Computer: place(SYSTEM, 'Computer'),
    EventRecordID: place(SYSTEM, 'EventRecordID'),
    Task: place(SYSTEM, 'Task'),
    Opcode: place(SYSTEM, 'Opcode'),
    EventID: eventId,
    Provider_Name: place(PROVIDER_ATTRIBUTES, 'Name'),
  },
  message: place(RENDERING, 'Message'),
  keywords: place(SYSTEM, 'Keywords'),
  level: place(SYSTEM, 'Level'),
  body: EVENT_DATA,
  eventType: place(EVENT_DATA, 'EventType'),
  envelope: new Set(['#attributes']),
  // Values without names, or with their names beside them, are made into fields by looking at all of them.
  refused: [place(EVENT_DATA, 'Data'), place(EVENT, 'UserData'), place(PROVIDER_ATTRIBUTES, '@Name')],
  kinds: new Kinds(),
});
const NEW = facts(WINLOG, BEAT_NAMES);
const OLD = facts(ROOT, OLD_BEAT_NAMES);
const NEW_BEATS = [beat('winlogbeat', NEW, 2), beat('winlogbeat, user data', NEW, 3)];
const OLD_BEATS = [beat('old winlogbeat', OLD, 4), beat('old winlogbeat, user data', OLD, 5)];
const XML = xml('xml', place(SYSTEM, 'EventID'));
const QUALIFIED_XML = xml('xml, qualified', place(QUALIFIED_ID, '#text'));
const VARIANTS = [FLAT, ...NEW_BEATS, ...OLD_BEATS, XML, QUALIFIED_XML];

/** Facts about the event: event data of the same name is kept under another one. */
const FACTS: readonly string[] = [...Object.keys(NEW), 'Level', 'Keywords', 'Message'];
const isFact = (name: string): name is Fact | 'Level' | 'Keywords' | 'Message' => FACTS.includes(name);

const unknown: Origin = { from: 'rule', value: () => UNSURE };
const worked = (value: (reader: RawReader) => string | undefined | typeof UNSURE): Origin => ({ from: 'rule', value });

/** What a text becomes; nothing and what cannot be told stay so. */
const changed = (source: Place, change: (text: string) => string | undefined): Origin =>
  worked((reader) => {
    const text = reader.text(source);
    return typeof text === 'string' ? change(text) || undefined : text;
  });

function factOrigins(variant: Variant, name: Fact | 'Message' | 'Level' | 'Keywords'): readonly Origin[] {
  if (name === 'Message') return [{ from: 'member', place: variant.message, filled: true }];
  if (name === 'Level' || name === 'Keywords') {
    const written = name === 'Level' ? variant.level : variant.keywords;
    return [written ? { from: 'member', place: written, filled: true } : unknown];
  }
  return [{ from: 'member', place: variant.facts[name], filled: true }];
}

/** Sysmon's EventType, which NXLog replaces by its own; the rendered message still has it. */
function eventTypeOf(
  reader: RawReader,
  variant: Variant,
  service: string,
  code: string,
): string | undefined | typeof UNSURE {
  const own = reader.text(variant.eventType);
  if (own === UNSURE) return UNSURE;
  if (own !== undefined && !(variant === FLAT && RECORD_TYPES.has(own))) return own;
  if (service !== 'sysmon' || !tellsEventType(code)) return undefined;
  const message = reader.text(variant.message);
  return typeof message === 'string' ? eventTypeIn(message) : message;
}

/** Names of 4688 under which Sigma's process creation is filled from others, which come first. */
function processOrigins(body: number, name: string): readonly Origin[] {
  const datum = PROCESS_FIELDS.get(name);
  if (datum !== undefined) return [member(body, datum, true)];
  switch (name) {
    case 'IntegrityLevel':
      return [changed(place(body, 'MandatoryLabel'), (text) => INTEGRITY[text])];
    case 'ParentProcessId':
      return [changed(place(body, 'ProcessId'), decimal)];
    case 'ProcessId':
      return [changed(place(body, 'NewProcessId'), decimal)];
    default:
      return [];
  }
}

function dataOrigins(variant: Variant, service: string, code: string, name: string): readonly Origin[] {
  const { body } = variant;
  const own = variant.envelope.has(name) ? [] : [member(body, name)];
  if (name === 'EventType') return [worked((reader) => eventTypeOf(reader, variant, service, code))];
  if (service === 'powershell-classic' && name === 'Data')
    return [{ from: 'member', place: variant.message, filled: true }];
  if (service === 'windefend' && name === 'Signature') return [member(body, 'ThreatName', true), ...own];
  if (service === 'windefend' && name === 'Filename') return [member(body, 'Path', true), ...own];
  if (service !== 'security') return own;
  if (code === LOG_CLEARED && name === 'SubjectUserName') return [...own, unknown];
  if (code !== PROCESS_CREATED) return own;
  if (name === 'CommandLine') return [...own, member(body, 'ProcessCommandLine', true)];
  return [...processOrigins(body, name), ...own];
}

/** Texts that `source.ts` puts in although no line has them. */
const INVENTED = Object.values(INTEGRITY).map((text) => text.toLowerCase());

function kind(variant: Variant, service: string, code: string, logsource: LogSource): RawKind {
  const { body } = variant;
  const special = service === 'security' && (code === PROCESS_CREATED || code === LOG_CLEARED) ? code : '';
  const unnamed = service === 'powershell-classic' ? [...UNNAMED] : [];
  const hidden = FACTS.filter((name) => !variant.envelope.has(name));
  return {
    logsource,
    eventCode: code,
    family: `${variant.name}/${special}`,
    body,
    refused: [...[...hidden, ...unnamed].map((name) => place(body, name)), ...variant.refused],
    origins: (name) => (isFact(name) ? factOrigins(variant, name) : dataOrigins(variant, service, code, name)),
    invents: (text) => /^\d+$/.test(text) || (special !== '' && INVENTED.some((word) => word.includes(text))),
  };
}

/** @returns '' for a text that is missing; undefined when it cannot be told */
function headText(
  reader: RawReader,
  variant: Variant,
  field: 'EventID' | 'Channel' | 'Provider_Name',
): string | undefined {
  const text = reader.text(variant.facts[field]);
  return text === UNSURE ? undefined : (text ?? '');
}

const services = new Map<string, string>();
/** As `serviceOf`, remembering: the channels of an installation are few. */
function serviceIn(channel: string): string {
  const known = services.get(channel);
  if (known !== undefined) return known;
  if (services.size >= KINDS_MAX) services.clear();
  const service = serviceOf(channel);
  services.set(channel, service);
  return service;
}

function kindIn(reader: RawReader, variant: Variant): RawKind | undefined {
  const code = headText(reader, variant, 'EventID');
  const channel = headText(reader, variant, 'Channel');
  if (!code || channel === undefined) return undefined;
  let service = serviceIn(channel);
  if (service === '') {
    const provider = headText(reader, variant, 'Provider_Name');
    if (provider === undefined || (channel === '' && provider === '')) return undefined;
    service = serviceOf(channelOfProvider(provider));
  }
  let eventType = '';
  if (service === 'sysmon' && code === '12') {
    const found = eventTypeOf(reader, variant, service, code);
    if (found === UNSURE) return undefined;
    eventType = found ?? '';
  }
  return kindFor(variant, service, code, eventType);
}

function kindFor(variant: Variant, service: string, code: string, eventType = ''): RawKind {
  const category = categoryOf(service, code, eventType);
  const known = variant.kinds.find(service, code, category);
  return (
    known ??
    variant.kinds.add(service, code, category, kind(variant, service, code, { product: 'windows', category, service }))
  );
}

/** Created processes: nearly half of all rules for Windows are about them. */
const USUAL = [
  ['sysmon', '1'],
  ['security', PROCESS_CREATED],
] as const;
const USUAL_VARIANTS = [FLAT, NEW_BEATS[0]].filter((variant) => variant !== undefined);

const winlog = place(ROOT, 'winlog');
const movedFrom = MOVED_FROM.map((name) => place(ROOT, name));
const [event, system, eventData] = [place(ROOT, 'Event'), place(EVENT, 'System'), place(EVENT, 'EventData')];
const [provider, providerAttributes] = [place(SYSTEM, 'Provider'), place(9, '#attributes')];
const bareSystem = place(ROOT, 'System');
const [oldId, oldChannel] = [place(ROOT, 'event_id'), place(ROOT, 'log_name')];

function variantOf(reader: RawReader): Variant | undefined {
  if (reader.has(winlog)) {
    // Sysmon's module moves event data into ECS fields.
    if (movedFrom.some((one) => reader.has(one)) && reader.text(NEW.Provider_Name) === 'Microsoft-Windows-Sysmon')
      return undefined;
    return NEW_BEATS.find(({ body }) => reader.isObject(PARENTS[body] ?? winlog));
  }
  if (reader.has(oldId) || reader.has(oldChannel)) {
    if (!reader.text(oldId) || !reader.text(oldChannel)) return undefined;
    return OLD_BEATS.find(({ body }) => reader.isObject(PARENTS[body] ?? winlog));
  }
  if (reader.has(event)) return xmlVariantOf(reader);
  return reader.has(bareSystem) ? undefined : FLAT;
}

function xmlVariantOf(reader: RawReader): Variant | undefined {
  if (!(reader.isObject(event) && reader.isObject(system))) return undefined;
  if (!reader.isObject(eventData) && reader.text(eventData) !== undefined) return undefined;
  if (reader.has(provider) && !reader.isObject(providerAttributes)) return undefined;
  return reader.isObject(XML.facts.EventID) ? QUALIFIED_XML : XML;
}

/** Names that hold what others are made from. */
const SOURCES = [
  'NewProcessName',
  'ParentProcessName',
  'SubjectUserName',
  'SubjectLogonId',
  'MandatoryLabel',
  'NewProcessId',
  'ProcessId',
  'ProcessCommandLine',
  'ThreatName',
  'Path',
];

const inBodies = (names: Iterable<string>): Place[] =>
  Array.from(names).flatMap((name) => [...new Set(VARIANTS.map(({ body }) => body))].map((body) => place(body, name)));

export const windowsLayout: RawLayout = {
  parents: PARENTS,
  heads: [
    ...VARIANTS.flatMap(({ facts: own, message, eventType, keywords, level, refused }) => [
      ...Object.values(own),
      ...[message, eventType, keywords, level].filter((one) => one !== undefined),
      ...refused,
    ]),
    ...inBodies([...SOURCES, ...FACTS, ...UNNAMED]),
    ...movedFrom,
    bareSystem,
  ],
  ignored: [...[...ENVELOPE].map((name) => place(ROOT, name)), place(EVENT_DATA, '#attributes')],
  places: (name) => inBodies([name]),
  usual: () => USUAL_VARIANTS.flatMap((variant) => USUAL.map(([service, code]) => kindFor(variant, service, code))),
  kindOf(reader) {
    const variant = variantOf(reader);
    return variant && kindIn(reader, variant);
  },
};
