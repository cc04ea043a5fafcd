import { applyRules, createAsset, relateAssets, startCampaign } from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import { UNITS } from './region.ts';

/** The ledger of the synthetic region: for each unit systems with what they stand on, some well kept and some not. */

type Asset = Omit<Parameters<typeof createAsset>[1], 'unitPath'>;

interface Plan {
  readonly unit: string;
  readonly business: string;
  /** Second and third part of its addresses. */
  readonly network: string;
  /** How well the unit keeps its ledger: 0 leaves most open, 2 is exemplary. */
  readonly care: 0 | 1 | 2;
  readonly person: string;
}

const PLANS: readonly Plan[] = [
  { unit: 'nn-hr', business: '社会保险业务', network: '71.20', care: 1, person: '韦一' },
  { unit: 'nn-health', business: '居民健康档案', network: '73.20', care: 2, person: '覃二' },
  { unit: 'nn-edu', business: '学籍管理', network: '72.20', care: 0, person: '黄三' },
  { unit: 'lz-transport', business: '交通运行监测', network: '81.20', care: 1, person: '莫四' },
  { unit: 'lz-housing', business: '住房公积金', network: '81.30', care: 0, person: '' },
  { unit: 'gl-culture', business: '文旅客流', network: '82.20', care: 2, person: '卢五' },
  { unit: 'wz-market', business: '市场主体登记', network: '84.20', care: 1, person: '蒙六' },
  { unit: 'bh-water', business: '水情监测', network: '85.20', care: 1, person: '罗七' },
  { unit: 'yl-agri', business: '农情调度', network: '89.20', care: 0, person: '' },
  { unit: 'bs-eco', business: '环境监测', network: '90.20', care: 1, person: '农八' },
];

const DAY_MS = 86_400_000;

const nameOf = (code: string): string => UNITS.find((unit) => unit.code === code)?.name ?? '';

/** What a unit has, by a short name that relations use. */
function assetsOf({ unit, business, network, care, person }: Plan, now: Date): ReadonlyMap<string, Asset> {
  const day = (days: number): string => new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 10);
  const owner = nameOf(unit);
  const code = unit.toUpperCase();
  const held = { supervisedBy: nameOf('gx-data'), operatedBy: nameOf('gx-centre'), usedBy: owner };
  const own = person === '' ? {} : { responsiblePerson: person };
  const domain = `${unit}.demo.gov.cn`;
  const level = care === 0 ? null : 3;
  return new Map<string, Asset>([
    [
      'system',
      {
        class: 'system',
        name: `${business}系统`,
        code: `${code}-SYS-01`,
        importance: care === 0 ? '' : 'important',
        protectionLevel: level,
        filingNumber: care === 0 ? '' : `45${network.replace('.', '')}-00001`,
        ...held,
        ...own,
        attributes: {
          deployment: 'gov_cloud',
          internetFacing: true,
          business,
          users: 12_000 + care * 30_000,
          ...(care === 0
            ? {}
            : {
                filingFormVersion: care === 2 ? '2025' : 'earlier',
                filedOn: day(-900),
                lastAssessedOn: day(-400),
                assessmentResult: 'mostly',
                nextAssessmentOn: day(care === 2 ? 200 : -35),
                cryptoAssessment: care === 2 ? 'passed' : 'planned',
                dataInventory: care === 2 ? 'done' : 'ongoing',
              }),
        },
      },
    ],
    [
      'site',
      {
        class: 'site',
        name: `${business}网上服务`,
        code: `${code}-WEB-01`,
        domains: [domain],
        addresses: [`10.${network}.80`],
        ...own,
        attributes: {
          siteType: 'business',
          homePage: `https://${domain}/`,
          ipv6: care > 0,
          domainExpiresOn: day(care * 150 + 20),
        },
      },
    ],
    [
      'outside',
      {
        class: 'site',
        name: `${business}宣传页`,
        domains: [`${unit}-demo.example`],
        addresses: ['203.0.113.45'],
        attributes: { siteType: 'portal', deployment: 'public_cloud' },
      },
    ],
    ...(['web', 'app', 'db'] as const).map((role, at): readonly [string, Asset] => [
      role,
      {
        class: 'host',
        name: `${business}${{ web: '前置', app: '应用', db: '数据库' }[role]}服务器`,
        code: `${code}-HOST-0${at + 1}`,
        hosts: [`${unit}-${role}-01`],
        addresses: [`10.${network}.${11 + at}`],
        attributes: {
          form: 'vm',
          os: care === 0 ? 'CentOS 7.9' : '银河麒麟 V10',
          cpuCores: 8,
          memoryGb: 32,
          cloudPlatform: '政务云',
          ...(care === 0 ? {} : { agent: '主机安全代理', patchedOn: day(-20) }),
        },
      },
    ]),
    [
      'https',
      {
        class: 'service',
        name: `${business}网上服务 HTTPS`,
        addresses: [`10.${network}.80`],
        attributes: { port: 443, transport: 'tcp', application: 'https', exposure: 'internet', encrypted: true },
      },
    ],
    [
      'api',
      {
        class: 'api',
        name: `${business}查询接口`,
        dataGrade: care === 0 ? '' : 'important',
        attributes: {
          path: '/api/v1/records',
          methods: ['GET'],
          authentication: care === 0 ? 'none' : 'token',
          sensitiveFields: ['姓名', '身份证号'],
          callers: ['区数据共享平台'],
        },
      },
    ],
    [
      'data',
      {
        class: 'data',
        name: `${business}数据库`,
        code: `${code}-DATA-01`,
        dataGrade: care === 0 ? '' : 'important',
        product: '达梦数据库 V8',
        attributes: {
          dataTypes: ['personal', 'public'],
          dataForm: 'table',
          records: 3_600_000 * (care + 1),
          persons: 900_000 * (care + 1),
          volumeGb: 420,
          sharing: 'conditional',
        },
      },
    ],
    [
      'certificate',
      {
        class: 'certificate',
        name: `${domain} 证书`,
        domains: [domain],
        attributes: {
          subject: domain,
          issuer: '演示 CA',
          validFrom: day(-340),
          validUntil: day(care * 60 - 8),
          algorithm: 'SM2',
        },
      },
    ],
    [
      'segment',
      {
        class: 'segment',
        name: `${owner}办公网段`,
        segments: [`10.${network}.0/24`],
        operatedBy: owner,
        usedBy: owner,
        ...own,
        attributes: { zone: 'unit', purpose: '办公与业务', dynamic: false },
      },
    ],
    [
      'firewall',
      {
        class: 'security_device',
        name: `${owner}边界防火墙`,
        addresses: [`10.${network}.1`],
        product: '演示防火墙 6000',
        attributes: { securityType: 'firewall', firmware: 'V500R005', licenceUntil: day(care * 100 + 12) },
      },
    ],
    ...[1, 2, 3].map((at): readonly [string, Asset] => [
      `pc${at}`,
      {
        class: 'endpoint',
        name: `办公终端 ${at} 号`,
        code: `${code}-PC-0${at}`,
        addresses: [`10.${network}.${100 + at}`],
        attributes: { endpointType: 'desktop', department: '办公室', domestic: care > 0 },
      },
    ]),
    [
      'unclaimed',
      {
        class: 'host',
        name: `未登记主机 10.${network}.66`,
        state: 'to_claim',
        addresses: [`10.${network}.66`],
        attributes: { os: 'Windows Server 2012' },
      },
    ],
  ]);
}

const RELATIONS = [
  ['system', 'web', 'runs_on'],
  ['system', 'app', 'runs_on'],
  ['system', 'db', 'runs_on'],
  ['site', 'system', 'part_of'],
  ['web', 'https', 'offers'],
  ['site', 'certificate', 'uses_certificate'],
  ['app', 'api', 'offers'],
  ['db', 'data', 'stores'],
  ['firewall', 'web', 'protects'],
] as const;

/** Enters the ledger of the region, relates its assets, applies the rules once and asks the units to confirm. */
export async function seedLedger(system: Ctx, paths: ReadonlyMap<string, string>): Promise<void> {
  const now = system.clock.now();
  for (const plan of PLANS) {
    const ids = new Map<string, string>();
    for (const [key, asset] of assetsOf(plan, now)) {
      const { id } = await createAsset(system, { ...asset, unitPath: paths.get(plan.unit) ?? '/450000/' });
      ids.set(key, id);
    }
    for (const [from, to, kind] of RELATIONS) {
      const [fromId, toId] = [ids.get(from), ids.get(to)];
      if (fromId !== undefined && toId !== undefined) await relateAssets(system, { fromId, toId, kind });
    }
  }
  await applyRules(system, {});
  await startCampaign(system, {
    title: '资产台账季度确认（演示）',
    instructions: '请逐项核对本单位资产：属实的确认，有误的更正，不属于本单位的退回并写明理由，遗漏的补登。',
    dueOn: new Date(now.getTime() + 14 * DAY_MS).toISOString().slice(0, 10),
    unit: '/450000/',
  });
}
