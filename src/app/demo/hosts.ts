/** The machines of the synthetic region that send telemetry, each with the source its lines come in. */
export interface DemoSource {
  readonly key: string;
  readonly name: string;
  /** Code of the unit it belongs to. */
  readonly unit: string;
  /** Folder of `content/sources`. */
  readonly kind: string;
  readonly via: 'http' | 'tcp' | 'udp';
  /** Loopback address it sends from, which is how a syslog sender is told from another. */
  readonly sender?: string;
}

const source = (key: string, unit: string, kind: string, name: string, sender?: string): DemoSource =>
  sender === undefined
    ? { key, unit, kind, name, via: 'http' }
    : { key, unit, kind, name, via: kind === 'huawei-usg' ? 'udp' : 'tcp', sender };

export const SOURCES: readonly DemoSource[] = [
  source('hr-web', 'nn-hr', 'nginx-access', '南宁人社门户网站访问日志'),
  source('hr-linux', 'nn-hr', '', '南宁人社门户服务器系统日志', '127.0.7.11'),
  source('hr-windows', 'nn-hr', 'microsoft-windows', '南宁人社业务服务器安全日志'),
  source('health-api', 'nn-health', 'tongan-api', '南宁卫健数据接口网关'),
  source('edu-ids', 'nn-edu', 'suricata-eve', '南宁教育流量探针'),
  source('region-firewall', 'gx-centre', 'huawei-usg', '政务外网出口防火墙', '127.0.7.12'),
  source('lz-linux', 'lz-transport', '', '柳州交通业务主机', '127.0.7.13'),
  source('lz-web', 'lz-housing', 'nginx-access', '柳州住建网站访问日志'),
  source('gl-web', 'gl-culture', 'nginx-access', '桂林文旅网站访问日志'),
  source('bh-linux', 'bh-water', '', '北海水利业务主机', '127.0.7.14'),
];

/** What the ledger knows of the region: name, unit and where it is found. */
export const ASSETS = [
  {
    unit: 'nn-hr',
    kind: 'application',
    name: '人社门户网站',
    code: 'NN-HR-APP-01',
    importance: 'important',
    protectionLevel: 3,
    domains: ['rs.nanning.demo'],
    hosts: ['hr-portal-01'],
    addresses: ['10.71.10.21'],
  },
  {
    unit: 'nn-hr',
    kind: 'endpoint',
    name: '人社业务服务器',
    code: 'NN-HR-SRV-02',
    importance: 'important',
    protectionLevel: 3,
    hosts: ['HR-APP-02'],
    addresses: ['10.71.10.22'],
  },
  {
    unit: 'nn-health',
    kind: 'data',
    name: '居民健康档案查询接口',
    code: 'NN-HE-API-01',
    importance: 'especially_important',
    protectionLevel: 3,
    dataGrade: 'important',
    hosts: ['api-gw-01'],
    addresses: ['10.73.10.31'],
  },
  {
    unit: 'nn-edu',
    kind: 'network',
    name: '教育专网流量探针',
    code: 'NN-EDU-NET-01',
    importance: 'general',
    protectionLevel: null,
    hosts: ['edu-ids-01'],
    addresses: ['10.72.10.11'],
  },
  {
    unit: 'gx-centre',
    kind: 'network',
    name: '政务外网出口防火墙',
    code: 'GX-NET-FW-01',
    importance: 'especially_important',
    protectionLevel: 3,
    hosts: ['GX-FW-01'],
    addresses: ['10.70.0.1'],
  },
  {
    unit: 'lz-transport',
    kind: 'cloud',
    name: '交通业务云主机',
    code: 'LZ-TR-VM-01',
    importance: 'important',
    protectionLevel: 2,
    hosts: ['lz-traffic-01'],
    addresses: ['10.81.10.21'],
  },
  {
    unit: 'lz-housing',
    kind: 'application',
    name: '住建网站',
    code: 'LZ-HO-APP-01',
    importance: 'general',
    protectionLevel: 2,
    domains: ['zj.liuzhou.demo'],
    hosts: ['lz-web-01'],
    addresses: ['10.81.10.41'],
  },
  {
    unit: 'gl-culture',
    kind: 'application',
    name: '文旅网站',
    code: 'GL-CU-APP-01',
    importance: 'general',
    protectionLevel: 2,
    domains: ['wl.guilin.demo'],
    hosts: ['gl-web-01'],
    addresses: ['10.82.10.41'],
  },
  {
    unit: 'bh-water',
    kind: 'cloud',
    name: '水利监测云主机',
    code: 'BH-WA-VM-01',
    importance: 'important',
    protectionLevel: 3,
    hosts: ['bh-water-01'],
    addresses: ['10.85.10.21'],
  },
] as const;
