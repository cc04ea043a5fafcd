import type { Impact } from '#engine/grading/grading.ts';
import type { AlertLevel, Entity } from './detection-input.ts';
import { rankOf } from './grouping.ts';

/** What a proposal is made from: one alert with what the ledger says about its asset. */
export interface ProposalAlert {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly level: AlertLevel;
  readonly category: string;
  readonly tactics: readonly string[];
  readonly techniques: readonly string[];
  readonly unitPath: string;
  readonly entities: readonly Entity[];
  readonly firstSeenAt: Date;
  readonly asset: {
    readonly id: string;
    readonly name: string;
    readonly importance: '' | Impact['importance'];
    readonly protectionLevel: number | null;
    readonly criticalInfrastructure: boolean;
  } | null;
}

/** One reason of the proposed impact, as facts: the console words it. */
interface ProposalReason {
  readonly input: 'importance' | 'loss' | 'harm' | 'category' | 'together';
  readonly value: string;
  readonly because: string;
  readonly of: string;
}

/** An incident as the platform would open it; a person confirms or changes everything. */
export interface IncidentProposal {
  readonly title: string;
  /** Sub-category of GB/T 20986-2023, '' when no rule proposes one. */
  readonly category: string;
  readonly impact: Impact;
  readonly reasons: readonly ProposalReason[];
  readonly techniques: readonly string[];
  readonly entities: readonly Entity[];
  readonly unitPaths: readonly string[];
  readonly assetIds: readonly string[];
  readonly alertIds: readonly string[];
  readonly discoveredAt: string;
}

const IMPORTANCE_ORDER = ['general', 'important', 'especially_important'] as const;
/** 等保 level 3 and above is an important object, level 4 and above an especially important one. */
const IMPORTANT_LEVEL = 3;
const ESPECIALLY_IMPORTANT_LEVEL = 4;
/** An attack that has come through this many tactics is no longer an attempt. */
const ADVANCED_TACTICS = 3;

/** The proposed category: the one with the most weight of levels behind it. */
function categoryOf(alerts: readonly ProposalAlert[]): string {
  const weight = new Map<string, number>();
  for (const { category, level } of alerts) {
    if (category !== '') weight.set(category, (weight.get(category) ?? 0) + 4 ** rankOf(level));
  }
  return [...weight].sort((left, right) => right[1] - left[1])[0]?.[0] ?? '';
}

type Asset = NonNullable<ProposalAlert['asset']>;

/** Importance as the ledger says, or as follows from critical infrastructure and 等保 level. */
function importanceOf(asset: Asset): { value: Impact['importance']; because: string } {
  if (asset.importance !== '') return { value: asset.importance, because: 'ledger.importance' };
  if (asset.criticalInfrastructure) return { value: 'especially_important', because: 'ledger.critical' };
  const level = asset.protectionLevel ?? 0;
  if (level >= ESPECIALLY_IMPORTANT_LEVEL) return { value: 'especially_important', because: 'ledger.protection' };
  if (level >= IMPORTANT_LEVEL) return { value: 'important', because: 'ledger.protection' };
  return { value: 'general', because: 'ledger.unknown' };
}

function gravestAsset(alerts: readonly ProposalAlert[]): ProposalReason {
  let reason: ProposalReason = { input: 'importance', value: 'general', because: 'ledger.none', of: '' };
  let order = -1;
  for (const { asset } of alerts) {
    if (asset === null) continue;
    const { value, because } = importanceOf(asset);
    if (IMPORTANCE_ORDER.indexOf(value) <= order) continue;
    order = IMPORTANCE_ORDER.indexOf(value);
    reason = { input: 'importance', value, because, of: asset.name };
  }
  return reason;
}

/** Loss by how far the attack has come: an attempt is slight, a critical alert considerable, a whole chain severe. */
function lossOf(alerts: readonly ProposalAlert[]): { value: Impact['loss']; because: string; of: string } {
  const highest = Math.max(...alerts.map(({ level }) => rankOf(level)));
  const tactics = new Set(alerts.flatMap((alert) => alert.tactics));
  const chain = `${tactics.size}`;
  if (highest >= rankOf('critical') && tactics.size >= ADVANCED_TACTICS)
    return { value: 'severe', because: 'alerts.chain', of: chain };
  if (highest >= rankOf('critical')) return { value: 'considerable', because: 'alerts.critical', of: '' };
  if (highest >= rankOf('high') && tactics.size >= ADVANCED_TACTICS)
    return { value: 'considerable', because: 'alerts.chain', of: chain };
  return { value: 'slight', because: 'alerts.attempt', of: '' };
}

const TITLE_MAX = 180;

function titleOf(gravest: ProposalAlert, count: number): string {
  const where = gravest.asset?.name ?? gravest.entities[0]?.value ?? '';
  const title = where === '' ? gravest.title.zh : `${where}：${gravest.title.zh}`;
  const many = count > 1 ? ` 等 ${count} 项告警` : '';
  return title.slice(0, TITLE_MAX - many.length).toWellFormed() + many;
}

/**
 * The incident that some alerts make together: title, category and the inputs of the grader of GB/T 20986-2023, each
 * with its reason. Pure.
 *
 * @param alerts at least one
 */
export function proposalOf(alerts: readonly ProposalAlert[]): IncidentProposal {
  const [gravest] = [...alerts].sort(
    (left, right) =>
      rankOf(right.level) - rankOf(left.level) || left.firstSeenAt.getTime() - right.firstSeenAt.getTime(),
  );
  if (gravest === undefined) throw new RangeError('an incident is proposed from at least one alert');
  const importance = gravestAsset(alerts);
  const loss = lossOf(alerts);
  const category = categoryOf(alerts);
  const entities = new Map(alerts.flatMap((alert) => alert.entities.map((one) => [`${one.kind} ${one.value}`, one])));
  const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
  return {
    title: titleOf(gravest, alerts.length),
    category,
    impact: { importance: importance.value as Impact['importance'], loss: loss.value, harm: 'slight' },
    reasons: [
      importance,
      { input: 'loss', ...loss },
      { input: 'harm', value: 'slight', because: 'harm.unknown', of: '' },
      ...(category === '' ? [] : [{ input: 'category' as const, value: category, because: 'rules', of: '' }]),
    ],
    techniques: distinct(alerts.flatMap((alert) => alert.techniques)),
    entities: [...entities.values()],
    unitPaths: distinct(alerts.map(({ unitPath }) => unitPath)),
    assetIds: distinct(alerts.flatMap(({ asset }) => asset?.id ?? [])),
    alertIds: alerts.map(({ id }) => id),
    discoveredAt: new Date(Math.min(...alerts.map(({ firstSeenAt }) => firstSeenAt.getTime()))).toISOString(),
  };
}
