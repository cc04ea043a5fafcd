import { defineSource } from '#engine/formats/define.ts';
import { isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** ECS names (Elastic Common Schema 8) under the names rules use. What is not listed stays under its ECS name. */
const NAMES: Names = {
  'host.name': 'hostname',
  'host.hostname': 'hostname',
  'agent.hostname': 'agent_hostname',
  'event.code': 'event_id',
  'event.action': 'action',
  'event.outcome': 'outcome',
  'event.provider': 'program',
  'event.severity': 'severity',
  'log.level': 'level',
  'log.logger': 'logger',
  'user.name': 'user',
  'user.id': 'user_id',
  'user.domain': 'user_domain',
  'user.target.name': 'target_user',
  'group.name': 'group',
  'process.executable': 'Image',
  'process.name': 'ProcessName',
  'process.command_line': 'CommandLine',
  'process.pid': 'ProcessId',
  'process.entity_id': 'ProcessGuid',
  'process.working_directory': 'CurrentDirectory',
  'process.parent.executable': 'ParentImage',
  'process.parent.command_line': 'ParentCommandLine',
  'process.parent.pid': 'ParentProcessId',
  'process.ppid': 'ParentProcessId',
  'process.hash.sha256': 'Hashes',
  'file.path': 'TargetFilename',
  'file.name': 'FileName',
  'file.size': 'file_size',
  'registry.path': 'TargetObject',
  'source.ip': 'src_ip',
  'source.port': 'src_port',
  'source.domain': 'src_host',
  'source.mac': 'src_mac',
  'source.bytes': 'bytes_out',
  'source.packets': 'packets_out',
  'destination.ip': 'dst_ip',
  'destination.port': 'dst_port',
  'destination.domain': 'dst_host',
  'destination.mac': 'dst_mac',
  'destination.bytes': 'bytes_in',
  'destination.packets': 'packets_in',
  'network.transport': 'protocol',
  'network.protocol': 'app_proto',
  'network.direction': 'direction',
  'network.bytes': 'bytes',
  'dns.question.name': 'query',
  'dns.question.type': 'record_type',
  'dns.answers.data': 'answer',
  'url.original': '$url',
  'url.domain': 'cs-host',
  'http.request.method': 'cs-method',
  'http.request.referrer': 'cs-referer',
  'http.response.status_code': 'sc-status',
  'http.response.body.bytes': 'sc-bytes',
  'user_agent.original': 'cs-user-agent',
  'rule.name': 'rule_name',
  'rule.id': 'rule_id',
  'service.name': 'ServiceName',
  message: 'message',
};

const PRODUCTS: Names = {
  linux: 'linux',
  ubuntu: 'linux',
  debian: 'linux',
  centos: 'linux',
  redhat: 'linux',
  windows: 'windows',
  macos: 'macos',
  darwin: 'macos',
};

/** Sigma's category of an ECS document. */
function categoryOf(record: Readonly<Record<string, unknown>>): string {
  const kinds = JSON.stringify([record['event.category'], record['event.dataset']]);
  if (record['dns.question.name'] !== undefined) return 'dns';
  if (record['http.request.method'] !== undefined) return 'webserver';
  if (
    /"process"/.test(kinds) &&
    record['process.executable'] !== undefined &&
    /start|exec/.test(JSON.stringify(record['event.type'] ?? ''))
  )
    return 'process_creation';
  if (/"file"/.test(kinds) && record['file.path'] !== undefined) return 'file_event';
  return /"network"/.test(kinds) && record['destination.ip'] !== undefined ? 'network_connection' : '';
}

const isEcs = (json: JsonObject): boolean =>
  json['@timestamp'] !== undefined &&
  json.winlog === undefined &&
  (isJsonObject(json.ecs) ||
    json['ecs.version'] !== undefined ||
    (isJsonObject(json.agent) && json.agent.type !== undefined) ||
    isJsonObject(json['@metadata']));

const LAYOUT: JsonLayout = {
  is: isEcs,
  names: NAMES,
  times: ['@timestamp'],
  logsource: (fields) => ({
    product:
      PRODUCTS[oneText(fields['host.os.platform'] ?? fields['host.os.type'] ?? fields['host.os.family'])] ??
      (oneText(fields['agent.type']) === 'auditbeat' ? 'linux' : ''),
    category: oneText(fields.$category),
    service: oneText(fields['event.module'] ?? fields['agent.type']),
  }),
  finish: (fields, record) => {
    put(fields, '$category', categoryOf(record));
    const data = record['auditd.data.syscall'];
    if (data !== undefined) put(fields, 'SYSCALL', data);
  },
};

const SERVICES = ['', 'auditd', 'system', 'auditbeat', 'filebeat', 'packetbeat', 'metricbeat'];

/** ECS documents of Beats, Elastic Agent and whatever speaks ECS, from the `_bulk` interface or as lines. */
/** Less than any product's own source: what ships a line says little about what wrote it. */
const SURE = 0.7;

export const source = defineSource({
  id: 'elastic-ecs',
  title: { zh: 'Elastic ECS 文档（Beats、Elastic Agent）', en: 'ECS documents (Beats, Elastic Agent)' },
  vendor: 'Elastic',
  product: 'Beats',
  formats: ['json'],
  watches: ['endpoint'],
  asks: { keys: ['ecs', 'ecs.version', '@metadata', 'agent'] },
  supplies: ['linux', ''].flatMap((product) =>
    ['', 'process_creation', 'network_connection', 'dns', 'file_event', 'webserver'].flatMap((category) =>
      SERVICES.map((service) => supply([product, category, service], namesOf(NAMES))),
    ),
  ),
  detect: ({ json }) => (json !== undefined && isEcs(json) ? SURE : 0),
  sureAtMost: SURE,
  parse: (opened) => {
    const event = readJson(opened, LAYOUT);
    if (event === null) return null;
    const { $category: _category, ...fields } = event.fields;
    return { ...event, fields };
  },
});
