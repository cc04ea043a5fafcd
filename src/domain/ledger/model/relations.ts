import type { Title } from '#engine/workflow/workflow.ts';

export const RELATION_KINDS = [
  'runs_on',
  'part_of',
  'depends_on',
  'offers',
  'stores',
  'protects',
  'in_segment',
  'uses_certificate',
  'used_by_account',
] as const;
export type RelationKind = (typeof RELATION_KINDS)[number];

/**
 * A kind of relation, read from the first asset to the second and back, and which way harm travels: `to_from` when the
 * second failing harms the first.
 */
export interface RelationDefinition {
  readonly kind: RelationKind;
  readonly title: Title;
  readonly back: Title;
  readonly impact: 'from_to' | 'to_from' | 'both';
  /**
   * Whether responsibility passes along it, and to which end: a host takes what the system has that runs on it, a service
   * what its host has, an address what its segment has.
   */
  readonly inherits: 'from_to' | 'to_from' | 'none';
}

export const RELATIONS: readonly RelationDefinition[] = [
  {
    kind: 'runs_on',
    title: { zh: '运行于', en: 'Runs on' },
    back: { zh: '承载', en: 'Carries' },
    impact: 'to_from',
    inherits: 'from_to',
  },
  {
    kind: 'part_of',
    title: { zh: '属于', en: 'Part of' },
    back: { zh: '包含', en: 'Consists of' },
    impact: 'both',
    inherits: 'to_from',
  },
  {
    kind: 'depends_on',
    title: { zh: '依赖', en: 'Depends on' },
    back: { zh: '被依赖', en: 'Is needed by' },
    impact: 'to_from',
    inherits: 'none',
  },
  {
    kind: 'offers',
    title: { zh: '提供服务', en: 'Offers' },
    back: { zh: '由其提供', en: 'Offered by' },
    impact: 'from_to',
    inherits: 'from_to',
  },
  {
    kind: 'stores',
    title: { zh: '存放数据', en: 'Stores' },
    back: { zh: '存放于', en: 'Stored on' },
    impact: 'from_to',
    inherits: 'from_to',
  },
  {
    kind: 'protects',
    title: { zh: '防护', en: 'Protects' },
    back: { zh: '受其防护', en: 'Protected by' },
    impact: 'from_to',
    inherits: 'none',
  },
  {
    kind: 'in_segment',
    title: { zh: '位于网段', en: 'Lies in segment' },
    back: { zh: '网段内有', en: 'Holds' },
    impact: 'to_from',
    inherits: 'to_from',
  },
  {
    kind: 'uses_certificate',
    title: { zh: '使用证书', en: 'Uses certificate' },
    back: { zh: '证书用于', en: 'Used for' },
    impact: 'to_from',
    inherits: 'from_to',
  },
  {
    kind: 'used_by_account',
    title: { zh: '账号', en: 'Has account' },
    back: { zh: '账号所在', en: 'Account on' },
    impact: 'to_from',
    inherits: 'from_to',
  },
];

/** Kinds along which the second asset takes responsibility and system from the first. */
export const GIVES: readonly RelationKind[] = RELATIONS.filter(({ inherits }) => inherits === 'from_to').map(
  ({ kind }) => kind,
);
/** Kinds along which the first takes them from the second. */
export const TAKES: readonly RelationKind[] = RELATIONS.filter(({ inherits }) => inherits === 'to_from').map(
  ({ kind }) => kind,
);
