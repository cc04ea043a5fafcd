/** How the value of an information element is written (RFC 7011, 6.1). */
export type ElementType =
  | 'unsigned'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  | 'text'
  | 'seconds'
  | 'milliseconds'
  | 'ntp'
  | 'flag'
  | 'bytes';

export interface Element {
  readonly name: string;
  readonly type: ElementType;
}

/** Numbers and names: IANA, "IPFIX Information Elements". NetFlow version 9 uses the same up to 127 (RFC 3954, 8). */
const BY_TYPE: Readonly<Record<ElementType, Readonly<Record<number, string>>>> = {
  unsigned: {
    1: 'octetDeltaCount',
    2: 'packetDeltaCount',
    3: 'deltaFlowCount',
    4: 'protocolIdentifier',
    5: 'ipClassOfService',
    6: 'tcpControlBits',
    7: 'sourceTransportPort',
    9: 'sourceIPv4PrefixLength',
    10: 'ingressInterface',
    11: 'destinationTransportPort',
    13: 'destinationIPv4PrefixLength',
    14: 'egressInterface',
    16: 'bgpSourceAsNumber',
    17: 'bgpDestinationAsNumber',
    19: 'postMCastPacketDeltaCount',
    21: 'flowEndSysUpTime',
    22: 'flowStartSysUpTime',
    20: 'postMCastOctetDeltaCount',
    23: 'postOctetDeltaCount',
    24: 'postPacketDeltaCount',
    25: 'minimumIpTotalLength',
    26: 'maximumIpTotalLength',
    29: 'sourceIPv6PrefixLength',
    30: 'destinationIPv6PrefixLength',
    31: 'flowLabelIPv6',
    32: 'icmpTypeCodeIPv4',
    33: 'igmpType',
    34: 'samplingInterval',
    35: 'samplingAlgorithm',
    36: 'flowActiveTimeout',
    37: 'flowIdleTimeout',
    38: 'engineType',
    39: 'engineId',
    48: 'samplerId',
    49: 'samplerMode',
    50: 'samplerRandomInterval',
    52: 'minimumTTL',
    53: 'maximumTTL',
    54: 'fragmentIdentification',
    55: 'postIpClassOfService',
    58: 'vlanId',
    59: 'postVlanId',
    60: 'ipVersion',
    61: 'flowDirection',
    64: 'ipv6ExtensionHeaders',
    70: 'mplsTopLabelStackSection',
    85: 'octetTotalCount',
    86: 'packetTotalCount',
    88: 'fragmentOffset',
    89: 'forwardingStatus',
    95: 'applicationId',
    136: 'flowEndReason',
    139: 'icmpTypeCodeIPv6',
    144: 'exportingProcessId',
    145: 'templateId',
    148: 'flowId',
    149: 'observationDomainId',
    161: 'flowDurationMilliseconds',
    176: 'icmpTypeIPv4',
    177: 'icmpCodeIPv4',
    178: 'icmpTypeIPv6',
    179: 'icmpCodeIPv6',
    180: 'udpSourcePort',
    181: 'udpDestinationPort',
    182: 'tcpSourcePort',
    183: 'tcpDestinationPort',
    192: 'ipTTL',
    195: 'ipDiffServCodePoint',
    224: 'ipTotalLength',
    227: 'postNAPTSourceTransportPort',
    228: 'postNAPTDestinationTransportPort',
    229: 'natOriginatingAddressRealm',
    230: 'natEvent',
    231: 'initiatorOctets',
    232: 'responderOctets',
    233: 'firewallEvent',
    234: 'ingressVRFID',
    235: 'egressVRFID',
    239: 'biflowDirection',
    243: 'dot1qVlanId',
    256: 'ethernetType',
    298: 'initiatorPackets',
    299: 'responderPackets',
    305: 'samplingPacketInterval',
  },
  ipv4: {
    8: 'sourceIPv4Address',
    12: 'destinationIPv4Address',
    15: 'ipNextHopIPv4Address',
    18: 'bgpNextHopIPv4Address',
    130: 'exporterIPv4Address',
    225: 'postNATSourceIPv4Address',
    226: 'postNATDestinationIPv4Address',
  },
  ipv6: {
    27: 'sourceIPv6Address',
    28: 'destinationIPv6Address',
    62: 'ipNextHopIPv6Address',
    63: 'bgpNextHopIPv6Address',
    131: 'exporterIPv6Address',
    281: 'postNATSourceIPv6Address',
    282: 'postNATDestinationIPv6Address',
  },
  mac: {
    56: 'sourceMacAddress',
    57: 'postDestinationMacAddress',
    80: 'destinationMacAddress',
    81: 'postSourceMacAddress',
  },
  text: {
    82: 'interfaceName',
    83: 'interfaceDescription',
    84: 'samplerName',
    94: 'applicationDescription',
    96: 'applicationName',
    371: 'userName',
    460: 'httpRequestHost',
    461: 'httpRequestMethod',
    462: 'httpRequestTarget',
  },
  seconds: { 150: 'flowStartSeconds', 151: 'flowEndSeconds', 322: 'observationTimeSeconds' },
  milliseconds: {
    152: 'flowStartMilliseconds',
    153: 'flowEndMilliseconds',
    160: 'systemInitTimeMilliseconds',
    323: 'observationTimeMilliseconds',
  },
  ntp: {
    154: 'flowStartMicroseconds',
    155: 'flowEndMicroseconds',
    156: 'flowStartNanoseconds',
    157: 'flowEndNanoseconds',
    324: 'observationTimeMicroseconds',
    325: 'observationTimeNanoseconds',
  },
  flag: { 276: 'dataRecordsReliability' },
  bytes: {},
};

const isType = (type: string): type is ElementType => type in BY_TYPE;

const ELEMENTS: ReadonlyMap<number, Element> = new Map(
  Object.entries(BY_TYPE).flatMap(([type, names]) =>
    Object.entries(names).map(([id, name]): [number, Element] => [
      Number(id),
      { name, type: isType(type) ? type : 'bytes' },
    ]),
  ),
);

/** RFC 5103: the same elements for the other direction of a flow. */
const REVERSE = 29_305;

/** What an element is called and how it is read; one we do not know keeps its number and its bytes in hexadecimal. */
export function elementOf(id: number, enterprise: number): Element {
  const known = enterprise === 0 || enterprise === REVERSE ? ELEMENTS.get(id) : undefined;
  if (known === undefined) return { name: enterprise === 0 ? `ie${id}` : `ie${enterprise}_${id}`, type: 'bytes' };
  if (enterprise === 0) return known;
  return { ...known, name: `reverse${known.name.charAt(0).toUpperCase()}${known.name.slice(1)}` };
}
