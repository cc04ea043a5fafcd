import type { CefRecord } from '#engine/formats/cef.ts';
import { CEF_FIELDS, cefFields, cefTimes } from '#engine/formats/cef-names.ts';
import { parseCsvLine } from '#engine/formats/csv.ts';
import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { flattenJson, type JsonObject } from '#engine/formats/json.ts';
import { readSentence } from '#engine/formats/patterns.ts';
import {
  eventAt,
  type Fields,
  oneText,
  plainProtocol,
  put,
  putUri,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime, parseTimestamp } from '#engine/formats/time.ts';
import { CEF_OWN, COLUMNS, JSON_NAMES, SENTENCES } from './names.ts';

const TYPES = [
  'traffic',
  'threat',
  'system',
  'config',
  'globalprotect',
  'userid',
  'dns',
  'hipmatch',
  'decryption',
  'auth',
  'sctp',
  'tunnel',
];

/** Palo Alto Networks firewalls and Prisma Access: comma-separated records, CEF, or JSON of the log forwarding service. */
export const source = defineSource({
  id: 'paloalto-panos',
  title: { zh: 'Palo Alto 防火墙', en: 'Palo Alto Networks PAN-OS' },
  vendor: 'Palo Alto Networks',
  product: 'PAN-OS',
  formats: ['csv', 'cef', 'json', 'syslog'],
  watches: ['network'],
  asks: { marks: ['|Palo Alto Networks|', ...TYPES.map((type) => `,${type.toUpperCase()},`)], keys: ['LogType'] },
  supplies: [...TYPES, ''].map((service) =>
    supply(
      ['paloalto', categoryOf(service), service],
      [
        ...new Set([
          ...Object.values(JSON_NAMES),
          ...CEF_FIELDS,
          'description',
          'event_id',
          'subtype',
          'url',
          'duration',
        ]),
      ],
    ),
  ),
  detect: ({ text, cef, json }) => {
    if (json !== undefined) return isJson(json) ? 0.95 : 0;
    if (cef !== undefined) return isPaloAlto(cef) ? 0.97 : 0;
    return HEAD.test(text) ? 0.95 : 0;
  },
  parse,
});

const HEAD = /(?:^|[\s:>])\d?,\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2},[^,]{0,40},([A-Z]{4,14}),/;
const isPaloAlto = (cef: CefRecord): boolean => cef.vendor === 'Palo Alto Networks';
const isJson = (json: JsonObject): boolean =>
  typeof json.LogType === 'string' &&
  (json.DeviceSN !== undefined ||
    json.LogSourceID !== undefined ||
    json.ConfigVersion !== undefined ||
    json.TimeReceived !== undefined);

function categoryOf(service: string): string {
  if (service === 'traffic') return 'firewall';
  return service === 'dns' ? 'dns' : '';
}

function parse(opened: OpenedText): SourceEvent | null {
  const { json, cef, text, context } = opened;
  if (json !== undefined) return isJson(json) ? fromJson(json, opened) : null;
  if (cef !== undefined) {
    if (!isPaloAlto(cef)) return null;
    const fields = cefFields(cef, CEF_OWN);
    put(fields, 'subtype', cef.name);
    const times = cefTimes(cef).map((time) => parseDeviceTime(time, context));
    return finish(cef.signatureId, fields, times, opened);
  }
  const head = HEAD.exec(text);
  if (head === null) return null;
  const start = head.index + head[0].search(/\d?,/);
  const { record: cells } = parseCsvLine(text.slice(start));
  const type = cells[3] ?? '';
  const columns = COLUMNS[type] ?? COLUMNS.OTHER ?? [];
  const fields: Fields = {};
  columns.forEach((name, index) => {
    const value = cells[index];
    if (name !== '' && value !== undefined && value !== '') put(fields, name, value);
  });
  const { received, generated, precise, ...rest } = fields;
  const times = [precise, generated, received].map((time) => parseTimestamp(oneText(time), context.zone));
  return finish(type, rest, times, opened);
}

function fromJson(json: JsonObject, opened: OpenedText): SourceEvent {
  const { record } = flattenJson(json);
  const { zone } = opened.context;
  const times = ['TimeGeneratedHighResolution', 'TimeGenerated', 'EventTime', 'TimeReceived', 'LogTime'].map((name) =>
    parseTimestamp(oneText(record[name]), zone),
  );
  return finish(oneText(record.LogType), rename(record, JSON_NAMES), times, opened);
}

/** What SYSTEM and USERID records say of people who sign in (PAN-OS, "System Log Fields", "User-ID Log Fields"). */
function signIn(service: string, fields: Fields): void {
  const outcome = /^auth-(success|fail)/.exec(oneText(fields.event_id))?.[1];
  if (outcome !== undefined) {
    put(fields, 'action', 'login');
    put(fields, 'outcome', outcome === 'success' ? 'success' : 'failure');
  } else if (service === 'userid') put(fields, 'action', /^log(?:in|out)$/.exec(oneText(fields.subtype))?.[0]);
}

const ADDRESS = /^[0-9a-f.:]+$/i;

function finish(
  type: string,
  fields: Fields,
  times: readonly (number | undefined)[],
  { syslog, context }: OpenedText,
): SourceEvent {
  const service = TYPES.includes(type.toLowerCase()) ? type.toLowerCase() : '';
  put(fields, 'logger', type.toLowerCase());
  signIn(service, fields);
  const url = oneText(fields.url);
  delete fields.url;
  if (url !== '' && oneText(fields.subtype) === 'url') {
    putUri(fields, url);
  } else if (url !== '') put(fields, 'FileName', url);
  if (fields.hostname === undefined) put(fields, 'hostname', syslog.hostname);
  const description = oneText(fields.description);
  if (description !== '') readSentence(description, SENTENCES, fields);
  // A server named by address or by name stands in one place of the sentence.
  const server = oneText(fields.server);
  delete fields.server;
  put(fields, ADDRESS.test(server) ? 'dst_ip' : 'dst_host', server);
  plainProtocol(fields);
  return eventAt(
    { product: 'paloalto', category: categoryOf(service), service },
    [...times, syslog.timeMs],
    context,
    fields,
  );
}
