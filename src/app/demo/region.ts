import type { seedAccount } from '#domain/identity/index.ts';
import type { createUnit } from '#domain/organizations/index.ts';

/** The synthetic region of the demo. No unit, host or account in it exists. */

type Sector = Parameters<typeof createUnit>[1]['sector'];
type Roles = Parameters<typeof seedAccount>[1]['roles'];

export interface DemoUnit {
  readonly code: string;
  readonly name: string;
  readonly shortName: string;
  readonly kind: 'authority' | 'operator' | 'member' | 'supervisor';
  readonly sector: Sector;
  readonly divisionCode: string;
}

const unit = (
  divisionCode: string,
  code: string,
  name: string,
  shortName: string,
  sector: Sector,
  kind: DemoUnit['kind'] = 'member',
): DemoUnit => ({ divisionCode, code, name: `${name}（演示）`, shortName, sector, kind });

export const UNITS: readonly DemoUnit[] = [
  unit('450000', 'gx-data', '自治区大数据主管部门', '区数据', 'government', 'authority'),
  unit('450000', 'gx-centre', '自治区信息化服务单位', '区信息', 'government', 'operator'),
  unit('450000', 'gx-third', '第三方监督机构', '三方', 'other', 'supervisor'),
  unit('450100', 'nn-hr', '南宁市人社业务单位', '南宁人社', 'human_resources'),
  unit('450100', 'nn-edu', '南宁市教育业务单位', '南宁教育', 'education'),
  unit('450100', 'nn-health', '南宁市卫健业务单位', '南宁卫健', 'health'),
  unit('450200', 'lz-transport', '柳州市交通业务单位', '柳州交通', 'transport'),
  unit('450200', 'lz-housing', '柳州市住建业务单位', '柳州住建', 'housing'),
  unit('450300', 'gl-culture', '桂林市文旅业务单位', '桂林文旅', 'culture'),
  unit('450400', 'wz-market', '梧州市市场监管业务单位', '梧州市监', 'market'),
  unit('450500', 'bh-water', '北海市水利业务单位', '北海水利', 'water'),
  unit('450900', 'yl-agri', '玉林市农业业务单位', '玉林农业', 'agriculture'),
  unit('451000', 'bs-eco', '百色市生态环境业务单位', '百色生态', 'ecology'),
];

export interface DemoAccount {
  readonly account: string;
  readonly name: string;
  readonly roles: Roles;
  /** The unit of a unit's person; people of the centre have none. */
  readonly unit?: string;
  readonly what: string;
}

export const ACCOUNTS: readonly DemoAccount[] = [
  { account: 'duty', name: '值班员', roles: ['duty_officer'], what: '值班 duty officer' },
  { account: 'analyst', name: '分析员', roles: ['analyst'], what: '研判：告警 → 事件 analyst: alert → incident' },
  {
    account: 'dispatcher',
    name: '调度员',
    roles: ['dispatcher'],
    what: '拟办工单、复核整改 drafts the order, verifies',
  },
  { account: 'director', name: '中心主任', roles: ['director'], what: '审核、签发 reviews and issues' },
  {
    account: 'officer',
    name: '单位安全员',
    roles: ['unit_officer'],
    unit: 'nn-hr',
    what: '签收、整改、提交 receives, rectifies, submits',
  },
  {
    account: 'leader',
    name: '单位负责人',
    roles: ['unit_leader'],
    unit: 'nn-hr',
    what: '本单位情况 the unit at a glance',
  },
  {
    account: 'holder',
    name: '主管单位负责人',
    roles: ['unit_leader'],
    unit: 'gx-data',
    what: '批准接受风险 accepts risks of what it supervises',
  },
  {
    account: 'officer-lz',
    name: '柳州单位安全员',
    roles: ['unit_officer'],
    unit: 'lz-transport',
    what: '只能看到本单位 sees only its own unit',
  },
  { account: 'authority', name: '主管部门查看员', roles: ['authority_viewer'], what: '主管部门 authority (reads)' },
  {
    account: 'supervisor',
    name: '第三方监督员',
    roles: ['supervisor'],
    what: '监督、日志存证核验 supervisor: verifies the record',
  },
];

export const ADMINISTRATORS = {
  system: { account: 'sysadmin', name: '系统管理员', roles: ['system_admin'] },
  security: { account: 'secadmin', name: '安全管理员', roles: ['security_admin'] },
  audit: { account: 'auditadmin', name: '审计管理员', roles: ['audit_admin'] },
} satisfies Record<string, Omit<DemoAccount, 'what'>>;

/** Only for the demo, printed at its start: its stores hold nothing real and it listens on loopback. */
export const DEMO_PASSWORD = 'guangxi-demo-2026';
