import { worseGrade } from '#engine/vulnerability/grade.ts';
import { type Exploitation, type Exposure, prioritise, type Stake } from '#engine/vulnerability/priority.ts';
import type { Confidence } from '#engine/vulnerability/report.ts';
import { CONFIDENCES } from '#engine/vulnerability/report.ts';
import type { FindingRow, IssueRow } from './import/store.ts';
import type { MendingPolicy } from './standards.ts';

/** What an issue says, taken from the findings of all tools. */
export type IssueFacts = Pick<
  IssueRow,
  | 'title'
  | 'ids'
  | 'grade'
  | 'score'
  | 'confidence'
  | 'place'
  | 'tools'
  | 'solution'
  | 'installed_version'
  | 'fixed_version'
  | 'first_seen_at'
  | 'last_seen_at'
>;

type Said = Pick<
  FindingRow,
  | 'title'
  | 'ids'
  | 'grade'
  | 'score'
  | 'confidence'
  | 'place'
  | 'tool'
  | 'solution'
  | 'installed_version'
  | 'fixed_version'
  | 'first_seen_at'
  | 'last_seen_at'
  | 'open'
>;

const surer = (left: Confidence, right: Confidence): Confidence =>
  CONFIDENCES.indexOf(left) <= CONFIDENCES.indexOf(right) ? left : right;

const firstSaid = (texts: readonly string[]): string => texts.find((text) => text !== '') ?? '';

/**
 * One issue out of the findings of several tools: the worst grade, the surest evidence, every number. Open findings
 * speak; closed ones only when nothing is open any more.
 */
export function issueFacts(findings: readonly Said[]): IssueFacts {
  const open = findings.filter((finding) => finding.open);
  const speaking = (open.length > 0 ? open : [...findings]).toSorted(
    (left, right) => right.last_seen_at.getTime() - left.last_seen_at.getTime() || left.tool.localeCompare(right.tool),
  );
  const grade = speaking.map((one) => one.grade).reduce(worseGrade, 'info');
  const scores = speaking.flatMap(({ score }) => (score === null ? [] : [score]));
  const times = (pick: (one: Said) => Date) => findings.map((one) => pick(one).getTime());
  return {
    title: speaking[0]?.title ?? '',
    ids: [...new Set(findings.flatMap(({ ids }) => ids))].sort(),
    grade: grade === 'info' ? 'low' : grade,
    score: scores.length > 0 ? Math.max(...scores) : null,
    confidence: speaking.map((one) => one.confidence).reduce<Confidence>(surer, 'unknown'),
    place: [...new Set(speaking.map(({ place }) => place).filter(Boolean))].slice(0, 5).join(', '),
    tools: [...new Set(findings.map(({ tool }) => tool))].sort(),
    solution: firstSaid(speaking.map(({ solution }) => solution)),
    installed_version: firstSaid(speaking.map((one) => one.installed_version)),
    fixed_version: firstSaid(speaking.map((one) => one.fixed_version)),
    first_seen_at: new Date(Math.min(...times((one) => one.first_seen_at))),
    last_seen_at: new Date(Math.max(...times((one) => one.last_seen_at))),
  };
}

/** Priority of an issue with what it came from, ready to be kept. */
export function rated(
  policy: MendingPolicy,
  grade: IssueRow['grade'],
  exploitation: Exploitation,
  exposure: Exposure,
  stake: Stake,
) {
  const { priority, reasons } = prioritise({ grade, exploitation, exposure, stake }, policy);
  return { priority, reasons };
}
