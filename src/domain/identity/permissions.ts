/**
 * What may be done, and which role may do it. A permission is at the same time the name of an action and the verb in
 * the journal, so this catalogue is the list of everything that can happen to a record.
 */
export const PERMISSIONS = [
  'overview.read',
  'alert.read',
  'alert.triage',
  'alert.assign',
  'alert.comment',
  'alert.suppress',
  'alert.raise',
  'alert.reveal',
  'event.search',
  'event.export',
  'search.manage',
  'search.schedule',
  'source.read',
  'source.manage',
  'source.import',
  'retention.read',
  'retention.manage',
  'retention.run',
  'hold.place',
  'hold.release',
  'rule.read',
  'rule.manage',
  'rule.run',
  'rule.stop-run',
  'asset.read',
  'asset.manage',
  'asset.import',
  'asset.observe',
  'asset.resolve',
  'asset.claim',
  'asset.assign',
  'asset.campaign',
  'asset.handover',
  'asset.define',
  'campaign.read',
  'vulnerability.read',
  'vulnerability.import',
  'vulnerability.triage',
  'vulnerability.fix',
  'vulnerability.approve',
  'vulnerability.order',
  'vulnerability.advise',
  'vulnerability.answer',
  'vulnerability.feed',
  'vulnerability.policy',
  'unit.read',
  'unit.manage',
  'unit.reveal',
  'incident.read',
  'incident.open',
  'incident.manage',
  'incident.grade',
  'incident.close',
  'order.read',
  'order.draft',
  'order.review',
  'order.issue',
  'order.deliver',
  'order.remind',
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
  'journal.read',
  'journal.export',
  'user.read',
  'user.manage',
  'role.assign',
  'token.manage',
  'setting.manage',
  'installation.setup',
  'system.read',
  'system.backup',
  'session.open',
  'session.refuse',
  'session.close',
  'account.password',
  'account.totp',
  'view.manage',
  'view.share',
  'view.take',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** What every signed-in person may do with the own account, also before the first password is changed. */
export const OWN_ACCOUNT: readonly Permission[] = ['session.close', 'account.password', 'account.totp'];

/** What everybody may do, whatever the roles: the own account, and the own views of lists. */
export const EVERYBODY: readonly Permission[] = [...OWN_ACCOUNT, 'view.manage'];

const ALL_READING = PERMISSIONS.filter((permission) => permission.endsWith('.read'));

/** What the staff of a centre read in their daily work; administration and the journal are not part of it. */
const CENTRE_READING: readonly Permission[] = [
  'overview.read',
  'alert.read',
  'source.read',
  'rule.read',
  'asset.read',
  'vulnerability.read',
  'unit.read',
  'incident.read',
  'order.read',
  'view.share',
];

const ALERT_WORK: readonly Permission[] = [
  'alert.triage',
  'alert.assign',
  'alert.comment',
  'alert.suppress',
  'alert.reveal',
];

const ANALYSIS: readonly Permission[] = [
  ...CENTRE_READING,
  ...ALERT_WORK,
  'event.search',
  'event.export',
  'search.manage',
  'search.schedule',
  'rule.run',
  'rule.stop-run',
  'asset.observe',
  'asset.resolve',
  'incident.open',
  'incident.manage',
  'unit.reveal',
  'order.comment',
  'vulnerability.import',
  'vulnerability.triage',
  'vulnerability.feed',
  'vulnerability.advise',
];

/** Keeping the ledger of an area: for units that cannot do it themselves, and asking all others to. */
const LEDGER_WORK: readonly Permission[] = [
  'asset.manage',
  'asset.import',
  'asset.assign',
  'asset.campaign',
  'asset.handover',
  'asset.define',
  'campaign.read',
];

const UNIT_READING: readonly Permission[] = [
  'order.read',
  'asset.read',
  'vulnerability.read',
  'unit.read',
  'view.share',
];

interface RoleDefinition {
  /** A centre sees its whole area, a unit only what was addressed to it. */
  readonly side: 'centre' | 'unit';
  readonly permissions: readonly Permission[];
}

const ROLE_TABLE = {
  duty_officer: { side: 'centre', permissions: [...ANALYSIS, 'order.draft'] },
  analyst: { side: 'centre', permissions: ANALYSIS },
  dispatcher: {
    side: 'centre',
    permissions: [
      ...CENTRE_READING,
      'event.search',
      'search.manage',
      'unit.reveal',
      ...LEDGER_WORK,
      'alert.comment',
      'incident.open',
      'incident.manage',
      'incident.grade',
      'incident.close',
      'vulnerability.triage',
      'vulnerability.order',
      'order.draft',
      'order.review',
      'order.issue',
      'order.verify',
      'order.close',
      'order.grant',
      'order.suspend',
      'order.reassign',
      'order.revoke',
      'order.comment',
    ],
  },
  director: {
    side: 'centre',
    permissions: [
      ...CENTRE_READING,
      'journal.read',
      'user.read',
      'campaign.read',
      'retention.read',
      'hold.place',
      'hold.release',
      'unit.reveal',
      'event.search',
      'search.manage',
      'incident.grade',
      'order.review',
      'order.issue',
      'order.grant',
      'order.close',
      'order.comment',
      'vulnerability.policy',
      'view.take',
    ],
  },
  unit_officer: {
    side: 'unit',
    permissions: [
      ...UNIT_READING,
      'order.receive',
      'order.start',
      'order.submit',
      'order.extend',
      'order.refuse',
      'order.comment',
      'asset.manage',
      'asset.import',
      'asset.observe',
      'asset.resolve',
      'asset.claim',
      'asset.handover',
      'vulnerability.import',
      'vulnerability.fix',
      'vulnerability.approve',
      'vulnerability.answer',
      'view.take',
    ],
  },
  unit_leader: {
    side: 'unit',
    permissions: [
      ...UNIT_READING,
      'order.receive',
      'order.submit',
      'order.comment',
      'vulnerability.approve',
      'vulnerability.answer',
      'view.take',
    ],
  },
  authority_viewer: { side: 'centre', permissions: ALL_READING },
  supervisor: { side: 'centre', permissions: [...ALL_READING, 'journal.export'] },
  system_admin: {
    side: 'centre',
    permissions: [
      'unit.read',
      'unit.manage',
      'user.read',
      'user.manage',
      'source.read',
      'source.manage',
      'source.import',
      'retention.read',
      'retention.manage',
      'setting.manage',
      'system.read',
      'system.backup',
      'view.share',
    ],
  },
  security_admin: {
    side: 'centre',
    permissions: [
      // Reads what comes in and who delivers in vain, as rules need it; what is opened stays with the system administrator.
      'source.read',
      'rule.read',
      'rule.manage',
      'rule.run',
      'rule.stop-run',
      'alert.read',
      'user.read',
      'unit.read',
      'role.assign',
      'token.manage',
      'retention.read',
      'hold.place',
      'hold.release',
      'view.share',
    ],
  },
  audit_admin: {
    side: 'centre',
    permissions: ['retention.read', 'journal.read', 'journal.export', 'user.read', 'unit.read'],
  },
} as const satisfies Record<string, RoleDefinition>;

export type Role = keyof typeof ROLE_TABLE;

export const ROLES = Object.keys(ROLE_TABLE) as [Role, ...Role[]];

/** 三权分立: system, security and audit administration are held by three different persons (GB/T 22239-2019, 8.1.5). */
export const SEPARATED_ROLES: readonly Role[] = ['system_admin', 'security_admin', 'audit_admin'];

const isRole = (name: string): name is Role => Object.hasOwn(ROLE_TABLE, name);

/** Everything the holder of these roles may do. Unknown role names grant nothing. */
export function permissionsOf(roles: readonly string[]): ReadonlySet<string> {
  const granted = new Set<string>(EVERYBODY);
  for (const role of roles) {
    if (isRole(role)) for (const permission of ROLE_TABLE[role].permissions) granted.add(permission);
  }
  return granted;
}

/** The side these roles work on. Roles of both sides are never held together (see `rolesFault`). */
export function sideOf(roles: readonly string[]): 'centre' | 'unit' {
  return roles.length > 0 && roles.every((role) => isRole(role) && ROLE_TABLE[role].side === 'centre')
    ? 'centre'
    : 'unit';
}

export interface RolesFault {
  /** Stable word for the console. */
  readonly reason: 'roles.none' | 'roles.separated' | 'roles.sides' | 'roles.independent';
  readonly message: string;
}

/**
 * Whether one person may hold these roles together.
 *
 * @returns undefined when it is allowed, else why not
 */
export function rolesFault(roles: readonly Role[]): RolesFault | undefined {
  if (roles.length === 0) return { reason: 'roles.none', message: 'An account needs at least one role' };
  if (new Set(roles.map((role) => ROLE_TABLE[role].side)).size > 1) {
    return { reason: 'roles.sides', message: 'Roles of a centre and roles of a unit cannot be held by one account' };
  }
  const separated = new Set(roles.filter((role) => SEPARATED_ROLES.includes(role)));
  if (separated.size > 1) {
    return {
      reason: 'roles.separated',
      message: 'System, security and audit administration must be held by three different persons (三权分立)',
    };
  }
  const judges = roles.some((role) => role === 'supervisor' || role === 'audit_admin');
  if (judges && new Set(roles).size > 1) {
    return {
      reason: 'roles.independent',
      message: 'Supervision and audit judge the work of others and cannot be combined with another role',
    };
  }
  return undefined;
}
