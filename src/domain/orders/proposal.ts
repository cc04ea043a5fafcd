import { type IncidentFacts, incidentCategoryTitle } from '#domain/incidents/index.ts';
import { dayOf } from '#engine/clocks/calendar.ts';
import type { Grade } from '#engine/clocks/legal.ts';
import { mask } from '#engine/sensitive/find.ts';
import type { EvidenceLine, OrderKind } from './order.ts';
import { adviceFor, kindOf, orderStandards } from './standards.ts';

/** A draft as the platform would write it; the person changes what they like. */
export interface OrderProposal {
  readonly title: string;
  readonly body: string;
  readonly advice: string;
  readonly evidence: readonly EvidenceLine[];
  readonly grade: Grade;
  readonly workingDays: number;
  /** Where the proposed time comes from. */
  readonly workingDaysSource: string;
  /** Open orders of the unit it may better be merged with are the list's business, not the proposal's. */
  readonly units: readonly { readonly path: string; readonly name: string }[];
}

const EVIDENCE_MAX = 20;

/** `2026年3月2日` in Asia/Shanghai. */
export function chineseDate(at: Date): string {
  const [year, month, day] = dayOf(at).split('-').map(Number);
  return `${year}年${month}月${day}日`;
}

/** How many working days a unit gets by kind and grade. Policy of the centre, not law. */
const proposedDays = (kind: OrderKind, grade: Grade): number => orderStandards().working.workingDays[kind][grade];

/** Writes title, text, masked evidence, advice and time from what the incident holds. */
export function proposalFrom(incident: IncidentFacts, kind: OrderKind): OrderProposal {
  const { zh } = kindOf(kind);
  const category = incidentCategoryTitle(incident.category);
  const what = category ? `“${category.zh}”类` : '';
  const names = [...new Set(incident.alerts.map((alert) => alert.title.zh))].slice(0, 5);
  const assets = [...new Set(incident.alerts.flatMap((alert) => alert.asset?.name ?? []))].slice(0, 5);
  const where = assets.length > 0 ? `，涉及${assets.join('、')}` : '';
  const seen = names.length > 0 ? `监测到的主要情况：${names.join('；')}。` : '';
  const advice = adviceFor(incident.category).map((line, index) => `${index + 1}. ${line}。`);
  return {
    title: `关于${incident.title.replace(/^关于/, '')}的${zh}`.slice(0, 120).toWellFormed(),
    body: [
      `${chineseDate(incident.discoveredAt)}，我中心监测发现你单位发生${what}网络安全事件${where}。${seen}`,
      incident.summary,
      '请按照“谁主管谁负责、谁运行谁负责、谁使用谁负责”的原则立即组织核查处置，在规定时限内通过平台反馈整改情况并上传佐证材料。',
    ]
      .filter((paragraph) => paragraph !== '')
      .map(mask)
      .join('\n'),
    advice: advice.join('\n'),
    evidence: incident.alerts.slice(0, EVIDENCE_MAX).map((alert) => ({
      at: alert.firstSeenAt.toISOString(),
      title: mask(alert.title.zh),
      text: mask(
        [
          ...(alert.asset ? [`资产：${alert.asset.name}`] : []),
          ...alert.entities.slice(0, 5).map(({ value }) => value),
          `共 ${alert.detectionCount} 次`,
        ].join('；'),
      ),
    })),
    grade: incident.grade,
    workingDays: proposedDays(kind, incident.grade),
    workingDaysSource: orderStandards().working.source,
    units: incident.units,
  };
}
