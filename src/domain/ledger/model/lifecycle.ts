import type { Side, Transition, Workflow } from '#engine/workflow/workflow.ts';

/** 发现 → 待认领 → 已确认 → 变更 → 停用 → 注销. */
export const ASSET_STATES = ['discovered', 'to_claim', 'confirmed', 'changed', 'retired', 'written_off'] as const;
export type AssetState = (typeof ASSET_STATES)[number];

export const ASSET_MOVES = [
  'ask',
  'claim',
  'confirm',
  'vouch',
  'reject',
  'assign',
  'observe',
  'retire',
  'restore',
  'reappear',
  'write_off',
] as const;
export type AssetMove = (typeof ASSET_MOVES)[number];

/** `reason`: a sentence why is needed. `unit`: names the unit that is asked next. */
export type AssetGuard = 'reason' | 'unit';

type Row = Transition<AssetState, AssetMove, AssetGuard>;

const row =
  (who: Side, permission: string) =>
  (
    action: AssetMove,
    from: readonly AssetState[],
    to: AssetState,
    zh: string,
    en: string,
    more: { readonly guards?: readonly AssetGuard[]; readonly main?: true } = {},
  ): Row => ({
    action,
    from,
    to,
    permission,
    title: { zh, en },
    who,
    guards: more.guards ?? [],
    clock: 'none',
    ...(more.main ? { main: true } : {}),
  });

const unit = row('unit', 'asset.claim');
const centre = row('centre', 'asset.assign');
const platform = row('system', 'asset.manage');

/** In use, whether or not somebody stands for it yet. */
export const LIVE_STATES = ['discovered', 'to_claim', 'confirmed', 'changed'] as const satisfies readonly AssetState[];

/** No longer in use. */
export const GONE_STATES = ['retired', 'written_off'] as const satisfies readonly AssetState[];

/** The life of an asset. Nothing is deleted: what is gone is written off, what nobody mentions any more is stale. */
export const assetLifecycle: Workflow<AssetState, AssetMove, AssetGuard> = {
  name: 'asset',
  initial: 'discovered',
  states: {
    discovered: { title: { zh: '已发现', en: 'Discovered' }, tone: 'waiting', turn: 'centre' },
    to_claim: { title: { zh: '待认领', en: 'To be claimed' }, tone: 'waiting', turn: 'unit' },
    confirmed: { title: { zh: '已确认', en: 'Confirmed' }, tone: 'done', turn: 'nobody' },
    changed: { title: { zh: '有变更', en: 'Changed' }, tone: 'moving', turn: 'unit' },
    retired: { title: { zh: '停用', en: 'Retired' }, tone: 'waiting', turn: 'nobody' },
    written_off: { title: { zh: '已注销', en: 'Written off' }, tone: 'waiting', turn: 'nobody', final: true },
  },
  transitions: [
    centre('ask', ['discovered'], 'to_claim', '请单位认领', 'Ask the unit to claim it', { main: true }),
    centre('assign', ['discovered', 'to_claim'], 'to_claim', '改派单位', 'Assign to another unit', {
      guards: ['unit'],
    }),
    centre('vouch', ['discovered', 'to_claim', 'changed'], 'confirmed', '代为确认', 'Confirm for the unit', {
      guards: ['reason'],
    }),
    unit('claim', ['discovered', 'to_claim'], 'confirmed', '认领', 'Claim', { main: true }),
    unit('confirm', ['changed'], 'confirmed', '确认变更', 'Confirm the change', { main: true }),
    unit('reject', ['discovered', 'to_claim', 'confirmed', 'changed'], 'to_claim', '不属于本单位', 'Not ours', {
      guards: ['reason'],
    }),
    platform('observe', ['confirmed'], 'changed', '发现变更', 'A change was observed'),
    unit('retire', ['confirmed', 'changed'], 'retired', '停用', 'Retire', { guards: ['reason'] }),
    unit('restore', ['retired'], 'confirmed', '恢复使用', 'Put back into use'),
    platform('reappear', ['retired'], 'changed', '停用后又出现', 'Seen again after it was retired'),
    unit('write_off', ['retired'], 'written_off', '注销', 'Write off', { guards: ['reason'] }),
  ],
};
