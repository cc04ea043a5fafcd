import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALERT_LEVELS } from './detection-input.ts';
import { type ProposalAlert, proposalOf } from './proposal.ts';

const anAlert = (change: Partial<ProposalAlert> = {}): ProposalAlert => ({
  id: 'a',
  title: { zh: '告警', en: 'Alert' },
  level: 'medium',
  category: '',
  tactics: [],
  techniques: [],
  unitPath: '/450000/450100/u/',
  entities: [{ kind: 'host', value: 'web01' }],
  firstSeenAt: new Date('2026-03-02T01:00:00Z'),
  asset: null,
  ...change,
});

const anAsset = (change: Partial<NonNullable<ProposalAlert['asset']>>): NonNullable<ProposalAlert['asset']> => ({
  id: 'x',
  name: '门户网站',
  importance: '',
  protectionLevel: null,
  criticalInfrastructure: false,
  ...change,
});

test('importance comes from the ledger, else from critical infrastructure, else from the protection level', () => {
  const cases = [
    [{ importance: 'general', criticalInfrastructure: true }, 'general', 'ledger.importance'],
    [{ criticalInfrastructure: true }, 'especially_important', 'ledger.critical'],
    [{ protectionLevel: 4 }, 'especially_important', 'ledger.protection'],
    [{ protectionLevel: 3 }, 'important', 'ledger.protection'],
    [{ protectionLevel: 2 }, 'general', 'ledger.unknown'],
  ] as const;
  for (const [asset, importance, because] of cases) {
    const proposal = proposalOf([anAlert({ asset: anAsset(asset) })]);
    assert.equal(proposal.impact.importance, importance);
    assert.equal(proposal.reasons[0]?.because, because);
  }
});

test('the category with the most weight of levels is proposed, and none where no rule has one', () => {
  const alerts = [
    anAlert({ category: 'attack.scan', level: 'low' }),
    anAlert({ category: 'attack.scan', level: 'low' }),
    anAlert({ category: 'malware.web_shell', level: 'critical' }),
  ];
  assert.equal(proposalOf(alerts).category, 'malware.web_shell');
  assert.equal(proposalOf([anAlert()]).category, '');
});

test('more alerts never propose a smaller loss, and discovery is the first of them', () => {
  const alert = fc
    .record({
      level: fc.constantFrom(...ALERT_LEVELS),
      tactics: fc.subarray(['discovery', 'execution', 'impact', 'persistence']),
      firstSeenAt: fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true }),
    })
    .map(anAlert);
  const order = ['slight', 'considerable', 'severe', 'especially_severe'];
  fc.assert(
    fc.property(fc.array(alert, { minLength: 1, maxLength: 8 }), alert, (alerts, another) => {
      const fewer = proposalOf(alerts);
      const more = proposalOf([...alerts, another]);
      assert.ok(order.indexOf(more.impact.loss) >= order.indexOf(fewer.impact.loss));
      assert.ok(alerts.every(({ firstSeenAt }) => firstSeenAt.toISOString() >= fewer.discoveredAt));
      assert.ok(fewer.title.length <= 200);
    }),
  );
});
