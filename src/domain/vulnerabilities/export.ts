import type { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { type Columns, type Sheet, tabled } from '#platform/sheet.ts';
import { allIssues, type IssueFilter, type IssueView } from './list.ts';
import { issueWorkflow } from './workflow.ts';

type Issue = z.input<typeof IssueView>;

const GRADES = { critical: '超危', high: '高危', medium: '中危', low: '低危' } as const;
const CONFIDENCES = { verified: '已验证', version: '版本匹配', banner: '横幅推测', unknown: '未说明' } as const;

const COLUMNS: Columns<Issue> = [
  ['单位', ({ unit }) => unit.name],
  ['资产名称', ({ asset }) => asset?.name ?? '（不在台账）'],
  ['主机', ({ target }) => target],
  ['位置', ({ place }) => place],
  ['漏洞编号', ({ ids }) => ids.join(' ')],
  ['漏洞名称', ({ title }) => title],
  ['风险等级', ({ grade }) => GRADES[grade]],
  ['CVSS评分', ({ score }) => score ?? ''],
  ['可信度', ({ confidence }) => CONFIDENCES[confidence]],
  ['优先级', ({ priority }) => priority],
  ['依据', ({ why }) => why.zh],
  ['状态', ({ state }) => issueWorkflow.states[state].title.zh],
  ['当前版本', ({ installedVersion }) => installedVersion],
  ['修复版本', ({ fixedVersion }) => fixedVersion],
  ['首次发现', ({ firstSeenAt }) => firstSeenAt],
  ['最后发现', ({ lastSeenAt }) => lastSeenAt],
  ['整改期限', ({ deadlineAt }) => deadlineAt ?? ''],
];

/** The issues that fit as a sheet in the words of the importer, however many: read while they are written. */
export const issueSheet = (ctx: Ctx, filter: z.output<typeof IssueFilter>): Sheet<Issue> => ({
  name: '漏洞',
  ...tabled(COLUMNS),
  record: (issue) => issue,
  rows: allIssues(ctx, filter, ctx.clock.now()),
});
