import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { type LedgerRowView, ledgerSheet } from '#domain/detection/ledger-sheet.ts';
import { contentOf } from '#platform/sheet.ts';
import { texts as detection } from '../../web/src/pages/detection/texts.ts';
import { texts as parts } from '../../web/src/parts/texts.ts';

const ROW: LedgerRowView = {
  ...{ ruleId: 'r-1', kind: 'correlation', title: { zh: '=反复失败', en: 'Many failures' }, level: 'high' },
  ...{ events: 12, evaluated: 10, candidates: 4, hits: 3, suppressed: 1, cut: 0, skipped: 2, errors: 0 },
  ...{ limits: [{ kind: 'late', reached: 5 }], gaps: ['off', 'errors'], backfilled: 1, fieldsNeverSeen: ['a', 'b'] },
};

it('the evaluation ledger is kept in the words of the console, and nothing in it runs as a formula', async () => {
  const [head = '', line = ''] = (await text(contentOf(ledgerSheet([ROW]), 'csv'))).replace('\uFEFF', '').split('\r\n');
  const cells = Object.fromEntries(head.split(',').map((heading, at) => [heading, line.split(',')[at]]));
  const { count, limit } = detection.zh;
  assert.equal(cells.规则, "'=反复失败");
  assert.equal(cells.等级, parts.zh.level.high);
  assert.deepEqual([cells[count.events], cells[count.evaluated], cells[count.skipped]], ['12', '10', '2']);
  assert.deepEqual([cells[limit.late], cells[limit.groups]], ['5', '0']);
  assert.equal(cells.缺口原因, '停用期间；评估出错');
  assert.equal(cells.从未出现的字段, 'a b');
  const record = JSON.parse(await text(contentOf(ledgerSheet([ROW]), 'ndjson')));
  assert.deepEqual(record, ROW);
});
