import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { flattenJson, type JsonObject } from '#engine/formats/json.ts';
import {
  eventAt,
  type Fields,
  type Names,
  namesOf,
  oneText,
  plainProtocol,
  put,
  rename,
  supply,
} from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'netflow', category: 'network_flow', service: '' } as const;

/** IPFIX element names (IANA, "IPFIX Information Elements") and the names of NetFlow v5/v9 exporters. */
const NAMES: Names = {
  sourceIPv4Address: 'src_ip',
  sourceIPv6Address: 'src_ip',
  IPV4_SRC_ADDR: 'src_ip',
  IPV6_SRC_ADDR: 'src_ip',
  destinationIPv4Address: 'dst_ip',
  destinationIPv6Address: 'dst_ip',
  IPV4_DST_ADDR: 'dst_ip',
  IPV6_DST_ADDR: 'dst_ip',
  sourceTransportPort: 'src_port',
  SRC_PORT: 'src_port',
  L4_SRC_PORT: 'src_port',
  destinationTransportPort: 'dst_port',
  DST_PORT: 'dst_port',
  L4_DST_PORT: 'dst_port',
  protocolIdentifier: 'protocol',
  PROTO: 'protocol',
  PROTOCOL: 'protocol',
  octetDeltaCount: 'bytes',
  octetTotalCount: 'bytes',
  IN_OCTETS: 'bytes',
  IN_BYTES: 'bytes',
  packetDeltaCount: 'packets',
  packetTotalCount: 'packets',
  IN_PACKETS: 'packets',
  IN_PKTS: 'packets',
  tcpControlBits: 'tcp_flags',
  TCP_FLAGS: 'tcp_flags',
  ingressInterface: 'in_interface',
  INPUT: 'in_interface',
  INPUT_SNMP: 'in_interface',
  egressInterface: 'out_interface',
  OUTPUT: 'out_interface',
  OUTPUT_SNMP: 'out_interface',
  ipNextHopIPv4Address: 'next_hop',
  NEXT_HOP: 'next_hop',
  bgpSourceAsNumber: 'src_as',
  SRC_AS: 'src_as',
  bgpDestinationAsNumber: 'dst_as',
  DST_AS: 'dst_as',
  vlanId: 'vlan',
  SRC_VLAN: 'vlan',
  sourceMacAddress: 'src_mac',
  destinationMacAddress: 'dst_mac',
  postNATSourceIPv4Address: 'src_nat_ip',
  postNATDestinationIPv4Address: 'dst_nat_ip',
  ipClassOfService: 'tos',
  exporter: 'hostname',
};

const isFlow = (json: JsonObject): boolean =>
  (json.sourceIPv4Address ?? json.sourceIPv6Address ?? json.IPV4_SRC_ADDR ?? json.IPV6_SRC_ADDR) !== undefined &&
  (json.destinationIPv4Address ?? json.destinationIPv6Address ?? json.IPV4_DST_ADDR ?? json.IPV6_DST_ADDR) !==
    undefined;

/** Flows as the NetFlow and IPFIX listener hands them over, or as collectors write them in JSON. */
export const source = defineSource({
  id: 'netflow-record',
  title: { zh: 'NetFlow / IPFIX 流记录', en: 'NetFlow and IPFIX flows' },
  vendor: 'IETF',
  product: 'NetFlow',
  formats: ['json'],
  watches: ['network'],
  asks: { keys: ['sourceIPv4Address', 'sourceIPv6Address', 'IPV4_SRC_ADDR', 'IPV6_SRC_ADDR'] },
  supplies: [supply(['netflow', 'network_flow', ''], [...namesOf(NAMES), 'duration_ms'])],
  detect: ({ json }) => (json !== undefined && isFlow(json) ? 0.97 : 0),
  parse,
});

function parse({ json, context }: OpenedText): SourceEvent | null {
  if (json === undefined || !isFlow(json)) return null;
  const { record, problems } = flattenJson(json);
  const fields: Fields = rename(record, NAMES);
  plainProtocol(fields);
  const number = (...names: string[]): number =>
    Number(names.map((name) => oneText(record[name])).find((text) => text !== '') ?? Number.NaN);
  const started = number('flowStartMilliseconds', 'FIRST_SWITCHED', 'flowStartSysUpTime');
  const ended = number('flowEndMilliseconds', 'LAST_SWITCHED', 'flowEndSysUpTime');
  if (ended >= started) put(fields, 'duration_ms', String(ended - started));
  const times = ['flowEndMilliseconds', 'flowStartMilliseconds', 'timestamp', 'exportTime'].map((name) =>
    parseTimestamp(oneText(record[name]), context.zone),
  );
  // The exporter's uptime is no time of the day: a record without another one is as old as its receipt.
  const at = times.find((ms) => ms !== undefined) ?? context.receivedAtMs;
  return eventAt(logsource, [at], context, fields, problems);
}
