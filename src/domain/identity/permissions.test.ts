import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYBODY, PERMISSIONS, permissionsOf, ROLES, type Role, rolesFault, sideOf } from './permissions.ts';

test('every role grants only permissions of the catalogue', () => {
  const known = new Set<string>(PERMISSIONS);
  for (const role of ROLES)
    for (const permission of permissionsOf([role])) assert.ok(known.has(permission), permission);
});

test('no one person may hold two of the three separated administrations', () => {
  const pairs: Role[][] = [
    ['system_admin', 'security_admin'],
    ['security_admin', 'audit_admin'],
    ['system_admin', 'audit_admin'],
    ['system_admin', 'security_admin', 'audit_admin'],
  ];
  for (const roles of pairs) assert.equal(rolesFault(roles)?.reason, 'roles.separated', roles.join());
});

test('each role alone is allowed, none at all is not', () => {
  for (const role of ROLES) assert.equal(rolesFault([role]), undefined, role);
  assert.equal(rolesFault([])?.reason, 'roles.none');
});

test('roles of a centre and of a unit are never held together', () => {
  assert.equal(rolesFault(['analyst', 'unit_officer'])?.reason, 'roles.sides');
});

test('supervision and audit stay free of other duties', () => {
  assert.equal(rolesFault(['supervisor', 'analyst'])?.reason, 'roles.independent');
  assert.equal(rolesFault(['audit_admin', 'duty_officer'])?.reason, 'roles.independent');
  assert.equal(rolesFault(['analyst', 'dispatcher']), undefined);
});

test('supervisor and viewer change nothing', () => {
  for (const role of ['supervisor', 'authority_viewer']) {
    for (const permission of permissionsOf([role])) {
      const changes = !permission.endsWith('.read') && permission !== 'journal.export';
      assert.ok(!changes || EVERYBODY.some((own) => own === permission), permission);
    }
  }
});

test('how far units are with their lists is seen by who asks, directs or oversees, and only the dispatcher asks', () => {
  const holders = (permission: string) => ROLES.filter((role) => permissionsOf([role]).has(permission));
  assert.deepEqual(holders('campaign.read'), ['dispatcher', 'director', 'authority_viewer', 'supervisor']);
  assert.deepEqual(holders('asset.campaign'), ['dispatcher']);
});

test('users, roles and the journal are administered by three different roles', () => {
  const holders = (permission: string) => ROLES.filter((role) => permissionsOf([role]).has(permission));
  assert.deepEqual(holders('user.manage'), ['system_admin']);
  assert.deepEqual(holders('role.assign'), ['security_admin']);
  assert.deepEqual(holders('journal.export'), ['supervisor', 'audit_admin']);
});

test('the security administrator sees what comes in and who delivers in vain, and opens no source', () => {
  const own = permissionsOf(['security_admin']);
  assert.deepEqual(
    [...own].filter((permission) => permission.startsWith('source.')),
    ['source.read'],
  );
});

test('an unknown role grants nothing but the own account, on the narrow side', () => {
  assert.deepEqual([...permissionsOf(['root'])], [...EVERYBODY]);
  assert.equal(sideOf(['root']), 'unit');
  assert.equal(sideOf([]), 'unit');
  assert.equal(sideOf(['analyst', 'unit_officer']), 'unit');
  assert.equal(sideOf(['analyst']), 'centre');
});
