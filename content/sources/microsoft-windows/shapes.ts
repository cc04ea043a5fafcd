import { flattenJson, isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import type { TextRecord } from '#engine/formats/record.ts';
import { withMovedFields } from './ecs.ts';

/** A Windows event out of whatever envelope the forwarder put it in. Absent parts are ''. */
export interface WindowsRecord {
  readonly eventId: string;
  readonly channel: string;
  readonly provider: string;
  readonly computer: string;
  readonly recordId: string;
  readonly level: string;
  readonly task: string;
  readonly opcode: string;
  readonly keywords: string;
  readonly message: string;
  /** Candidates of the event's time, best first. */
  readonly times: readonly string[];
  /** EventData or UserData: names as Microsoft's manifests have them. */
  readonly data: TextRecord;
  readonly problems: readonly string[];
}

/** Recognises the envelope of a Windows event; undefined when it is none. */
export function readWindows(json: JsonObject): WindowsRecord | undefined {
  if (isJsonObject(json.winlog)) return fromWinlogbeat(json, json.winlog);
  if (scalar(json.event_id) !== '' && scalar(json.log_name) !== '') return fromOldWinlogbeat(json);
  const rendered = isJsonObject(json.Event) ? json.Event : json;
  if (isJsonObject(rendered.System)) return fromRenderedXml(rendered, rendered.System);
  if (scalar(json.EventID) !== '' && (scalar(json.Channel) !== '' || scalar(json.SourceName) !== ''))
    return fromFlat(json);
  return undefined;
}

/** Text of a scalar; '' for anything else. */
function scalar(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Texts of the scalars of a list, or of a scalar. */
export const texts = (value: unknown): string =>
  Array.isArray(value)
    ? value
        .map(scalar)
        .filter((text) => text !== '')
        .join(', ')
    : scalar(value);

// ── Winlogbeat and Elastic Agent: `winlog.event_data` ────────────────────────────────────────────────────────────

function fromWinlogbeat(json: JsonObject, winlog: JsonObject): WindowsRecord | undefined {
  const eventId = scalar(winlog.event_id);
  if (eventId === '') return undefined;
  const { record, problems } = flattenJson(bodyOf(winlog));
  const isSysmon = scalar(winlog.provider_name) === 'Microsoft-Windows-Sysmon';
  const data = isSysmon ? withMovedFields(json, eventId, record) : record;
  const log = isJsonObject(json.log) ? json.log : {};
  return {
    eventId,
    channel: scalar(winlog.channel),
    provider: scalar(winlog.provider_name),
    computer: scalar(winlog.computer_name),
    recordId: scalar(winlog.record_id),
    level: levelNumber(scalar(log.level)),
    task: scalar(winlog.task),
    opcode: scalar(winlog.opcode),
    keywords: texts(winlog.keywords),
    message: scalar(json.message),
    times: [scalar(json['@timestamp'])],
    data,
    problems,
  };
}

const bodyOf = ({ event_data: data, user_data: user }: JsonObject): JsonObject =>
  isJsonObject(data) ? data : isJsonObject(user) ? user : {};

/** Winlogbeat before version 7 had no `winlog` and other names. */
function fromOldWinlogbeat(json: JsonObject): WindowsRecord {
  const { record: data, problems } = flattenJson(bodyOf(json));
  return {
    eventId: scalar(json.event_id),
    channel: scalar(json.log_name),
    provider: scalar(json.source_name),
    computer: scalar(json.computer_name),
    recordId: scalar(json.record_number),
    level: levelNumber(scalar(json.level)),
    task: scalar(json.task),
    opcode: scalar(json.opcode),
    keywords: texts(json.keywords),
    message: scalar(json.message),
    times: [scalar(json['@timestamp'])],
    data,
    problems,
  };
}

// ── The event's own XML as JSON: `Event.System`, `Event.EventData` ───────────────────────────────────────────────

function fromRenderedXml(event: JsonObject, system: JsonObject): WindowsRecord | undefined {
  const eventId = textOf(system.EventID);
  if (eventId === '') return undefined;
  const { record: data, problems } = flattenJson(dataOf(event));
  const rendering = isJsonObject(event.RenderingInfo) ? event.RenderingInfo : {};
  return {
    eventId,
    channel: textOf(system.Channel),
    provider: attribute(system.Provider, 'Name'),
    computer: textOf(system.Computer),
    recordId: textOf(system.EventRecordID),
    level: textOf(system.Level),
    task: textOf(system.Task),
    opcode: textOf(system.Opcode),
    keywords: textOf(system.Keywords),
    message: textOf(rendering.Message),
    times: [attribute(system.TimeCreated, 'SystemTime')],
    data,
    problems,
  };
}

/** Converters of XML write attributes in one of these ways. */
function attribute(element: unknown, name: string): string {
  if (!isJsonObject(element)) return '';
  const inner = isJsonObject(element['#attributes']) ? element['#attributes'] : element;
  return scalar(inner[name]) || scalar(inner[`@${name}`]);
}

const textOf = (element: unknown): string => (isJsonObject(element) ? scalar(element['#text']) : scalar(element));

function dataOf(event: JsonObject): JsonObject {
  const body = isJsonObject(event.EventData) ? event.EventData : {};
  if (Object.keys(body).length === 0) return userDataOf(event);
  const list = Array.isArray(body.Data) ? body.Data : isJsonObject(body.Data) ? [body.Data] : [];
  if (!list.some((item) => attribute(item, 'Name') !== '')) return withoutAttributes(body);
  return Object.fromEntries(list.map((item) => [attribute(item, 'Name'), textOf(item)]));
}

/** UserData holds one element of the provider's own name around the values. */
function userDataOf(event: JsonObject): JsonObject {
  const outer = isJsonObject(event.UserData) ? event.UserData : {};
  const inner = Object.values(withoutAttributes(outer)).find(isJsonObject);
  return withoutAttributes(inner ?? outer);
}

function withoutAttributes(element: JsonObject): JsonObject {
  const { '#attributes': _attributes, ...values } = element;
  // evtx readers put unnamed values as `Data: {"#text": [...]}`.
  if (isJsonObject(values.Data) && Array.isArray(values.Data['#text']))
    return { ...values, Data: values.Data['#text'] };
  return values;
}

// ── NXLog and other flat records ─────────────────────────────────────────────────────────────────────────────────

/** What NXLog (im_msvistalog), Logstash and collectors put beside the event data. */
export const ENVELOPE: ReadonlySet<string> = new Set([
  '@timestamp',
  '@version',
  'AccountType',
  'ActivityID',
  'Category',
  'Channel',
  'EventID',
  'EventReceivedTime',
  'EventTime',
  'EventTypeOrignal',
  'ExecutionProcessID',
  'Hostname',
  'Keywords',
  'Level',
  'Message',
  'Opcode',
  'OpcodeValue',
  'ProcessID',
  'ProviderGuid',
  'RecordNumber',
  'RelatedActivityID',
  'Severity',
  'SeverityValue',
  'SourceModuleName',
  'SourceModuleType',
  'SourceName',
  'Task',
  'ThreadID',
  'TimeCreated',
  'UserID',
  'Version',
  'host',
  'port',
  'tags',
]);

/** NXLog's own EventType of every record; Sysmon's EventType of the registry and file events is another word. */
export const RECORD_TYPES: ReadonlySet<string> = new Set([
  'INFO',
  'WARNING',
  'ERROR',
  'VERBOSE',
  'CRITICAL',
  'DEBUG',
  'AUDIT_SUCCESS',
  'AUDIT_FAILURE',
]);

function fromFlat(json: JsonObject): WindowsRecord {
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    if (ENVELOPE.has(name) || (name === 'EventType' && RECORD_TYPES.has(scalar(value)))) continue;
    own[name] = value;
  }
  const { record: data, problems } = flattenJson(own);
  return {
    eventId: scalar(json.EventID),
    channel: scalar(json.Channel),
    provider: scalar(json.SourceName),
    computer: scalar(json.Hostname),
    recordId: scalar(json.RecordNumber),
    level: scalar(json.Level) || levelNumber(scalar(json.Severity)),
    task: scalar(json.Task),
    opcode: scalar(json.Opcode),
    keywords: scalar(json.Keywords),
    message: scalar(json.Message),
    times: [...flatTimes((name) => scalar(json[name]))],
    data,
    problems,
  };
}

/**
 * Candidates of a flat event's time, best first, each asked for only when those before were no times. Sysmon says UTC itself;
 * EventTime and TimeCreated may be local times without a zone.
 *
 * @param text of a member; '' when it is missing
 */
export function* flatTimes(text: (name: string) => string): Generator<string> {
  const utc = text('UtcTime');
  if (utc !== '') yield `${utc}Z`;
  const created = text('TimeCreated');
  if (isZoned(created)) yield created;
  const own = text('EventTime');
  if (isZoned(own)) yield own;
  for (const time of [text('@timestamp'), created, own]) if (time !== '') yield time;
}

const isZoned = (text: string): boolean => /(?:Z|[+-]\d{2}:?\d{2})$/.test(text);

const LEVELS: Readonly<Record<string, string>> = {
  critical: '1',
  error: '2',
  warning: '3',
  info: '4',
  information: '4',
  verbose: '5',
  debug: '5',
};

/** Windows' level number (winmeta.xml) of the word a forwarder put in its place. */
export const levelNumber = (word: string): string => LEVELS[word.toLowerCase()] ?? word;
