import { Alert, App, Button, Popconfirm, Progress } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { LevelTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { rulePath } from '../answers.ts';
import { RUNS_URL, type RunDetail, type RunResult, runUrl } from './answers.ts';
import { RunRules, RunStateTag } from './run-words.tsx';

const REFRESH_MS = 5_000;

/** One run: how far it is and what came of each rule. */
export function RunCard({ id }: { id: string }) {
  const url = runUrl(id);
  const { data, error, refetch } = useGet<RunDetail>(url, {}, { refetchIntervalMs: REFRESH_MS });
  useLive('rule', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <RunView run={data} /> : <PageSkeleton />;
}

function useColumns(): readonly Column<RunResult>[] {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  return useMemo(() => {
    const figure = (key: 'hits' | 'raised' | 'known' | 'cut', width: number): Column<RunResult> => ({
      key,
      title: t(`history.field.${key}`),
      width,
      align: 'right',
      render: (result) => format.number(result[key]),
    });
    return [
      { key: 'level', title: t('detection.field.level'), width: 92, render: ({ level }) => <LevelTag level={level} /> },
      {
        key: 'title',
        title: t('detection.field.title'),
        phone: 'title',
        render: ({ ruleId, title, error }) => (
          <span className="ta-rule-title">
            <AppLink to={rulePath(ruleId)}>{local(title)}</AppLink>
            {error !== '' && (
              <span className="ta-quiet">
                {t('history.field.error')}: {error}
              </span>
            )}
          </span>
        ),
      },
      figure('hits', 80),
      figure('raised', 120),
      figure('known', 110),
      figure('cut', 120),
    ];
  }, [t, local, format]);
}

function RunView({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const words = useTrailWords('history');
  const columns = useColumns();
  const running = run.state === 'running';
  return (
    <DetailLayout
      overline={<AppLink to="/rules/runs">{t('history.back')}</AppLink>}
      title={<RunRules run={run} />}
      tags={<RunStateTag run={run} />}
      mainAction={running && !run.stopping && <StopButton id={run.id} />}
      banner={<Banner run={run} />}
      story={
        <Section title={t('history.results')}>
          <SimpleTable<RunResult>
            columns={columns}
            rows={run.results}
            idOf={({ ruleId }) => ruleId}
            empty={<EmptyState title={t(running ? 'history.noResultsRunning' : 'history.noResults')} />}
          />
        </Section>
      }
      facts={<RunFacts run={run} />}
      journal={{ type: 'rule-run', id: run.id, words }}
    />
  );
}

function Banner({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const percent = Math.floor(run.progress * 100);
  return (
    <>
      {run.state === 'running' && <Progress percent={percent} aria-label={t('history.progress', { percent })} />}
      {run.error !== '' && (
        <Alert
          type={run.state === 'failed' ? 'error' : 'warning'}
          showIcon
          title={t(`history.error.${run.error}`, { defaultValue: run.error })}
        />
      )}
    </>
  );
}

function StopButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const may = useMay();
  const stop = useSend('POST', `${runUrl(id)}/stop`, {
    invalidate: [RUNS_URL],
    onDone: () => void message.success(t('history.stopped')),
  });
  if (!may('rule.stop-run')) return null;
  return (
    <Popconfirm
      title={t('history.stop')}
      description={t('history.stopConsequence')}
      okText={t('history.stop')}
      onConfirm={() => stop.mutate()}
    >
      <Button danger loading={stop.isPending}>
        {t('history.stop')}
      </Button>
    </Popconfirm>
  );
}

function RunFacts({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = Math.round(run.workMs / 1000);
  const work =
    seconds < 120
      ? t('history.seconds', { count: seconds })
      : t('history.minutes', { count: Math.round(seconds / 60) });
  const fact = (key: string, value: React.ReactNode) => ({ label: t(`history.field.${key}`), value });
  return (
    <Section title={t('detection.facts')}>
      <Facts
        facts={[
          fact('hits', format.number(run.hits)),
          run.raises && fact('raised', format.number(run.raised)),
          run.raises && fact('known', format.number(run.known)),
          run.cut > 0 && fact('cut', format.number(run.cut)),
          fact('mode', t(run.raises ? 'history.raises' : 'history.countsOnly')),
          fact(
            'range',
            <>
              <TimeText at={run.from} form="short" /> – <TimeText at={run.to} form="short" />
            </>,
          ),
          run.state !== 'done' && fact('doneTo', <TimeText at={run.doneTo} form="short" />),
          fact('events', format.number(run.events)),
          fact('work', work),
          fact('startedBy', run.startedBy),
          fact('startedAt', <TimeText at={run.startedAt} />),
          run.finishedAt !== null && fact('finishedAt', <TimeText at={run.finishedAt} />),
          fact('reason', run.reason),
        ]}
      />
    </Section>
  );
}
