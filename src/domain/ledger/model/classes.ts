import type { Title } from '#engine/workflow/workflow.ts';
import type { Attribute } from './attribute.ts';
import { ATTRIBUTES } from './attributes.ts';

/** 云、网、端、应用、数据. */
export const ASSET_KINDS = ['cloud', 'network', 'endpoint', 'application', 'data'] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

/** The classes of assets. A class lies under one of the five kinds of the policy, a few may lie under several. */
export const ASSET_CLASSES = [
  'system',
  'site',
  'service',
  'api',
  'host',
  'network_device',
  'security_device',
  'endpoint',
  'data',
  'certificate',
  'segment',
  'line',
  'account',
] as const;
export type AssetClass = (typeof ASSET_CLASSES)[number];

/** Classes of what has a network card of its own. */
export const MACHINE_CLASSES: readonly AssetClass[] = ['host', 'network_device', 'security_device', 'endpoint'];
const machines: ReadonlySet<string> = new Set(MACHINE_CLASSES);

/** Whether assets of the class are machines, and not what stands on one. */
export const isMachine = (name: string): boolean => machines.has(name);

/** What every asset may have besides its name and that a class uses: the form and the template show only these. */
export const SHARED_FIELDS = [
  'importance',
  'protectionLevel',
  'filingNumber',
  'criticalInfrastructure',
  'dataGrade',
  'product',
  'location',
  'addresses',
  'hosts',
  'domains',
  'segments',
] as const;
type SharedField = (typeof SHARED_FIELDS)[number];

export interface ClassDefinition {
  readonly class: AssetClass;
  readonly title: Title;
  readonly hint: Title;
  /** The first is taken where nobody says otherwise. */
  readonly kinds: readonly [AssetKind, ...AssetKind[]];
  readonly shared: readonly SharedField[];
  readonly attributes: readonly string[];
  /** The attribute that says by when it has to be looked after. */
  readonly due?: string;
  /** What people write in the column of types of a sheet, as patterns over the plain text. */
  readonly words: RegExp;
}

const SYSTEM_FIELDS = ['importance', 'protectionLevel', 'filingNumber', 'criticalInfrastructure'] as const;
const LIFE = ['deployment', 'internetFacing', 'onlineOn', 'business', 'developer', 'maintainer'];

const CLASSES: readonly ClassDefinition[] = [
  {
    class: 'system',
    title: { zh: '信息系统', en: 'Information system' },
    hint: { zh: '等级保护的定级对象：业务系统、平台', en: 'What is graded: business systems and platforms' },
    kinds: ['application', 'cloud'],
    shared: [...SYSTEM_FIELDS, 'product', 'location', 'addresses', 'hosts', 'domains'],
    attributes: [
      'filingFormVersion',
      'filedOn',
      'filingOrgan',
      'lastAssessedOn',
      'assessmentResult',
      'nextAssessmentOn',
      'cryptoAssessment',
      'cryptoAssessedOn',
      'dataInventory',
      ...LIFE,
      'users',
    ],
    due: 'nextAssessmentOn',
    words: /^(application|app|system|应用.*|.*系统|.*平台)$/,
  },
  {
    class: 'site',
    title: { zh: '网站与域名', en: 'Site or domain' },
    hint: { zh: '网站、域名、小程序、公众号及其备案', en: 'Sites, domains, mini programs and their filings' },
    kinds: ['application', 'network'],
    shared: ['importance', 'domains', 'addresses'],
    attributes: [
      'siteType',
      'homePage',
      'siteCode',
      'icpNumber',
      'icpHolder',
      'policeFiling',
      'registrar',
      'domainExpiresOn',
      'ipv6',
      'deployment',
      'maintainer',
    ],
    due: 'domainExpiresOn',
    words: /^(site|网站.*|门户.*|域名.*|小程序|公众号|移动应用|网址)$/,
  },
  {
    class: 'service',
    title: { zh: '网络服务', en: 'Service' },
    hint: { zh: '地址上的一个端口', en: 'A port of an address' },
    kinds: ['application', 'network'],
    shared: ['product', 'addresses', 'domains'],
    attributes: ['port', 'transport', 'application', 'version', 'exposure', 'encrypted', 'tlsVersions'],
    words: /^(service|服务|网络服务|端口.*|中间件)$/,
  },
  {
    class: 'api',
    title: { zh: '数据接口', en: 'Interface' },
    hint: { zh: '对外提供数据的接口', en: 'An interface that gives data to others' },
    kinds: ['application', 'data'],
    shared: ['importance', 'dataGrade', 'domains', 'hosts', 'addresses'],
    attributes: [
      'path',
      'methods',
      'gateway',
      'authentication',
      'callers',
      'sensitiveFields',
      'exposure',
      'encrypted',
      'onlineOn',
    ],
    words: /^(api|接口.*|数据接口)$/,
  },
  {
    class: 'host',
    title: { zh: '主机', en: 'Host' },
    hint: { zh: '物理机、虚拟机、容器', en: 'Physical or virtual machines and containers' },
    kinds: ['cloud', 'endpoint'],
    shared: ['importance', 'product', 'location', 'hosts', 'addresses'],
    attributes: [
      'form',
      'os',
      'cpuCores',
      'memoryGb',
      'diskGb',
      'serialNumber',
      'machineId',
      'macs',
      'cloudPlatform',
      'cloudInstance',
      'cluster',
      'agent',
      'patchedOn',
      'warrantyUntil',
    ],
    due: 'warrantyUntil',
    words: /^(host|server|cloud|vm|云.*|虚拟机|虚机|容器|对象存储|主机|服务器.*|物理机)$/,
  },
  {
    class: 'network_device',
    title: { zh: '网络设备', en: 'Network device' },
    hint: { zh: '交换机、路由器、负载均衡', en: 'Switches, routers and load balancers' },
    kinds: ['network'],
    shared: ['importance', 'product', 'location', 'hosts', 'addresses'],
    attributes: ['deviceType', 'serialNumber', 'macs', 'firmware', 'managementAddress', 'warrantyUntil'],
    due: 'warrantyUntil',
    words: /^(network|网络|网络设备|网络.*|交换机|路由器|负载均衡|网|出口)$/,
  },
  {
    class: 'security_device',
    title: { zh: '安全设备', en: 'Security device' },
    hint: { zh: '防火墙、探针、堡垒机等', en: 'Firewalls, probes, bastions' },
    kinds: ['network'],
    shared: ['importance', 'product', 'location', 'hosts', 'addresses'],
    attributes: [
      'securityType',
      'serialNumber',
      'macs',
      'firmware',
      'managementAddress',
      'rulesUpdatedOn',
      'licenceUntil',
      'salesPermit',
    ],
    due: 'licenceUntil',
    words: /^(安全设备|防火墙|waf|ips|ids|探针|堡垒机|vpn|审计设备|安全.*)$/,
  },
  {
    class: 'endpoint',
    title: { zh: '终端', en: 'Endpoint' },
    hint: { zh: '办公终端、打印机、摄像头、物联网设备', en: 'Office machines, printers, cameras, things' },
    kinds: ['endpoint'],
    shared: ['product', 'location', 'hosts', 'addresses'],
    attributes: [
      'endpointType',
      'user',
      'department',
      'os',
      'serialNumber',
      'macs',
      'domestic',
      'diskEncrypted',
      'agent',
    ],
    words: /^(endpoint|pc|端|终端.*|计算机|台式机|笔记本.*|打印机|摄像头|物联网.*|办公.*)$/,
  },
  {
    class: 'data',
    title: { zh: '数据资产', en: 'Data asset' },
    hint: { zh: '数据库、库表、文件及其分类分级', en: 'Databases, tables and files with their grade' },
    kinds: ['data'],
    shared: ['importance', 'protectionLevel', 'dataGrade', 'product', 'location', 'hosts', 'addresses'],
    attributes: [
      'dataTypes',
      'dataForm',
      'records',
      'persons',
      'volumeGb',
      'storedAt',
      'catalogue',
      'sharing',
      'crossBorder',
    ],
    words: /^(data|数据.*|库表|数据库.*)$/,
  },
  {
    class: 'certificate',
    title: { zh: '证书', en: 'Certificate' },
    hint: { zh: '站点和服务的数字证书', en: 'Certificates of sites and services' },
    kinds: ['application', 'network'],
    shared: ['domains'],
    attributes: ['subject', 'issuer', 'validFrom', 'validUntil', 'algorithm', 'serialNumber', 'fingerprint'],
    due: 'validUntil',
    words: /^(certificate|证书|数字证书|.*证书)$/,
  },
  {
    class: 'segment',
    title: { zh: '网段', en: 'Segment' },
    hint: { zh: '地址段，其中的地址随它确定责任', en: 'A range; its addresses take its responsibility' },
    kinds: ['network'],
    shared: ['segments', 'location'],
    attributes: ['zone', 'vlan', 'dynamic', 'purpose', 'gateway'],
    words: /^(segment|网段|ip|ip段|地址段)$/,
  },
  {
    class: 'line',
    title: { zh: '线路', en: 'Line' },
    hint: { zh: '专线、互联网出口', en: 'Private lines and internet exits' },
    kinds: ['network'],
    shared: ['importance', 'location', 'addresses'],
    attributes: ['lineType', 'carrier', 'bandwidthMbps', 'circuit', 'contractUntil'],
    due: 'contractUntil',
    words: /^(line|线路|专线|.*出口|带宽)$/,
  },
  {
    class: 'account',
    title: { zh: '账号', en: 'Account' },
    hint: { zh: '管理账号、服务账号、共用账号', en: 'Administrators, services, shared accounts' },
    kinds: ['application', 'cloud', 'network', 'endpoint', 'data'],
    shared: [],
    attributes: ['accountName', 'accountType', 'privileged', 'secondFactor', 'passwordChangedOn', 'lastUsedOn'],
    words: /^(account|账号|账户|帐号|特权账号)$/,
  },
];

const BY_CLASS: ReadonlyMap<AssetClass, ClassDefinition> = new Map(CLASSES.map((one) => [one.class, one]));

/** @throws Error for a class that is not in the table, which the types exclude */
export function definitionOf(name: AssetClass): ClassDefinition {
  const found = BY_CLASS.get(name);
  if (found === undefined) throw new Error(`no class ${name}`);
  return found;
}

/** The built-in attributes of a class, in the order of its form. */
export const attributesOf = (name: AssetClass): Attribute[] =>
  definitionOf(name).attributes.flatMap((key) => ATTRIBUTES.get(key) ?? []);

const BY_KEY = new Map<AssetClass, ReadonlyMap<string, Attribute>>();

/** The attributes of a class by key. Asked for every row of a sheet. @param own those that centres added */
export function attributesByKey(name: AssetClass, own: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  const byKey = (all: readonly Attribute[]) => all.map((one) => [one.key, one] as const);
  const known = BY_KEY.get(name) ?? new Map(byKey(attributesOf(name)));
  BY_KEY.set(name, known);
  return own.length === 0 ? known : new Map([...known, ...byKey(own)]);
}

const CLASS_OF_KIND = {
  application: 'system',
  cloud: 'host',
  network: 'network_device',
  endpoint: 'endpoint',
  data: 'data',
} as const satisfies Record<AssetKind, AssetClass>;

/**
 * Class and kind of an asset of which only one, or none, was said. A kind that the class cannot lie under gives way.
 *
 * @param hints what else is known of it, for one of which neither was said
 */
export function settleClass(
  said: { readonly class?: AssetClass | undefined; readonly kind?: AssetKind | undefined },
  hints: { readonly domains: readonly string[]; readonly segments: readonly string[] },
): { readonly class: AssetClass; readonly kind: AssetKind } {
  const guess = hints.segments.length > 0 ? 'segment' : hints.domains.length > 0 ? 'system' : 'endpoint';
  const ofKind =
    said.kind === 'network' && hints.segments.length > 0 ? 'segment' : said.kind && CLASS_OF_KIND[said.kind];
  const found = said.class ?? ofKind ?? guess;
  const { kinds } = definitionOf(found);
  return { class: found, kind: said.kind !== undefined && kinds.includes(said.kind) ? said.kind : kinds[0] };
}

/** The class that a word of a sheet means. */
export function classOfWord(plainText: string): AssetClass | undefined {
  const exact = CLASSES.find(({ class: name, title }) => plainText === name || plainText === title.zh);
  return (exact ?? CLASSES.find(({ words }) => words.test(plainText)))?.class;
}
