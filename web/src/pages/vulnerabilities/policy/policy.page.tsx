import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { Timeline } from '#parts/timeline.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { PRIORITIES } from '../answers.ts';
import { PolicyForm } from './policy-form.tsx';
import '../vulnerabilities.css';

type PolicyAnswer = Answer<'/api/vulnerabilities/policy'>;
type Policy = PolicyAnswer['policy'];

interface Line {
  readonly key: string;
  readonly label: string;
  readonly value: string;
}

/** A policy in lines of text, so that two can be compared. */
function useLines(): (policy: Policy) => readonly Line[] {
  const { t } = useTranslation();
  const format = useFormat();
  return (policy) => [
    ...PRIORITIES.map((priority) => ({
      key: `days.${priority}`,
      label: t(`vulnerabilities.priority.${priority}`),
      value: t('policy.days', { count: policy.workingDays[priority] }),
    })),
    {
      key: 'likelyFrom',
      label: t('policy.field.likelyFrom'),
      value: t('policy.percent', { share: format.percent(policy.likelyFrom, 1) }),
    },
    {
      key: 'protectionLevelFrom',
      label: t('policy.field.protectionLevelFrom'),
      value: t(`ledger.level.${policy.protectionLevelFrom}`),
    },
    {
      key: 'acceptanceMonthsMax',
      label: t('policy.field.acceptanceMonthsMax'),
      value: t('policy.months', { count: policy.acceptanceMonthsMax }),
    },
  ];
}

/** How soon weaknesses are to be mended, and where priorities draw their lines; with every change of it. */
function PolicyPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [editing, setEditing] = useState(false);
  const { data, error, refetch } = useGet<PolicyAnswer>('/api/vulnerabilities/policy');
  if (error) return <ErrorState error={error} retry={refetch} />;
  if (!data) return <PageSkeleton />;
  const edit = may('vulnerability.policy') ? (
    <Button type="primary" onClick={() => setEditing(true)}>
      {t('policy.edit')}
    </Button>
  ) : (
    <span className="ta-quiet">{t('policy.who')}</span>
  );
  return (
    <>
      <PageHeader title={t('policy.title')} hint={t('policy.hint')} actions={edit} />
      <div className="ta-policy">
        <InForce answer={data} />
        <History answer={data} />
      </div>
      {editing && <PolicyForm answer={data} onClose={() => setEditing(false)} />}
    </>
  );
}

/** What holds now, and beside it what the platform came with, where that is different. */
function InForce({ answer }: { answer: PolicyAnswer }) {
  const { t } = useTranslation();
  const linesOf = useLines();
  const standard = new Map(linesOf(answer.standard).map(({ key, value }) => [key, value]));
  const lines = linesOf(answer.policy);
  const facts = (keys: (key: string) => boolean) =>
    lines
      .filter(({ key }) => keys(key))
      .map(({ key, label, value }) => ({
        label,
        value: (
          <>
            {value}
            {standard.get(key) !== value && (
              <span className="ta-quiet"> · {t('policy.standardWas', { value: standard.get(key) })}</span>
            )}
          </>
        ),
      }));
  const whose = (
    <StateTag tone={answer.revision === 0 ? 'waiting' : 'done'}>
      {t(answer.revision === 0 ? 'policy.standard' : 'policy.own')}
    </StateTag>
  );
  return (
    <>
      <Section title={t('policy.deadlines')} extra={whose}>
        <Facts facts={facts((key) => key.startsWith('days.'))} />
      </Section>
      <Section title={t('policy.priority')}>
        <Facts facts={facts((key) => key.endsWith('From'))} />
      </Section>
      <Section title={t('policy.acceptance')}>
        <Facts facts={facts((key) => key.startsWith('acceptance'))} />
      </Section>
    </>
  );
}

/** Who changed what, when and why. */
function History({ answer }: { answer: PolicyAnswer }) {
  const { t } = useTranslation();
  const linesOf = useLines();
  return (
    <Section title={t('policy.history')}>
      {answer.history.length === 0 ? (
        <span className="ta-quiet">{t('policy.historyNone')}</span>
      ) : (
        <Timeline
          entries={answer.history.map(({ revision, at, by, reason, before, after }) => {
            const was = new Map(linesOf(before).map(({ key, value }) => [key, value]));
            return {
              key: String(revision),
              at,
              by,
              title: reason,
              detail: (
                <ul className="ta-policy-changes">
                  {linesOf(after)
                    .filter(({ key, value }) => was.get(key) !== value)
                    .map(({ key, label, value }) => (
                      <li key={key}>
                        {label}
                        {t('parts.colon')}
                        <span className="ta-quiet">{was.get(key)} → </span>
                        {value}
                      </li>
                    ))}
                </ul>
              ),
            };
          })}
        />
      )}
    </Section>
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities/policy',
  title: 'policy.title',
  permission: 'vulnerability.read',
  Page: PolicyPage,
};
