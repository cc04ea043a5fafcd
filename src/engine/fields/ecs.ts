import { COLUMN_FIELDS } from './aliases.ts';
import { COLUMNS } from './dictionary.ts';
import { windowsEcs } from './ecs-windows.ts';
import type { FieldValue, SecurityEvent } from './event.ts';

/** A document of flat ECS names (Elastic Common Schema 8). */
export type EcsDocument = Record<string, FieldValue>;

/** Who wrote an event: what the platform knows of its source. */
export interface Observer {
  readonly vendor: string;
  readonly product: string;
  /** True for a device in the network, which reports on others: its name is an observer's, not a host's. */
  readonly onlooker: boolean;
}

/** Fields without a column of their own, under ECS's names. */
const NAMES: Readonly<Record<string, string>> = {
  src_mac: 'source.mac',
  dst_mac: 'destination.mac',
  src_nat_ip: 'source.nat.ip',
  src_nat_port: 'source.nat.port',
  dst_nat_ip: 'destination.nat.ip',
  dst_nat_port: 'destination.nat.port',
  src_zone: 'observer.ingress.zone',
  dst_zone: 'observer.egress.zone',
  in_interface: 'observer.ingress.interface.name',
  out_interface: 'observer.egress.interface.name',
  device_id: 'observer.serial_number',
  device_ip: 'observer.ip',
  observer_version: 'observer.version',
  packets_out: 'source.packets',
  packets_in: 'destination.packets',
  bytes: 'network.bytes',
  packets: 'network.packets',
  direction: 'network.direction',
  application: 'network.application',
  vlan: 'network.vlan.id',
  reason: 'event.reason',
  user_id: 'user.id',
  user_domain: 'user.domain',
  group: 'group.name',
  policy_id: 'rule.uuid',
  policy_set: 'rule.ruleset',
  file_size: 'file.size',
  mime_type: 'http.response.mime_type',
  level: 'log.level',
  logger: 'log.logger',
  facility_name: 'log.syslog.facility.name',
  mail_from: 'email.from.address',
  mail_to: 'email.to.address',
  mail_subject: 'email.subject',
  message_id: 'email.message_id',
  tls_cipher: 'tls.cipher',
  query_class: 'dns.question.class',
  response_code: 'dns.response_code',
  'cs-version': 'http.version',
  src_country: 'source.geo.country_name',
  dst_country: 'destination.geo.country_name',
  region: 'cloud.region',
  account_id: 'cloud.account.id',
  cloud_provider: 'cloud.provider',
  cloud_service: 'cloud.service.name',
  namespace: 'orchestrator.namespace',
  error: 'error.message',
  exit_code: 'process.exit_code',
  group_id: 'group.id',
  EventRecordID: 'winlog.record_id',
};

const COLUMN_ECS: ReadonlyMap<string, string> = new Map(
  COLUMNS.flatMap(({ column, ecs }) => (COLUMN_FIELDS[column] ?? []).map((field) => [field, ecs] as const)),
);

/**
 * An event for exchange with systems that speak ECS. A field with an ECS name has it; what has none is left out, as the
 * receiver gets the original text with it.
 */
export function toEcs(event: SecurityEvent, observer: Observer): EcsDocument {
  const document: EcsDocument = { '@timestamp': new Date(event.timeMs).toISOString(), 'event.original': event.raw };
  const speaksEcs = event.fields['ecs.version'] !== undefined || event.fields['agent.type'] !== undefined;
  for (const [field, value] of Object.entries(event.fields)) {
    const name = NAMES[field] ?? COLUMN_ECS.get(field) ?? (speaksEcs && field.includes('.') ? field : undefined);
    if (name !== undefined && document[name] === undefined) document[name] = value;
  }
  if (event.logsource.product === 'windows') windowsEcs(document, event);
  peers(document);
  web(document);
  people(document);
  writer(document, event, observer);
  meaning(document, event);
  return document;
}

const one = (value: FieldValue | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''));

function set(document: EcsDocument, name: string, value: string | undefined): void {
  if (value !== undefined && value !== '' && document[name] === undefined) document[name] = value;
}

/** IPv4 or IPv6, without asking which exactly. */
const isAddress = (text: string): boolean =>
  /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) || /^[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,43}$/.test(text);

/** An end of a connection has an `address` whatever it is, and `ip` or `domain` by what it is. */
function peers(document: EcsDocument): void {
  for (const side of ['source', 'destination']) {
    // An IPv4 address as IPv6 writes it (RFC 4291, 2.5.5.2).
    const ip = one(document[`${side}.ip`]).replace(/^::ffff:(?=\d{1,3}\.)/i, '');
    if (ip !== '') document[`${side}.ip`] = ip;
    if (ip !== '' && !isAddress(ip)) {
      delete document[`${side}.ip`];
      set(document, `${side}.domain`, ip);
    }
    const mac = one(document[`${side}.mac`]);
    // Cisco writes 0200.0000.0001.
    if (/^(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}$/.test(mac)) {
      document[`${side}.mac`] = (mac.replaceAll('.', '').match(/../g) ?? []).join(':');
    }
    set(document, `${side}.address`, one(document[`${side}.domain`]) || one(document[`${side}.ip`]));
  }
  const transport = one(document['network.transport']);
  if (transport !== '') document['network.transport'] = transport.toLowerCase();
  const direction = DIRECTIONS[one(document['network.direction']).toLowerCase()];
  if (direction !== undefined) document['network.direction'] = direction;
  const protocol = one(document['network.protocol']);
  if (protocol !== '') document['network.protocol'] = protocol.toLowerCase();
  const sum = (a: string, b: string): string | undefined => {
    const [left, right] = [one(document[a]), one(document[b])];
    return /^\d+$/.test(left) && /^\d+$/.test(right) ? String(Number(left) + Number(right)) : undefined;
  };
  set(document, 'network.bytes', sum('source.bytes', 'destination.bytes'));
  set(document, 'network.packets', sum('source.packets', 'destination.packets'));
}

/** ECS, `network.direction`: the words of devices for it. */
const DIRECTIONS: Readonly<Record<string, string>> = {
  incoming: 'inbound',
  in: 'inbound',
  outgoing: 'outbound',
  out: 'outbound',
};

function web(document: EcsDocument): void {
  const url = one(document['url.original']);
  const found = /^([a-z][a-z0-9+.-]{1,15}):\/\/([^/?#:]{1,255})(?::(\d{1,5}))?/i.exec(url);
  if (found) {
    set(document, 'url.full', url);
    set(document, 'url.scheme', found[1]?.toLowerCase());
    set(document, 'url.domain', found[2]);
    set(document, 'url.port', found[3]);
  }
  const version = /^HTTP\/(\d(?:\.\d)?)$/.exec(one(document['http.version']))?.[1];
  if (version !== undefined) document['http.version'] = version;
}

/** `DOMAIN\name` and `name@domain` are one name with a domain. */
function people(document: EcsDocument): void {
  const name = one(document['user.name']);
  const mail = /^([^@\s]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})$/.exec(name);
  if (mail !== null) {
    set(document, 'user.email', name);
    set(document, 'user.domain', mail[2]);
  }
  const found = /^([^\\]{1,255})\\([^\\]{1,255})$/.exec(name);
  if (found === null) return;
  set(document, 'user.domain', found[1]);
  document['user.name'] = found[2] ?? name;
}

function writer(document: EcsDocument, event: SecurityEvent, { vendor, product, onlooker }: Observer): void {
  set(document, 'observer.vendor', vendor);
  set(document, 'observer.product', product);
  set(document, 'process.name', one(event.fields.program));
  set(document, 'log.syslog.appname', one(event.fields.program));
  set(document, 'event.provider', one(event.fields.program));
  set(document, 'observer.type', OBSERVERS[event.logsource.category]);
  if (event.logsource.product === 'windows')
    for (const [field, name] of WINLOG) set(document, name, one(event.fields[field]));
  const host = one(document['host.name']);
  if (!onlooker && host !== '') set(document, 'host.hostname', isAddress(host) ? host : host.split('.')[0]);
  if (!onlooker || host === '') return;
  set(document, 'observer.hostname', host);
  set(document, 'observer.name', host);
  set(document, 'source.user.name', one(document['user.name']));
  set(document, 'destination.user.name', one(event.fields.target_user));
}

const OBSERVERS: Readonly<Record<string, string>> = { firewall: 'firewall', proxy: 'proxy', waf: 'firewall' };

/** Parts of a Windows event that ECS documents of Winlogbeat repeat under names of their own. */
const WINLOG: readonly (readonly [string, string])[] = [
  ['EventID', 'winlog.event_id'],
  ['Provider_Name', 'winlog.provider_name'],
  ['Computer', 'winlog.computer_name'],
  ['Opcode', 'winlog.opcode'],
  ['Task', 'winlog.task'],
  ['Keywords', 'winlog.keywords'],
];

const GOOD =
  /^(?:success(?:ful|fully)?|succeeded|ok|accept(?:ed)?|allow(?:ed)?|permit(?:ted)?|pass(?:ed)?|sent|granted|0|yes)$/i;
const BAD = /^(?:fail(?:ed|ure)?|error|denied|deny|rejected?|refused|bounced|deferred|expired|no|aborted)$/i;

/** ECS categories of Sigma's log source categories, and of services and products that have none. */
const CATEGORIES: Readonly<Record<string, string>> = {
  webserver: 'web',
  proxy: 'web',
  waf: 'web',
  firewall: 'network',
  dns: 'network',
  dns_query: 'network',
  network_connection: 'network',
  process_creation: 'process',
  process_access: 'process',
  process_termination: 'process',
  create_remote_thread: 'process',
  file_event: 'file',
  file_delete: 'file',
  file_change: 'file',
  image_load: 'library',
  driver_load: 'driver',
  registry_set: 'registry',
  registry_add: 'registry',
  registry_delete: 'registry',
  registry_event: 'registry',
  antivirus: 'malware',
  email: 'email',
  database: 'database',
  sshd: 'authentication',
  radius: 'authentication',
  network_flow: 'network',
  vpn: 'network',
  dhcpd: 'network',
  suricata: 'network',
  zeek: 'network',
  juniper: 'network',
};

function meaning(document: EcsDocument, event: SecurityEvent): void {
  const outcome = one(document['event.outcome']) || one(event.fields.outcome);
  if (GOOD.test(outcome)) document['event.outcome'] = 'success';
  else if (BAD.test(outcome)) document['event.outcome'] = 'failure';
  const status = Number(one(document['http.response.status_code']));
  if (status >= 100) set(document, 'event.outcome', status < 400 ? 'success' : 'failure');
  const action = one(event.fields.action).toLowerCase();
  const { category, service, product } = event.logsource;
  const signIn = SIGN_IN.test(action) && document['user.name'] !== undefined;
  set(
    document,
    'event.category',
    signIn ? 'authentication' : (CATEGORIES[category] ?? CATEGORIES[service] ?? CATEGORIES[product]),
  );
  if (service === 'sshd' && SESSIONS[action] !== undefined) document['event.category'] = SESSIONS[action];
  // A cloud's name of the operation is what was done.
  const operation = one(event.fields.eventName) || one(event.fields.operationName);
  if (operation !== '') {
    delete document['event.dataset'];
    set(document, 'event.action', operation);
  }
  set(document, 'event.dataset', service);
  if (category === 'dns' && (action === 'query' || action === 'answer')) set(document, 'dns.type', action);
  if (service === 'vpn')
    for (const part of ['address', 'ip', 'port']) set(document, `client.${part}`, one(document[`source.${part}`]));
  set(document, 'event.kind', document['rule.name'] === undefined ? 'event' : 'alert');
  levels(document, product);
  // What a source calls its type is none of the values ECS allows here.
  const known = product === 'windows' ? one(document['event.type']) : '';
  document['event.type'] =
    category === 'webserver' || category === 'proxy' ? 'access' : known || typeOf(action, document);
  // What came about as intended is a success, whatever was intended: only a refusal says nothing of its own outcome.
  if (['allowed', 'start', 'end', 'access'].includes(one(document['event.type']))) {
    set(document, 'event.outcome', 'success');
  }
  const nanoseconds = durationOf(event);
  if (nanoseconds !== undefined) document['event.duration'] = nanoseconds;
  // What the device says in its own words, where that is not the whole text.
  const said = one(event.fields.description) || one(event.fields.message);
  if (said !== '' && said !== event.raw.trim()) set(document, 'event.reason', said);
  set(document, 'rule.name', one(event.fields.policy_name));
}

/** What an SSH server says of connections and sessions is no authentication. */
const SESSIONS: Readonly<Record<string, string>> = {
  connection: 'network',
  disconnected: 'network',
  session_opened: 'session',
  session_closed: 'session',
};

const SIGN_IN =
  /^(?:login|logon|logged-in|logout|logoff|accepted|failed|invalid_user|session_opened|session_closed|user_login)$/;

/** ECS 8, `event.type`: what an action means. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(?:deny|denied|block(?:ed)?|drop(?:ped)?|reject(?:ed)?|reset|discard|refused)/, 'denied'],
  [/^(?:allow(?:ed)?|accept|permit(?:ted)?|pass)$/, 'allowed'],
  [/^(?:login|logon|logged-in|accepted|session_opened|opened|start|connect(?:ed)?|connection|built)$/, 'start'],
  [/^(?:logout|logoff|session_closed|closed?|end|disconnect(?:ed)?|teardown|terminated|too_many_attempts)$/, 'end'],
  [/^(?:create|add|edit|change|modify|configure|update|set|delete)/, 'change'],
];

function typeOf(action: string, document: EcsDocument): string {
  const known = TYPES.find(([pattern]) => pattern.test(action))?.[1];
  if (known !== undefined) return known;
  return /^err/i.test(one(document['log.level'])) ? 'error' : 'info';
}

/** Levels of Windows events (Microsoft, "Event levels"). */
const WINDOWS_LEVELS: Readonly<Record<string, string>> = {
  '0': 'information',
  '1': 'critical',
  '2': 'error',
  '3': 'warning',
  '4': 'information',
  '5': 'verbose',
};

/** ECS keeps numbers in `event.severity` and words in `log.level`. */
function levels(document: EcsDocument, product: string): void {
  const severity = one(document['event.severity']);
  if (product === 'windows') set(document, 'log.level', WINDOWS_LEVELS[severity]);
  if (severity === '' || /^\d+$/.test(severity)) return;
  delete document['event.severity'];
  set(document, 'log.level', severity);
}

/** ECS counts nanoseconds. */
function durationOf({ fields }: SecurityEvent): string | undefined {
  const ms = one(fields.duration_ms);
  if (/^\d+$/.test(ms)) return String(Number(ms) * 1_000_000);
  const seconds = one(fields.duration);
  return /^\d+(?:\.\d+)?$/.test(seconds) ? String(Math.round(Number(seconds) * 1e9)) : undefined;
}
