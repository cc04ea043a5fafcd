import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstFault, type GuardCase } from './guards.ts';
import { cleanFileName, documentNumber, mediaTypeOf } from './order.ts';
import { adviceFor, authorityOf, orderStandards } from './standards.ts';
import type { OrderRow } from './store.ts';

const order = (rest: Partial<OrderRow> = {}): OrderRow => ({
  id: 'o1',
  unit_path: '/450000/450100/nn-data/',
  unit_name: '单位',
  centre_path: '/450000/',
  kind: 'notice',
  grade: 'IV',
  title: '通报',
  body: '正文',
  advice: '',
  evidence: [],
  incident_id: null,
  repeat_of: null,
  authority: '中心',
  authority_basis: '依据',
  state: 'verifying',
  previous_state: null,
  round: 1,
  number: null,
  duration_days: 3,
  deadline_at: null,
  deadline_provisional: false,
  deadline_revision: 0,
  clock_started_at: null,
  drafted_by: 'drafter',
  drafted_by_name: '',
  drafted_at: new Date(0),
  reviewed_by: null,
  reviewed_by_name: '',
  reviewed_at: null,
  issued_by: null,
  issued_by_name: '',
  issued_at: null,
  delivered_at: null,
  received_by: null,
  received_by_name: '',
  received_at: null,
  submitted_by: 'submitter',
  submitted_by_name: '',
  submitted_at: null,
  measures: '',
  contractor_path: null,
  verifier_id: null,
  verifier_name: '',
  closed_by: null,
  closed_by_name: '',
  closed_at: null,
  retest: '',
  end_reason: '',
  extension_days: null,
  extension_reason: '',
  suspended_at: null,
  suspended_until: null,
  joined_id: null,
  changed_at: new Date(0),
  version: 1,
  ...rest,
});

const acts = (id: string, path: string, rest: Partial<GuardCase> = {}): GuardCase => ({
  order: order(),
  actor: { kind: 'user', id, name: id, roles: [] },
  scope: { path, side: 'centre' },
  evidenceCount: 0,
  ...rest,
});

const reasonOf = (guard: Parameters<typeof firstFault>[0][number], facts: GuardCase) =>
  firstFault([guard], facts)?.reason ?? null;

test('neither the submitter nor the contractor of the submitter verifies', () => {
  const contractor = '/450000/450100/gx-it/';
  const withContractor = order({ contractor_path: contractor });
  assert.equal(reasonOf('verifier_is_independent', acts('submitter', '/450000/')), 'order.verifier_is_submitter');
  assert.equal(
    reasonOf('verifier_is_independent', acts('x', contractor, { order: withContractor })),
    'order.verifier_is_contractor',
  );
  assert.equal(reasonOf('verifier_is_independent', acts('x', '/450000/', { order: withContractor })), null);
});

test('only a named person of the very unit acts for it', () => {
  const unit = '/450000/450100/nn-data/';
  const officer = (path: string): GuardCase => acts('u', path, { scope: { path, side: 'unit' } });
  assert.equal(reasonOf('person_of_the_unit', officer(unit)), null);
  assert.equal(reasonOf('person_of_the_unit', officer('/450000/450100/')), 'order.not_of_the_unit');
  const token: GuardCase = { ...officer(unit), actor: { kind: 'token', id: 't', name: 't', roles: [] } };
  assert.equal(reasonOf('person_of_the_unit', token), 'order.not_of_the_unit');
});

test('nothing is issued without a named authority and its footing, nor by the platform itself', () => {
  assert.equal(reasonOf('named_authority', acts('d', '/450000/')), null);
  assert.equal(
    reasonOf('named_authority', acts('d', '/450000/', { order: order({ authority_basis: '' }) })),
    'order.no_authority',
  );
  const system: GuardCase = { ...acts('system', '/'), actor: { kind: 'system', id: 'system', name: '', roles: [] } };
  assert.equal(reasonOf('named_authority', system), 'order.no_authority');
});

test('evidence without a re-test closes nothing, nor does a re-test without evidence', () => {
  const close = (evidenceCount: number, input: Record<string, unknown>) =>
    reasonOf('evidence_and_retest_or_reason', acts('v', '/450000/', { evidenceCount, input }));
  assert.equal(close(1, { retest: '复测通过' }), null);
  assert.equal(close(1, { retest: ' ' }), 'order.no_proof');
  assert.equal(close(0, { retest: '复测通过' }), 'order.no_proof');
  assert.equal(close(0, { reason: '系统已永久下线，无需复测' }), null);
  assert.equal(close(0, { reason: '下线' }), 'order.no_proof');
});

test('numbers are written the official way, and no two centres share a code', () => {
  assert.equal(documentNumber('桂', '网安通', 2026, 12), '桂网安通〔2026〕12号');
  assert.equal(authorityOf('/450000/').code, '桂');
  assert.equal(authorityOf('/450000/450100/').code, '南');
  assert.equal(authorityOf('/450000/450100/450103/').code, '南03');
  const codes = orderStandards().documents.authorities.map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
});

test('every category has advice', () => {
  for (const category of ['attack.exploit', 'malware', 'data.leak', 'unheard.of', '']) {
    assert.ok(adviceFor(category).length > 0, category);
  }
});

test('a file name keeps no folder and no control character, and only documents and pictures are accepted', () => {
  assert.equal(cleanFileName('../../etc/passwd'), 'passwd');
  assert.equal(cleanFileName('C:\\tmp\\报告\u202E.pdf'), '报告.pdf');
  assert.equal(mediaTypeOf('报告.PDF'), 'application/pdf');
  for (const name of ['run.exe', 'page.html', 'image.svg', 'noending', 'a.constructor']) {
    assert.equal(mediaTypeOf(name), undefined, name);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const clean = cleanFileName(name);
      assert.ok(clean.length > 0 && clean.length <= 240 && !/[\\/\p{Cc}]/u.test(clean));
    }),
  );
});
