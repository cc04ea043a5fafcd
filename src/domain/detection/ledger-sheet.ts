import { z } from 'zod';
import { CORRELATION_LIMITS, type CorrelationLimit } from '#engine/sigma/correlator-part.ts';
import { LEVELS } from '#engine/sigma/rule.ts';
import { type Columns, type Sheet, tabled } from '#platform/sheet.ts';
import { GAPS, LedgerSums } from './ledger.ts';

export const LedgerRow = LedgerSums.extend({
  ruleId: z.string(),
  kind: z.enum(['rule', 'correlation']),
  title: z.object({ zh: z.string(), en: z.string() }),
  level: z.enum(LEVELS),
  gaps: z.array(z.enum(GAPS)).describe('reasons of gaps that no run over history has filled since'),
  backfilled: z.number().int().describe('hours with gaps that a run over history has looked at since'),
  fieldsNeverSeen: z.array(z.string()),
});
export type LedgerRowView = z.input<typeof LedgerRow>;

const LEVEL_NAMES: Readonly<Record<(typeof LEVELS)[number], string>> = {
  informational: '提示',
  low: '低',
  medium: '中',
  high: '高',
  critical: '严重',
};
const GAP_NAMES: Readonly<Record<(typeof GAPS)[number], string>> = {
  off: '停用期间',
  'not-loaded': '规则尚未加载',
  errors: '评估出错',
};
const LIMIT_NAMES: Readonly<Record<CorrelationLimit, string>> = {
  groups: '关联分组过多，遗忘分组',
  entries: '分组内事件过多，遗忘事件',
  coarse: '事件过多，改为分段计数',
  late: '到达过晚，未计入',
  'no-group': '缺少分组字段，未计入',
};

const COLUMNS: Columns<LedgerRowView> = [
  ['规则编号', ({ ruleId }) => ruleId],
  ['规则', ({ title }) => title.zh],
  ['规则（英文）', ({ title }) => title.en],
  ['等级', ({ level }) => LEVEL_NAMES[level]],
  ['范围内日志', ({ events }) => events],
  ['已评估', ({ evaluated }) => evaluated],
  ['进一步比对', ({ candidates }) => candidates],
  ['命中', ({ hits }) => hits],
  ['被抑制', ({ suppressed }) => suppressed],
  ['只计数未保留', ({ cut }) => cut],
  ['停用期间未评估', ({ skipped }) => skipped],
  ['评估出错', ({ errors }) => errors],
  ...CORRELATION_LIMITS.map(
    (kind) =>
      [
        LIMIT_NAMES[kind],
        ({ limits }: LedgerRowView) => limits.find((limit) => limit.kind === kind)?.reached ?? 0,
      ] as const,
  ),
  ['缺口原因', ({ gaps }) => gaps.map((gap) => GAP_NAMES[gap]).join('；')],
  ['已回溯补查的小时', ({ backfilled }) => backfilled],
  ['从未出现的字段', ({ fieldsNeverSeen }) => fieldsNeverSeen.join(' ')],
];

/** What each rule was asked and was not, one row each. */
export const ledgerSheet = (rows: readonly LedgerRowView[]): Sheet<LedgerRowView> => ({
  name: '评估台账',
  ...tabled(COLUMNS),
  record: (row) => row,
  rows,
});
