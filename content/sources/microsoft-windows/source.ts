import { decimal } from '#engine/fields/decimal.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { type Fields, put } from '#engine/formats/sigma-fields.ts';
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
import { windowsLayout } from './raw-layout.ts';
import { windowsRows } from './row-layout.ts';
import { readWindows, type WindowsRecord } from './shapes.ts';
import { windowsSupplies } from './supplies.ts';
import { eventXmlIn, readEventXml } from './xml.ts';

/** Windows events: their own XML, also turned into JSON, and the JSON of Winlogbeat and NXLog. */
export const source = defineSource({
  id: 'microsoft-windows',
  title: { zh: 'Windows 事件日志', en: 'Windows event log' },
  vendor: 'Microsoft',
  product: 'Windows',
  formats: ['json', 'xml', 'syslog'],
  watches: ['endpoint'],
  asks: { keys: ['winlog', 'event_id', 'System', 'Event', 'EventID'], marks: ['<System>'] },
  supplies: windowsSupplies(),
  detect: (opened) => (recordIn(opened) !== undefined ? 0.95 : 0),
  rawLayout: windowsLayout,
  rowLayout: windowsRows,
  parse,
});

function recordIn({ json, text, syslog }: OpenedText): WindowsRecord | undefined {
  if (json !== undefined) return readWindows(json);
  const xml = eventXmlIn(text) ?? eventXmlIn(syslog.message);
  const event = xml === undefined ? undefined : readEventXml(xml);
  return event && readWindows(event);
}

function parse(opened: OpenedText): SourceEvent | null {
  const { context } = opened;
  const record = recordIn(opened);
  if (record === undefined) return null;
  const service = serviceOf(record.channel) || serviceOf(channelOfProvider(record.provider));
  const fields = fieldsOf(record);
  if (service === 'sysmon') completeSysmon(fields, record);
  if (service === 'security') completeSecurity(fields, record);
  if (service === 'powershell-classic') put(fields, 'Data', dataText(record));
  if (service === 'windefend') completeDefender(fields);
  const eventType = typeof fields.EventType === 'string' ? fields.EventType : '';
  const times = record.times.map((time) => parseTimestamp(time, context.zone));
  const timeMs = times.find((ms) => ms !== undefined);
  const problems =
    timeMs === undefined ? [...record.problems, 'no readable time: time of receipt used'] : record.problems;
  return {
    logsource: { product: 'windows', category: categoryOf(service, record.eventId, eventType), service },
    timeMs: timeMs ?? context.receivedAtMs,
    fields,
    problem: problems.join('; '),
  };
}

function fieldsOf(record: WindowsRecord): Fields {
  const fields: Fields = {};
  put(fields, 'EventID', record.eventId);
  put(fields, 'Channel', record.channel);
  put(fields, 'Provider_Name', record.provider);
  put(fields, 'Computer', record.computer);
  put(fields, 'EventRecordID', record.recordId);
  put(fields, 'Level', record.level);
  put(fields, 'Task', record.task);
  put(fields, 'Opcode', record.opcode);
  put(fields, 'Keywords', record.keywords);
  put(fields, 'Message', record.message);
  for (const [given, value] of Object.entries(record.data)) {
    // Rules write `Threat Name` as `ThreatName` or `Threat_Name`: no field name of Sigma holds a space.
    for (const name of given.includes(' ') ? [given.replaceAll(' ', ''), given.replaceAll(' ', '_')] : [given]) {
      // A value of the event data never hides a fact about the event (event 104 has a `Channel` of its own).
      fields[Object.hasOwn(fields, name) ? `EventData.${name}` : name] = value;
    }
  }
  return fields;
}

/** NXLog replaces Sysmon's EventType by its own; the rendered message still has it. */
function completeSysmon(fields: Fields, record: WindowsRecord): void {
  if (fields.EventType !== undefined || !tellsEventType(record.eventId)) return;
  put(fields, 'EventType', eventTypeIn(record.message));
}

/**
 * Security events under the names Sigma's categories use. 4688 is process_creation: in it `ProcessId` is the creator,
 * Sigma's `ProcessId` is the new process, as in Sysmon 1; both become decimal so that they can be joined with Sysmon.
 */
function completeSecurity(fields: Fields, record: WindowsRecord): void {
  if (record.eventId === LOG_CLEARED) {
    if (fields.SubjectUserName === undefined) {
      put(fields, 'SubjectUserName', /Account Name:\s*(\S+)/.exec(record.message)?.[1]);
    }
    return;
  }
  if (record.eventId !== PROCESS_CREATED) return;
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' ? value : undefined;
  };
  for (const [field, datum] of PROCESS_FIELDS) put(fields, field, text(datum));
  put(fields, 'CommandLine', text('CommandLine') ?? text('ProcessCommandLine'));
  put(fields, 'IntegrityLevel', INTEGRITY[text('MandatoryLabel') ?? '']);
  put(fields, 'ParentProcessId', decimal(text('ProcessId')));
  put(fields, 'ProcessId', decimal(text('NewProcessId')));
}

/** Events of the classic channel have unnamed values, which Sigma calls `Data`; flat forwarders leave only the message. */
function dataText(record: WindowsRecord): string {
  const values = Object.entries(record.data).filter(([name]) => UNNAMED.has(name));
  const text = values.flatMap(([, value]) => value).join('\n');
  return text === '' ? record.message : text;
}

/** Sigma's antivirus category says `Signature` and `Filename`. */
function completeDefender(fields: Fields): void {
  put(fields, 'Signature', fields.ThreatName);
  put(fields, 'Filename', fields.Path);
}
