import type { Sentence } from '#engine/formats/patterns.ts';
import type { Names } from '#engine/formats/sigma-fields.ts';

const words = (text: string): string[] =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => (word === '-' ? '' : word));

const HEAD = '- received device_id type subtype - generated';
const SESSION = `${HEAD} src_ip dst_ip src_nat_ip dst_nat_ip policy_name user target_user application virtual_system src_zone dst_zone
  in_interface out_interface log_action - session_id repeat_count src_port dst_port src_nat_port dst_nat_port flags protocol action`;
const GROUPS = 'device_group_1 device_group_2 device_group_3 device_group_4';

/** Columns of a record by its type, '' for what is not kept (PAN-OS 10.1, "Syslog field descriptions"). */
export const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  TRAFFIC:
    words(`${SESSION} bytes bytes_out bytes_in packets started duration url_category - sequence action_flags src_country
    dst_country - packets_out packets_in reason ${GROUPS} virtual_system_name hostname action_source`),
  THREAT:
    words(`${SESSION} url signature url_category severity direction sequence action_flags src_country dst_country -
    content_type pcap_id Hashes cloud url_index cs-user-agent file_type x_forwarded_for cs-referer mail_from mail_subject mail_to
    report_id ${GROUPS} virtual_system_name hostname - - - cs-method`),
  SYSTEM: words(`${HEAD} virtual_system event_id object - - module severity description sequence action_flags ${GROUPS}
    virtual_system_name hostname - - precise`),
  CONFIG: words(
    `${HEAD} src_ip virtual_system CommandLine user client outcome configuration_path sequence action_flags`,
  ),
  GLOBALPROTECT: words(`${HEAD} virtual_system event_id stage auth_method tunnel_type user src_country src_host src_ip -
    private_ip - host_id serial client_version client_os client_os_version repeat_count reason error description outcome
    location login_duration connect_method error_code portal sequence`),
  USERID:
    words(`${HEAD} virtual_system src_ip user data_source_name event_id repeat_count timeout src_port dst_port data_source
    data_source_type sequence`),
  OTHER: words(HEAD),
};

/** Names of the log forwarding service's JSON. */
export const JSON_NAMES: Names = {
  LogType: 'type',
  Subtype: 'subtype',
  SubType: '',
  DeviceSN: 'device_id',
  LogSourceID: 'device_id',
  DeviceName: 'hostname',
  LogSourceName: 'hostname',
  SourceAddress: 'src_ip',
  SourceIP: 'src_ip',
  PublicIPv4: 'src_ip',
  PrivateIPv4: 'private_ip',
  SourcePort: 'src_port',
  SourceUser: 'user',
  SourceUserName: 'user',
  SourceUserDomain: 'user_domain',
  EndpointDeviceName: 'src_host',
  DestinationAddress: 'dst_ip',
  DestinationIP: 'dst_ip',
  DNSResolverIP: 'dst_ip',
  DestinationPort: 'dst_port',
  DestinationUser: 'target_user',
  NATSource: 'src_nat_ip',
  NATSourcePort: 'src_nat_port',
  NATDestination: 'dst_nat_ip',
  NATDestinationPort: 'dst_nat_port',
  Rule: 'policy_name',
  RuleUUID: 'policy_id',
  Application: 'application',
  FromZone: 'src_zone',
  ToZone: 'dst_zone',
  InboundInterface: 'in_interface',
  OutboundInterface: 'out_interface',
  SessionID: 'session_id',
  Protocol: 'protocol',
  Action: 'action',
  Bytes: 'bytes',
  BytesSent: 'bytes_out',
  BytesReceived: 'bytes_in',
  PacketsTotal: 'packets',
  PacketsSent: 'packets_out',
  PacketsReceived: 'packets_in',
  TotalTimeElapsed: 'duration',
  SessionStartTime: 'started',
  SessionEndReason: 'reason',
  URLCategory: 'url_category',
  URL: 'url',
  FileName: 'FileName',
  FileSHA256: 'Hashes',
  FileHash: 'Hashes',
  ThreatID: 'signature_id',
  ThreatName: 'signature',
  ThreatCategory: 'category',
  VendorSeverity: 'severity',
  Severity: 'severity',
  DirectionOfAttack: 'direction',
  UserAgent: 'cs-user-agent',
  HTTPMethod: 'cs-method',
  Referer: 'cs-referer',
  SourceLocation: 'src_country',
  DestinationLocation: 'dst_country',
  EventName: 'event_id',
  EventIDValue: 'event_id',
  EventDescription: 'description',
  EventResult: 'outcome',
  EventStatus: 'outcome',
  AuthMethod: 'auth_method',
  DomainName: 'query',
  RecordType: 'record_type',
  DNSResponse: 'answer',
  DNSCategory: 'category',
  VirtualLocation: 'virtual_system',
  DGHierarchyLevel1: 'device_group_1',
  DGHierarchyLevel2: 'device_group_2',
  DGHierarchyLevel3: 'device_group_3',
  DGHierarchyLevel4: 'device_group_4',
  HipMatchName: 'object',
  HostID: 'host_id',
  EndpointOSType: 'client_os',
  TimeReceived: '',
  TimeGenerated: '',
  LogTime: '',
  EventTime: '',
};

/** In CEF the type is the signature and the subtype the name; the rest has PAN-OS's own names. */
export const CEF_OWN: Names = {
  deviceInboundInterface: 'in_interface',
  deviceOutboundInterface: 'out_interface',
  PanOSSourceLocation: 'src_country',
  PanOSDestinationLocation: 'dst_country',
  PanOSThreatCategory: 'category',
  PanOSApplicationCategory: 'application_category',
  PanOSSourceUserDomain: 'user_domain',
  cat: 'url_category',
  app: 'application',
  msg: 'description',
  dvchost: 'hostname',
};

/** Descriptions of system events that name who signed in from where. */
export const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^authenticated for user '?(?<user>[^'.]{1,256}(?:\.[^'.\s]{1,256}){0,8})'?\.(?:.{0,400}?server address '?(?<server>[^',\s]{1,255})'?)?(?:.{0,400}?From: (?<src_ip>[0-9A-Fa-f.:]{2,45}?)\.?)?\s*$/s,
    set: { action: 'login', outcome: 'success' },
  },
  {
    pattern:
      /^failed authentication for user '?(?<user>[^']{1,256})'?\.\s{1,4}Reason: (?<reason>[^.]{1,200})\.(?:.{0,400}?server address '?(?<server>[^',\s]{1,255})'?)?(?:.{0,400}?From: (?<src_ip>[0-9A-Fa-f.:]{2,45}?)\.?)?\s*$/s,
    set: { action: 'login', outcome: 'failure' },
  },
  {
    pattern: /^User (?<user>\S{1,256}) logged (?<action>in|out) via \S{1,40} from (?<src_ip>[0-9A-Fa-f.:]{2,45})/,
    set: { outcome: 'success' },
  },
  {
    pattern:
      /connected to server (?<server>[^:\s]{1,255}):(?<dst_port>\d{1,5}), initiated by: (?<src_ip>[0-9A-Fa-f.:]{2,45})/,
  },
];
