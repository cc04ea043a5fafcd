import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Title } from '#engine/workflow/workflow.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { Sheet } from '#platform/sheet.ts';
import { inArea } from '../area.ts';
import { TELEMETRY_SOURCE, WROTE_LOGS } from '../observations/prepare.ts';
import { dayOfMoment } from '../responsibility/store.ts';
import { REQUESTS } from './requests.ts';
import { serviceLists } from './standards.ts';
import type { UnresolvedView } from './unresolved.ts';
import { UNRESOLVED } from './unresolved.ts';

/** What a ledger lacks. Each is one condition on assets, by which they are counted, listed, and asked about. */
export const GAP_IDS = [
  'unclaimed',
  'no_holder',
  'no_person',
  'silent',
  'unscanned',
  'unlisted',
  'assessment_overdue',
  'not_filed',
  'old_form',
  'ungraded',
  'certificate',
  'due_soon',
  'exposed',
  'risky_port',
  'weak_protocol',
  'shadow',
  'zombie',
  'outside',
  'stale',
] as const;
export type GapId = (typeof GAP_IDS)[number];

interface GapDefinition {
  readonly gap: GapId;
  readonly title: Title;
  readonly hint: Title;
  /** A condition on `asset`, all assets in use being asked already. `today` is a day in Asia/Shanghai. */
  readonly condition: (days: {
    readonly today: string;
    readonly soon: string;
    readonly monthAgo: Date;
    readonly quarterAgo: Date;
  }) => RawBuilder<boolean>;
}

const gap = (
  id: GapId,
  zh: string,
  en: string,
  hintZh: string,
  hintEn: string,
  condition: GapDefinition['condition'],
): GapDefinition => ({ gap: id, title: { zh, en }, hint: { zh: hintZh, en: hintEn }, condition });

/** Not what was only seen on another asset, a service of a machine: who claims that one answers for it. */
export const ON_ITS_OWN = sql<boolean>`NOT (asset.source = 'discovered' AND asset.class IN ('service', 'certificate'))`;

/** Classes whose machines ought to send logs. */
const SENDING = ['host', 'network_device', 'security_device'];

/** As the index on what is exposed has it. */
const EXPOSED = sql<boolean>`asset.attributes ->> 'exposure' = 'internet'`;

const GAPS: readonly GapDefinition[] = [
  gap(
    'unclaimed',
    '待认领',
    'To be claimed',
    '已发现或已派给单位，还没有单位认领',
    'Discovered or assigned, and claimed by no unit',
    () => sql`asset.state IN ('discovered', 'to_claim') AND ${ON_ITS_OWN}`,
  ),
  gap(
    'no_holder',
    '无责任单位',
    'No holder',
    '主管、运行、使用都未落实，有异议，或已过期',
    'Nobody supervises, runs or uses it, or that is disputed or expired',
    () => sql`asset.duty IN ('none', 'disputed', 'expired')`,
  ),
  gap(
    'no_person',
    '无责任人',
    'No person',
    '没有填写责任人',
    'No person is named',
    () => sql`asset.responsible_person = '' AND ${ON_ITS_OWN}`,
  ),
  gap(
    'silent',
    '未接入日志',
    'Sends no logs',
    '主机、网络和安全设备近 30 天没有自己的日志（只在别的设备的日志中出现不算）',
    'Hosts and devices without logs of their own for 30 days (to be named in those of others does not count)',
    ({ monthAgo }) => sql`asset.class = ANY(${SENDING}::text[]) AND NOT EXISTS (SELECT 1 FROM asset_observation o
      WHERE o.asset_id = asset.id AND o.source = ${TELEMETRY_SOURCE} AND starts_with(o.native_key, ${WROTE_LOGS})
        AND o.last_seen_at > ${monthAgo})`,
  ),
  gap(
    'unscanned',
    '未做漏洞扫描',
    'Not scanned',
    '主机、网络和安全设备、网站近 90 天没有扫描报告',
    'Hosts, devices and sites that no report has looked at for 90 days',
    ({ quarterAgo }) => sql`asset.class = ANY(${[...SENDING, 'site']}::text[])
      AND (asset.last_scanned_at IS NULL OR asset.last_scanned_at < ${quarterAgo})`,
  ),
  gap(
    'unlisted',
    '台账外资产',
    'Not in the ledger',
    '代理、云平台、扫描等来源报告得足以认定是一项资产，没有任何单位登记过',
    'Told apart as assets by what agents, clouds or scans report, and entered by nobody',
    () => sql`asset.source = 'discovered' AND asset.state IN ('discovered', 'to_claim') AND ${ON_ITS_OWN}`,
  ),
  gap(
    'assessment_overdue',
    '等保测评逾期',
    'Assessment overdue',
    '二级以上系统测评到期，或三级以上没有填写下次测评日期',
    'The assessment of a graded system is past, or not known from level 3 on',
    ({ today }) => sql`asset.class = 'system' AND asset.protection_level >= 2
      AND (asset.due_on < ${today} OR (asset.due_on IS NULL AND asset.protection_level >= 3))`,
  ),
  gap(
    'not_filed',
    '未备案',
    'Not filed',
    '二级以上系统没有备案编号',
    'A system from level 2 on without a filing number',
    () => sql`asset.class = 'system' AND asset.protection_level >= 2 AND asset.filing_number = ''`,
  ),
  gap(
    'old_form',
    '未按 2025 版备案',
    'Not on the 2025 form',
    '二级以上系统须按 2025 版备案表更新备案（公网安〔2025〕1846号）',
    'Systems from level 2 on are to be filed again on the 2025 form',
    () => sql`asset.class = 'system' AND asset.protection_level >= 2
      AND coalesce(asset.attributes ->> 'filingFormVersion', '') <> '2025'`,
  ),
  gap(
    'ungraded',
    '未定级系统',
    'Not graded',
    '信息系统没有等保级别',
    'A system without a level',
    () => sql`asset.class = 'system' AND asset.protection_level IS NULL`,
  ),
  gap(
    'certificate',
    '证书临期',
    'Certificate near expiry',
    '证书 30 天内到期或已过期',
    'A certificate that ends within 30 days or has ended',
    ({ soon }) => sql`asset.class = 'certificate' AND asset.due_on <= ${soon}`,
  ),
  gap(
    'due_soon',
    '其他到期',
    'Other due dates',
    '维保、授权、域名、线路合同 30 天内到期或已过期',
    'Warranty, licence, domain or contract that ends within 30 days or has ended',
    ({ soon }) => sql`asset.class NOT IN ('certificate', 'system') AND asset.due_on <= ${soon}`,
  ),
  gap(
    'exposed',
    '互联网暴露',
    'Exposed to the internet',
    '互联网可以访问的服务、接口',
    'Services and interfaces that the internet reaches',
    () => EXPOSED,
  ),
  gap(
    'risky_port',
    '高危端口暴露',
    'Risky port exposed',
    '远程管理、文件共享、数据库等端口对互联网开放',
    'Ports of remote administration, file sharing or databases that the internet reaches',
    () => sql`${EXPOSED} AND asset.class = 'service'
      AND asset.attributes ->> 'port' = ANY(${serviceLists().riskyPorts.map(String)}::text[])`,
  ),
  gap(
    'weak_protocol',
    '弱协议',
    'Weak protocol',
    '服务使用明文协议，或启用已废止的 SSL、TLS 版本',
    'Services that speak in the clear, or take withdrawn versions of SSL or TLS',
    () => sql`asset.class = 'service' AND (
      (lower(asset.attributes ->> 'application') = ANY(${serviceLists().weakApplications}::text[])
        AND asset.attributes ->> 'encrypted' IS DISTINCT FROM 'true')
      OR asset.attributes -> 'tlsVersions' ?| ${serviceLists().weakTlsVersions}::text[])`,
  ),
  gap(
    'shadow',
    '影子资产',
    'Shadow',
    '出现超过 7 天仍没有单位认领',
    'Seen for more than 7 days and claimed by no unit',
    () => sql`asset.is_shadow`,
  ),
  gap(
    'zombie',
    '僵尸资产',
    'Zombie',
    '停用后仍有活动，或登记在用却半年没有活动',
    'Active after it was retired, or in use on paper and inactive for half a year',
    () => sql`asset.is_zombie`,
  ),
  gap(
    'outside',
    '双非资产',
    'Outside',
    '域名和地址都不在本单位名下',
    "Neither domain nor address is the unit's",
    () => sql`asset.is_outside`,
  ),
  gap(
    'stale',
    '长期失联',
    'Stale',
    '90 天没有任何来源再提到',
    'Mentioned by no source for 90 days',
    () => sql`asset.is_stale`,
  ),
];

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const SCAN_DAYS = 90;

/** How a gap is called, what it means, and what a unit is to do about it. */
export function gapTitle(id: GapId): Pick<GapDefinition, 'title' | 'hint'> & { readonly request: Title } {
  const found = GAPS.find((one) => one.gap === id);
  if (found === undefined) throw new Error(`no gap ${id}`);
  return { ...found, request: REQUESTS[id] };
}

/** The condition of a gap on the table `asset`, at a moment. */
export function gapCondition(id: GapId, now: Date): RawBuilder<boolean> {
  const found = GAPS.find((one) => one.gap === id);
  if (found === undefined) throw new Error(`no gap ${id}`);
  const later = (days: number): Date => new Date(now.getTime() + days * DAY_MS);
  return found.condition({
    today: dayOfMoment(now),
    soon: dayOfMoment(later(SOON_DAYS)),
    monthAgo: later(-SOON_DAYS),
    quarterAgo: later(-SCAN_DAYS),
  });
}

const TitleView = z.object({ zh: z.string(), en: z.string() });
export const GapView = z.object({
  gap: z.enum(GAP_IDS),
  title: TitleView,
  hint: TitleView,
  request: TitleView.describe('what a unit is to do about it'),
  assets: z.number().int(),
  more: z.boolean().describe('there are more than were counted'),
});

const COUNTED_MAX = 10_000;

export const GapQuery = z.object({
  unit: z.string().max(300).optional().describe('path: assets of this unit or area'),
});

/** How many assets in use have each gap, counted up to 10,000. @param unit only of this part of the tree */
export async function countGaps(db: Db, now: Date, unit = '/'): Promise<z.input<typeof GapView>[]> {
  const area = inArea(unit, 'asset.unit_path');
  const counted: z.input<typeof GapView>[] = [];
  for (const { gap: id, title, hint } of GAPS) {
    const live = id === 'zombie' ? sql`true` : sql`asset.state NOT IN ('retired', 'written_off')`;
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM (SELECT 1 FROM asset
      WHERE asset.merged_into IS NULL AND ${area} AND ${live} AND ${gapCondition(id, now)} LIMIT ${COUNTED_MAX + 1}) c`.execute(
      db,
    );
    const n = rows[0]?.n ?? 0;
    counted.push({
      gap: id,
      title,
      hint,
      request: REQUESTS[id],
      assets: Math.min(n, COUNTED_MAX),
      more: n > COUNTED_MAX,
    });
  }
  return counted;
}

type Counted = z.input<typeof GapView> | (z.input<typeof UnresolvedView> & { readonly gap: typeof UNRESOLVED });

/** The counts as a sheet. */
export const gapSheet = (rows: readonly Counted[]): Sheet<Counted> => ({
  name: '台账缺口',
  headings: ['缺口', '说明', '数量', '是否更多'],
  cells: (row) => [
    row.title.zh,
    row.hint.zh,
    row.gap === UNRESOLVED ? row.observations : row.assets,
    row.more ? '是' : '否',
  ],
  record: (row) => row,
  rows,
});
