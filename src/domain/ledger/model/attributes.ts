import type { Title } from '#engine/workflow/workflow.ts';
import type { Attribute, AttributeType, Choice } from './attribute.ts';

/** Every attribute that a class can have, by its key. */

type More = Omit<Attribute, 'key' | 'title' | 'type'>;

const attribute = (key: string, type: AttributeType, zh: string, en: string, more: More = {}): Attribute => ({
  key,
  type,
  title: { zh, en },
  ...more,
});

const choices = (...all: readonly (readonly [string, string, string])[]): readonly Choice[] =>
  all.map(([value, zh, en]) => ({ value, title: { zh, en } }));

const both = (zh: string, en: string): Title => ({ zh, en });
const GB = both('GB', 'GB');

/** Who reaches a service: the choices of the attribute `exposure`. */
export const EXPOSURES = ['internet', 'extranet', 'unit', 'none'] as const;

/** The choices of the attribute `zone` of a segment. */
export const NETWORK_ZONES = ['extranet', 'internet', 'cloud', 'unit', 'special'] as const;

const FORM_2025 = '公网安〔2025〕1846号';
const GRADED_PROTECTION = 'GB/T 22239-2019';
const CRYPTO = 'GB/T 39786-2021';
const DATA_GRADES = 'GB/T 43697-2024';

const FILING: readonly Attribute[] = [
  attribute('filingFormVersion', 'choice', '备案表版本', 'Version of the filing form', {
    choices: choices(
      ['2025', '2025 版', '2025 form'],
      ['earlier', '2025 年以前版本', 'Before 2025'],
      ['none', '未备案', 'Not filed'],
    ),
    headings: ['备案模板版本', '备案版本'],
    source: FORM_2025,
  }),
  attribute('filedOn', 'date', '备案日期', 'Filed on', { headings: ['备案时间', '等保备案日期'] }),
  attribute('filingOrgan', 'text', '受理公安机关', 'Accepted by', { headings: ['备案机关', '受理备案机关'] }),
  attribute('lastAssessedOn', 'date', '上次测评日期', 'Last assessed on', {
    headings: ['最近测评日期', '等保测评日期', '测评时间'],
    source: GRADED_PROTECTION,
  }),
  attribute('assessmentResult', 'choice', '测评结论', 'Result of the assessment', {
    choices: choices(
      ['conforms', '符合', 'Conforms'],
      ['mostly', '基本符合', 'Mostly conforms'],
      ['fails', '不符合', 'Does not conform'],
      ['excellent', '优', 'Excellent'],
      ['good', '良', 'Good'],
      ['fair', '中', 'Fair'],
      ['poor', '差', 'Poor'],
    ),
    headings: ['等保测评结论'],
    hint: both('按测评报告填写；新旧报告模板的结论用语不同。', 'As in the report; the words changed with its form.'),
  }),
  attribute('nextAssessmentOn', 'date', '下次测评日期', 'Next assessment due', {
    headings: ['下次测评时间', '测评到期日', '等保到期时间'],
    hint: both('三级系统每年至少一次。', 'At least once a year at level 3.'),
    source: GRADED_PROTECTION,
  }),
  attribute('cryptoAssessment', 'choice', '密评结果', 'Cryptography assessment', {
    choices: choices(
      ['not_needed', '不涉及', 'Not needed'],
      ['planned', '待测评', 'Planned'],
      ['passed', '密评符合', 'Passed'],
      ['mostly', '密评基本符合', 'Mostly passed'],
      ['failed', '密评不符合', 'Failed'],
    ),
    headings: ['密评', '密评结论', '密码应用安全性评估'],
    source: CRYPTO,
  }),
  attribute('cryptoAssessedOn', 'date', '密评日期', 'Cryptography assessed on', {
    headings: ['密评时间'],
    source: CRYPTO,
  }),
  attribute('dataInventory', 'choice', '数据摸底状态', 'Inventory of data', {
    choices: choices(['none', '未开展', 'Not begun'], ['ongoing', '进行中', 'Going on'], ['done', '已完成', 'Done']),
    source: '公网安〔2025〕1001号',
  }),
];

const LIFE: readonly Attribute[] = [
  attribute('deployment', 'choice', '部署方式', 'Deployment', {
    choices: choices(
      ['gov_cloud', '政务云', 'Government cloud'],
      ['own_room', '自建机房', 'Own machine room'],
      ['public_cloud', '公有云', 'Public cloud'],
      ['mixed', '混合', 'Mixed'],
    ),
  }),
  attribute('internetFacing', 'boolean', '互联网可访问', 'Reachable from the internet', {
    headings: ['是否互联网暴露', '互联网暴露', '是否对外服务'],
  }),
  attribute('onlineOn', 'date', '上线日期', 'In service since', { headings: ['上线时间', '投运时间', '启用日期'] }),
  attribute('users', 'integer', '用户数', 'Users', { unit: both('人', 'people') }),
  attribute('business', 'text', '业务说明', 'What it is for', { headings: ['业务类型', '用途', '系统功能'] }),
  attribute('developer', 'text', '开发单位', 'Developed by', { headings: ['承建单位', '建设单位', '开发商'] }),
  attribute('maintainer', 'text', '运维服务商', 'Maintained by', { headings: ['运维厂商', '服务商'] }),
];

const SITE: readonly Attribute[] = [
  attribute('homePage', 'text', '首页地址', 'Home page', { headings: ['首页网址'] }),
  attribute('siteType', 'choice', '站点类型', 'Type of site', {
    choices: choices(
      ['portal', '门户网站', 'Portal'],
      ['business', '业务网站', 'Business site'],
      ['mini_program', '小程序', 'Mini program'],
      ['app', '移动应用', 'Mobile app'],
      ['account', '公众号', 'Official account'],
    ),
  }),
  attribute('siteCode', 'text', '政府网站标识码', 'Government site code', { headings: ['网站标识码', '标识码'] }),
  attribute('icpNumber', 'text', 'ICP备案号', 'ICP number', { headings: ['icp备案', 'icp', '工信部备案号'] }),
  attribute('icpHolder', 'text', 'ICP备案主体', 'ICP filed by', { headings: ['备案主体', '主办单位'] }),
  attribute('policeFiling', 'text', '公安联网备案号', 'Police filing number', { headings: ['公安备案号'] }),
  attribute('registrar', 'text', '域名注册商', 'Registrar'),
  attribute('domainExpiresOn', 'date', '域名到期日', 'Domain expires on', { headings: ['域名到期时间'] }),
  attribute('ipv6', 'boolean', '支持IPv6', 'Serves IPv6'),
];

const MACHINE: readonly Attribute[] = [
  attribute('form', 'choice', '主机形态', 'Form', {
    choices: choices(
      ['physical', '物理机', 'Physical'],
      ['vm', '虚拟机', 'Virtual'],
      ['container', '容器', 'Container'],
    ),
    headings: ['形态', '服务器类型'],
  }),
  attribute('os', 'text', '操作系统', 'Operating system', { headings: ['os', '系统版本', '操作系统版本'] }),
  attribute('cpuCores', 'integer', 'CPU核数', 'CPU cores', { headings: ['cpu', 'vcpu'], max: 100_000 }),
  attribute('memoryGb', 'number', '内存', 'Memory', { unit: GB, headings: ['内存大小', '内存(gb)'] }),
  attribute('diskGb', 'number', '磁盘', 'Disk', { unit: GB, headings: ['磁盘容量', '存储', '硬盘'] }),
  attribute('serialNumber', 'text', '序列号', 'Serial number', { headings: ['sn', '设备序列号', '出厂编号'] }),
  attribute('machineId', 'text', '硬件UUID', 'Hardware UUID', { headings: ['uuid', '主板uuid'] }),
  attribute('macs', 'list', 'MAC地址', 'MAC addresses', { headings: ['mac', '物理地址', '网卡地址'] }),
  attribute('cloudPlatform', 'text', '云平台', 'Cloud platform', { headings: ['所属云平台', '云服务商'] }),
  attribute('cloudInstance', 'text', '云实例ID', 'Cloud instance', { headings: ['实例id', '云主机id'] }),
  attribute('cluster', 'text', '集群', 'Cluster', { headings: ['容器集群', '所属集群'] }),
  attribute('agent', 'text', '安全代理', 'Security agent', { headings: ['主机安全', 'edr', '安全客户端'] }),
  attribute('patchedOn', 'date', '最近补丁日期', 'Last patched on'),
  attribute('warrantyUntil', 'date', '维保到期日', 'Warranty until', {
    headings: ['维保到期', '质保到期', '保修期至'],
  }),
];

const DEVICE: readonly Attribute[] = [
  attribute('deviceType', 'choice', '网络设备类型', 'Type of device', {
    choices: choices(
      ['switch', '交换机', 'Switch'],
      ['router', '路由器', 'Router'],
      ['balancer', '负载均衡', 'Load balancer'],
      ['wireless', '无线设备', 'Wireless'],
      ['other', '其他网络设备', 'Other'],
    ),
  }),
  attribute('securityType', 'choice', '安全设备类型', 'Type of security device', {
    choices: choices(
      ['firewall', '防火墙', 'Firewall'],
      ['waf', 'WAF', 'Web application firewall'],
      ['ips', '入侵防御', 'Intrusion prevention'],
      ['ids', '入侵检测', 'Intrusion detection'],
      ['probe', '流量探针', 'Traffic probe'],
      ['vpn', 'VPN', 'VPN'],
      ['bastion', '堡垒机', 'Bastion'],
      ['audit', '审计设备', 'Audit'],
      ['crypto', '密码设备', 'Cryptographic device'],
      ['other', '其他安全设备', 'Other'],
    ),
  }),
  attribute('firmware', 'text', '软件版本', 'Firmware', { headings: ['固件版本', '系统软件版本'] }),
  attribute('managementAddress', 'text', '管理地址', 'Management address'),
  attribute('rulesUpdatedOn', 'date', '特征库更新日期', 'Signatures updated on', { headings: ['规则库更新时间'] }),
  attribute('licenceUntil', 'date', '授权到期日', 'Licence until', {
    headings: ['授权到期', '许可到期', '特征库到期'],
  }),
  attribute('salesPermit', 'text', '安全专用产品证书', 'Product certificate', { headings: ['销售许可证'] }),
];

const ENDPOINT: readonly Attribute[] = [
  attribute('endpointType', 'choice', '终端类型', 'Type of endpoint', {
    choices: choices(
      ['desktop', '台式机', 'Desktop'],
      ['laptop', '笔记本', 'Laptop'],
      ['mobile', '移动终端', 'Mobile'],
      ['printer', '打印机', 'Printer'],
      ['camera', '摄像头', 'Camera'],
      ['iot', '物联网设备', 'Internet of things'],
      ['kiosk', '自助终端', 'Kiosk'],
      ['other', '其他终端', 'Other'],
    ),
  }),
  attribute('user', 'text', '使用人', 'Used by person', { headings: ['使用者', '保管人', '领用人'] }),
  attribute('department', 'text', '使用处室', 'Department', { headings: ['部门', '处室', '科室'] }),
  attribute('domestic', 'boolean', '信创设备', 'Domestic platform', { headings: ['是否信创'] }),
  attribute('diskEncrypted', 'boolean', '磁盘加密', 'Disk encrypted'),
];

const INTERFACES: readonly Attribute[] = [
  attribute('port', 'integer', '端口', 'Port', { max: 65_535, headings: ['服务端口', '端口号'] }),
  attribute('transport', 'choice', '传输协议', 'Transport', {
    choices: choices(['tcp', 'TCP', 'TCP'], ['udp', 'UDP', 'UDP']),
  }),
  attribute('application', 'text', '应用协议', 'Application protocol', { headings: ['服务', '服务名称', '协议'] }),
  attribute('version', 'text', '版本', 'Version', { headings: ['服务版本', '中间件版本'] }),
  attribute('exposure', 'choice', '暴露范围', 'Exposed to', {
    choices: choices(
      ['internet', '互联网', 'Internet'],
      ['extranet', '政务外网', 'Government extranet'],
      ['unit', '本单位内网', 'The unit'],
      ['none', '不开放', 'Nobody'],
    ),
  }),
  attribute('encrypted', 'boolean', '加密传输', 'Encrypted', { headings: ['是否https', 'tls'] }),
  attribute('tlsVersions', 'list', 'SSL/TLS版本', 'SSL and TLS versions', { headings: ['tls版本', 'ssl版本'] }),
  attribute('path', 'text', '接口路径', 'Path', { headings: ['接口地址', 'api路径', 'uri'] }),
  attribute('methods', 'choices', '请求方法', 'Methods', {
    choices: choices(...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((name) => [name, name, name] as const)),
  }),
  attribute('gateway', 'text', '接口网关', 'Gateway'),
  attribute('authentication', 'choice', '认证方式', 'Authentication', {
    choices: choices(
      ['none', '无认证', 'None'],
      ['key', '密钥', 'Key'],
      ['token', '令牌', 'Token'],
      ['certificate', '客户端证书', 'Client certificate'],
      ['session', '登录会话', 'Session'],
    ),
    source: 'GB/T 46796-2025',
  }),
  attribute('callers', 'list', '调用方', 'Callers', { headings: ['调用单位', '调用系统'] }),
  attribute('sensitiveFields', 'list', '敏感字段', 'Sensitive fields', {
    source: 'GB/T 46796-2025',
    headings: ['返回敏感字段'],
  }),
];

const DATA: readonly Attribute[] = [
  attribute('dataTypes', 'choices', '数据类别', 'Types of data', {
    choices: choices(
      ['personal', '个人信息', 'Personal information'],
      ['sensitive', '敏感个人信息', 'Sensitive personal information'],
      ['public', '公共管理和服务', 'Public administration'],
      ['geographic', '地理信息', 'Geographic'],
      ['business', '业务数据', 'Business'],
      ['operation', '运维日志', 'Operation logs'],
    ),
    headings: ['数据类型', '数据分类'],
    source: DATA_GRADES,
  }),
  attribute('dataForm', 'choice', '数据形态', 'Form of data', {
    choices: choices(
      ['table', '库表', 'Table'],
      ['file', '文件', 'File'],
      ['object', '对象存储', 'Object store'],
      ['interface', '接口', 'Interface'],
    ),
  }),
  attribute('records', 'integer', '数据量', 'Records', {
    unit: both('条', 'records'),
    headings: ['记录数', '数据条数', '数据规模'],
  }),
  attribute('persons', 'integer', '涉及人数', 'Persons', { unit: both('人', 'people'), headings: ['个人信息人数'] }),
  attribute('volumeGb', 'number', '存储量', 'Volume', { unit: GB, headings: ['存储容量', '数据容量'] }),
  attribute('storedAt', 'text', '数据存放位置', 'Where the data lies', {
    headings: ['存储位置', '所在数据库', '数据库地址'],
  }),
  attribute('catalogue', 'text', '数据目录编号', 'Catalogue number', { headings: ['目录编号', '资源目录编码'] }),
  attribute('sharing', 'choice', '共享属性', 'Sharing', {
    choices: choices(
      ['open', '无条件共享', 'Unconditional'],
      ['conditional', '有条件共享', 'Conditional'],
      ['none', '不予共享', 'None'],
    ),
  }),
  attribute('crossBorder', 'boolean', '涉及出境', 'Leaves the country'),
];

const NETWORK: readonly Attribute[] = [
  attribute('zone', 'choice', '网络区域', 'Network zone', {
    choices: choices(
      ['extranet', '政务外网', 'Government extranet'],
      ['internet', '互联网', 'Internet'],
      ['cloud', '云内网络', 'Cloud network'],
      ['unit', '单位内网', 'Network of the unit'],
      ['special', '业务专网', 'Special network'],
    ),
    headings: ['所属网络', '网络类型'],
  }),
  attribute('vlan', 'integer', 'VLAN', 'VLAN', { max: 4094, headings: ['vlanid'] }),
  attribute('dynamic', 'boolean', '动态分配', 'Assigned dynamically', { headings: ['dhcp'] }),
  attribute('purpose', 'text', '网段用途', 'Purpose'),
  attribute('lineType', 'choice', '线路类型', 'Type of line', {
    choices: choices(
      ['private', '专线', 'Private line'],
      ['internet', '互联网出口', 'Internet exit'],
      ['vpn', 'VPN线路', 'VPN'],
    ),
  }),
  attribute('carrier', 'text', '运营商', 'Carrier'),
  attribute('bandwidthMbps', 'integer', '带宽', 'Bandwidth', { unit: both('Mbps', 'Mbps') }),
  attribute('circuit', 'text', '线路编号', 'Circuit number', { headings: ['专线号'] }),
  attribute('contractUntil', 'date', '合同到期日', 'Contract until'),
];

const CERTIFICATE: readonly Attribute[] = [
  attribute('subject', 'text', '证书主体', 'Subject', { headings: ['使用者名称', 'cn'] }),
  attribute('issuer', 'text', '颁发机构', 'Issuer', { headings: ['颁发者', 'ca'] }),
  attribute('validFrom', 'date', '生效日期', 'Valid from'),
  attribute('validUntil', 'date', '证书到期日', 'Valid until', { headings: ['有效期至', '到期日期', '证书有效期'] }),
  attribute('algorithm', 'text', '算法', 'Algorithm'),
  attribute('fingerprint', 'text', '证书指纹', 'Fingerprint', { headings: ['指纹', 'sha256'] }),
];

const ACCOUNT: readonly Attribute[] = [
  attribute('accountName', 'text', '账号名', 'Account name', { headings: ['账号', '用户名', '登录名'] }),
  attribute('accountType', 'choice', '账号类型', 'Type of account', {
    choices: choices(
      ['admin', '管理账号', 'Administrator'],
      ['service', '服务账号', 'Service'],
      ['person', '个人账号', 'Person'],
      ['shared', '共用账号', 'Shared'],
    ),
  }),
  attribute('privileged', 'boolean', '特权账号', 'Privileged'),
  attribute('secondFactor', 'boolean', '双因素认证', 'Second factor', { headings: ['mfa', '多因素'] }),
  attribute('passwordChangedOn', 'date', '口令更换日期', 'Password changed on'),
  attribute('lastUsedOn', 'date', '最近使用日期', 'Last used on'),
];

export const ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map(
  [FILING, LIFE, SITE, MACHINE, DEVICE, ENDPOINT, INTERFACES, DATA, NETWORK, CERTIFICATE, ACCOUNT]
    .flat()
    .map((one) => [one.key, one]),
);
