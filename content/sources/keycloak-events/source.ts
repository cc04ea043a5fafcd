import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { flattenJson, type JsonObject } from '#engine/formats/json.ts';
import { parseKeyValue } from '#engine/formats/kv.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  put,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'keycloak', category: '', service: 'events' } as const;

const NAMES: Names = {
  type: 'event_id',
  operationType: 'event_id',
  realmId: 'realm_id',
  realmName: 'realm',
  clientId: 'eventSource',
  userId: 'user_id',
  username: 'user',
  ipAddress: 'src_ip',
  error: 'reason',
  auth_method: 'auth_method',
  redirect_uri: 'cs-uri',
  resourceType: 'object_type',
  resourcePath: 'object',
  sessionId: 'session_id',
};
const EVENT = /(?:^|\s)(?:type|operationType)="?[A-Z_]{3,64}"?, ?(?=.{0,400}?(?:realmId|clientId|ipAddress)=)/;

/** Keycloak's sign-in and administration events, as text or as JSON that wraps the text. */
export const source = defineSource({
  id: 'keycloak-events',
  title: { zh: 'Keycloak 统一认证', en: 'Keycloak' },
  vendor: 'Keycloak',
  product: 'Keycloak',
  formats: ['json', 'kv', 'text'],
  watches: ['application'],
  asks: { keys: ['log.logger', 'loggerName', 'log'], marks: ['realmId='] },
  supplies: [
    supply(
      ['keycloak', '', 'events'],
      [
        ...namesOf(NAMES),
        'hostname',
        'level',
        'logger',
        'outcome',
        'message',
        'program',
        'pid',
        'thread_id',
        'thread_name',
        'ServiceName',
        'service_version',
      ],
    ),
  ],
  detect: ({ json, syslog }) =>
    EVENT.test(messageOf(json) || (json === undefined ? syslog.message.slice(0, 4096) : '')) ? 0.95 : 0,
  parse,
});

function messageOf(json: JsonObject | undefined): string {
  return typeof json?.message === 'string' ? json.message.slice(0, 16_384) : '';
}

/** Names of Quarkus' JSON in ECS form and in its own. */
const ENVELOPE: Names = {
  '@timestamp': '',
  timestamp: '',
  message: '',
  'host.hostname': 'hostname',
  hostName: 'hostname',
  'log.level': 'level',
  level: 'level',
  'log.logger': 'logger',
  loggerName: 'logger',
  'process.name': 'program',
  'process.pid': 'pid',
  'process.thread.id': 'thread_id',
  'process.thread.name': 'thread_name',
  'service.name': 'ServiceName',
  'service.version': 'service_version',
};

function parse({ json, syslog, context }: OpenedText): SourceEvent | null {
  const message = json === undefined ? syslog.message.slice(0, 16_384) : messageOf(json);
  const start = EVENT.exec(message);
  if (start === null) return null;
  const fields: Fields = {};
  const envelope = json === undefined ? {} : flattenJson(json).record;
  rename(parseKeyValue(message.slice(start.index).trim(), { assign: '=', pair: 'comma' }).record, NAMES, fields);
  rename(envelope, ENVELOPE, fields);
  if (json === undefined) put(fields, 'hostname', syslog.hostname);
  put(fields, 'outcome', /_ERROR$/.test(oneText(fields.event_id)) ? 'failure' : 'success');
  const at = ['@timestamp', 'timestamp'].map((name) => parseTimestamp(oneText(envelope[name]), context.zone));
  return eventAt(logsource, [...at, syslog.timeMs], context, fields);
}
