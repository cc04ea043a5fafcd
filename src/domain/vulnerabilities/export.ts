import type { z } from 'zod';
import type { Ctx } from '#platform/context.ts';
import { csvCell } from '#platform/csv.ts';
import { invalid } from '#platform/errors.ts';
import { allIssues, type IssueFilter } from './list.ts';
import { issueWorkflow } from './workflow.ts';

/** More than this is exported in parts, by filter. */
const EXPORT_MAX = 50_000;

const GRADES = { critical: '超危', high: '高危', medium: '中危', low: '低危' } as const;
const CONFIDENCES = { verified: '已验证', version: '版本匹配', banner: '横幅推测', unknown: '未说明' } as const;
const HEADINGS = [
  '单位',
  '资产名称',
  '主机',
  '位置',
  '漏洞编号',
  '漏洞名称',
  '风险等级',
  'CVSS评分',
  '可信度',
  '优先级',
  '依据',
  '状态',
  '当前版本',
  '修复版本',
  '首次发现',
  '最后发现',
  '整改期限',
];

/** The issues that fit, as CSV with a byte order mark, in the words of the importer. @throws AppError when too many fit */
export async function exportIssues(ctx: Ctx, filter: z.output<typeof IssueFilter>): Promise<Uint8Array> {
  const found = await ctx.read((db) => allIssues(db, filter, ctx.clock.now(), EXPORT_MAX + 1));
  if (found.length > EXPORT_MAX) {
    throw invalid(`More than ${EXPORT_MAX} vulnerabilities fit: narrow the filter and export in parts`);
  }
  const lines = found.map((issue) => [
    issue.unit.name,
    issue.asset?.name ?? '（不在台账）',
    issue.target,
    issue.place,
    issue.ids.join(' '),
    issue.title,
    GRADES[issue.grade],
    issue.score === null ? '' : String(issue.score),
    CONFIDENCES[issue.confidence],
    String(issue.priority),
    issue.why.zh,
    issueWorkflow.states[issue.state].title.zh,
    issue.installedVersion,
    issue.fixedVersion,
    issue.firstSeenAt,
    issue.lastSeenAt,
    issue.deadlineAt ?? '',
  ]);
  const text = [HEADINGS, ...lines].map((line) => line.map(csvCell).join(',')).join('\r\n');
  return Buffer.from(`\uFEFF${text}\r\n`, 'utf8');
}
