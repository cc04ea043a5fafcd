/** Actions a unit may read about in its own journal. Everything else stays with the centre. */
const TOLD_TO_UNITS: ReadonlySet<string> = new Set([
  'order.issue',
  'order.deliver',
  'order.receive',
  'order.start',
  'order.submit',
  'order.verify',
  'order.close',
  'order.extend',
  'order.grant',
  'order.suspend',
  'order.refuse',
  'order.reassign',
  'order.revoke',
  'order.comment',
  'asset.manage',
  'asset.import',
  'asset.resolve',
  'asset.claim',
  'asset.assign',
  'asset.campaign',
  'asset.handover',
  'vulnerability.import',
  'vulnerability.triage',
  'vulnerability.fix',
  'vulnerability.approve',
  'vulnerability.answer',
  'unit.manage',
  'user.manage',
  'role.assign',
  'token.manage',
]);

/**
 * Whether units see an entry about their own objects. Detection, alerts, incidents, the drafting and review of orders
 * and the centre's settings are the centre's own business: an entry about them would tell a unit of it too early.
 *
 * @returns `both` for centre and unit, `centre` for the centre alone
 */
export const sideOf = (action: string): 'centre' | 'both' => (TOLD_TO_UNITS.has(action) ? 'both' : 'centre');
