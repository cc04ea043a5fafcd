import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { Deadline } from '#parts/deadline.tsx';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { Timeline } from '#parts/timeline.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { AcceptanceCard } from './acceptance/acceptance-card.tsx';
import { type IssueDetail, LEVEL, TONE } from './answers.ts';
import { IssueMoves } from './issue-moves.tsx';

/** One vulnerability by its id, in the drawer and on its page. */
export function IssueCard({ id }: { id: string }) {
  const url = `/api/vulnerabilities/${id}`;
  const { data, error, refetch } = useGet<IssueDetail>(url);
  useLive('vulnerability', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <IssueView issue={data} /> : <PageSkeleton />;
}

function IssueView({ issue }: { issue: IssueDetail }) {
  const { t } = useTranslation();
  const words = useTrailWords('vulnerabilities');
  const local = useLocal();
  return (
    <DetailLayout
      overline={`${issue.primaryId.replace(/^(?:rule|title):/, '')} · ${issue.unit.name}`}
      title={issue.title}
      tags={
        <>
          <StateTag tone={TONE[issue.state]}>{t(`vulnerabilities.state.${issue.state}`)}</StateTag>
          <LevelTag level={LEVEL[issue.grade] ?? 'low'} text={t(`vulnerabilities.grade.${issue.grade}`)} />
          {issue.exploited && <StateTag tone="overdue">{t('vulnerabilities.exploited')}</StateTag>}
          {issue.regressions > 0 && (
            <StateTag tone="waiting">{t('vulnerabilities.regressions', { count: issue.regressions })}</StateTag>
          )}
          {issue.deadlineAt && (
            <Deadline
              dueAt={issue.deadlineAt}
              doneAt={issue.closedAt}
              provisional={issue.deadlineProvisional}
              compact
            />
          )}
        </>
      }
      mainAction={<IssueMoves issue={issue} main />}
      actions={<IssueMoves issue={issue} />}
      story={
        <>
          <Section title={t('vulnerabilities.section.why')}>
            <p className="ta-vuln-why">{local(issue.why)}</p>
          </Section>
          <Section title={t('vulnerabilities.section.solution')}>
            {issue.solution ? (
              <p className="ta-vuln-text">{issue.solution}</p>
            ) : (
              <EmptyState title={t('vulnerabilities.section.solutionNone')} />
            )}
          </Section>
          <Findings issue={issue} />
          <History issue={issue} />
        </>
      }
      facts={
        <>
          <AcceptanceCard issueId={issue.id} />
          <IssueFacts issue={issue} />
          <Intelligence issue={issue} />
        </>
      }
      journal={{ type: 'vulnerability', id: issue.id, words }}
    />
  );
}

function IssueFacts({ issue }: { issue: IssueDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('vulnerabilities.section.facts')}>
      <Facts
        facts={[
          {
            label: t('vulnerabilities.field.asset'),
            value: issue.asset ? (
              <AppLink to={`/assets/${issue.asset.id}`}>{issue.asset.name}</AppLink>
            ) : (
              t('vulnerabilities.notInLedger')
            ),
          },
          { label: t('vulnerabilities.field.target'), value: issue.target },
          { label: t('vulnerabilities.field.place'), value: issue.place },
          { label: t('vulnerabilities.field.ids'), value: issue.ids.join('  ') },
          { label: t('vulnerabilities.field.score'), value: issue.score },
          { label: t('vulnerabilities.field.confidence'), value: t(`vulnerabilities.confidence.${issue.confidence}`) },
          issue.installedVersion !== '' && {
            label: t('vulnerabilities.field.installed'),
            value: issue.installedVersion,
          },
          issue.fixedVersion !== '' && { label: t('vulnerabilities.field.fixed'), value: issue.fixedVersion },
          { label: t('vulnerabilities.field.tools'), value: issue.tools.join(', ') },
          { label: t('vulnerabilities.field.firstSeenAt'), value: <TimeText at={issue.firstSeenAt} /> },
          { label: t('vulnerabilities.field.lastSeenAt'), value: <TimeText at={issue.lastSeenAt} /> },
          issue.closedAt !== null && {
            label: t('vulnerabilities.field.closedAt'),
            value: <TimeText at={issue.closedAt} />,
          },
        ]}
      />
    </Section>
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

function Intelligence({ issue }: { issue: IssueDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('vulnerabilities.section.intelligence')}>
      {issue.intelligence.length === 0 ? (
        <EmptyState title={t('vulnerabilities.section.intelligenceNone')} />
      ) : (
        <Facts
          facts={issue.intelligence.map((one) => ({
            label: one.id,
            value: [
              one.exploitedSince && t('vulnerabilities.kev', { date: one.exploitedSince }),
              one.ransomware && t('vulnerabilities.ransomware'),
              one.probability !== null &&
                t('vulnerabilities.epss', {
                  probability: percent(one.probability),
                  percentile: percent(one.percentile ?? 0),
                }),
            ]
              .filter(Boolean)
              .join(' · '),
          }))}
        />
      )}
    </Section>
  );
}

function Findings({ issue }: { issue: IssueDetail }) {
  const { t } = useTranslation();
  return (
    <Section
      title={t('vulnerabilities.section.findings')}
      extra={<span className="ta-quiet">{t('vulnerabilities.section.findingsHint')}</span>}
    >
      <ul className="ta-vuln-findings">
        {issue.findings.map((finding) => (
          <li key={finding.id}>
            <div className="ta-vuln-head">
              <strong>{finding.tool}</strong>
              <LevelTag level={LEVEL[finding.grade] ?? 'low'} text={t(`vulnerabilities.grade.${finding.grade}`)} />
              <span className="ta-quiet">
                {t(`vulnerabilities.gradedBy.${finding.gradedBy}`)}
                {finding.score !== null && ` ${finding.score}`} · {finding.place || finding.rule} ·{' '}
                <TimeText at={finding.lastSeenAt} />
                {!finding.open && ` · ${t('vulnerabilities.finding.gone')}`}
              </span>
            </div>
            <div>{finding.title}</div>
            {finding.evidence && <pre className="ta-vuln-text">{finding.evidence}</pre>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function History({ issue }: { issue: IssueDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  return (
    <Section title={t('vulnerabilities.section.history')}>
      <Timeline
        entries={issue.steps.map((step) => ({
          key: `${step.at} ${step.action}`,
          at: step.at,
          title: local(step.title),
          by: step.side === 'system' ? t('parts.journal.system') : step.by,
          tone: step.to === 'closed' ? ('done' as const) : ('moving' as const),
          detail: step.text,
        }))}
      />
    </Section>
  );
}
