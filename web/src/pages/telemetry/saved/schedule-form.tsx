import { App, Button, Form, InputNumber, Popconfirm, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { absoluteTime, useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useMay } from '#shell/session.tsx';
import { runProblem } from './run-problem.ts';
import type { Saved } from './saved-searches.tsx';

const EVERY = [5, 15, 30, 60, 240, 1440];
const ENTITIES = ['host', 'user_name', 'source_ip'] as const;
const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
const FIRST = { everyMinutes: 15, threshold: 1, entity: 'host', level: 'medium' } as const;

type Schedule = NonNullable<Saved['schedule']>;
type Run = Answer<'/api/searches/{id}/runs'>['items'][number];

/** When a search runs by itself, and what became of its runs. */
export function ScheduleForm(props: { saved: Saved; run: string | undefined; runsFirst: boolean }) {
  const { saved, run, runsFirst } = props;
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const invalidate = useInvalidate();
  const set = (schedule: Schedule | null) =>
    api.put(`/api/searches/${saved.id}/schedule`, { version: saved.version, schedule }).then(
      () => invalidate(['/api/searches']),
      (error: unknown) => void message.error(errorText(error)),
    );
  const mayEnd = saved.schedule !== null && may('search.schedule');
  const mayPlan = saved.own && may('search.schedule');
  const runs = saved.schedule && <Runs saved={saved} run={run} />;
  return (
    <>
      {runsFirst && runs}
      {mayPlan && (
        <Form
          layout="vertical"
          initialValues={saved.schedule ?? FIRST}
          onFinish={(values: Schedule) => void set(values)}
        >
          <p className="ta-quiet">{t('saved.scheduleHint')}</p>
          <div className="ta-saved-fields">
            <Form.Item name="everyMinutes" label={t('saved.every')}>
              <Select options={EVERY.map((value) => ({ value, label: t('saved.everyMinutes', { count: value }) }))} />
            </Form.Item>
            <Form.Item name="threshold" label={t('saved.threshold')} tooltip={t('saved.thresholdHint')}>
              <InputNumber min={1} max={1_000_000} precision={0} />
            </Form.Item>
            <Form.Item name="entity" label={t('saved.entity')}>
              <Select options={ENTITIES.map((value) => ({ value, label: t(`saved.entities.${value}`) }))} />
            </Form.Item>
            <Form.Item name="level" label={t('saved.level')}>
              <Select options={LEVELS.map((value) => ({ value, label: t(`parts.level.${value}`) }))} />
            </Form.Item>
          </div>
          <Button type="primary" size="small" htmlType="submit">
            {t(saved.schedule ? 'saved.change' : 'saved.start')}
          </Button>{' '}
          {saved.schedule && (
            <Button size="small" onClick={() => void set(null)}>
              {t('saved.stop')}
            </Button>
          )}
        </Form>
      )}
      {mayEnd && !saved.own && (
        <Popconfirm
          title={t('saved.stopSure', { name: saved.ownerName })}
          onConfirm={() => set(null)}
          okText={t('saved.stop')}
        >
          <Button size="small">{t('saved.stop')}</Button>
        </Popconfirm>
      )}
      {!runsFirst && runs}
    </>
  );
}

function Runs({ saved, run }: { saved: Saved; run: string | undefined }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const url = `/api/searches/${saved.id}/runs`;
  const { data, error, refetch } = useGet<Answer<'/api/searches/{id}/runs'>>(url);
  // It may be older than those that are listed.
  const wanted = useGet<Answer<'/api/searches/{id}/runs'>>(run ? url : null, { run });
  if (error && data === undefined) return <ErrorState error={error} retry={refetch} />;
  if (data === undefined) return <LinesSkeleton rows={3} />;
  const problemText = (problem: string): string => {
    const known = runProblem(problem);
    if (known === undefined) return problem;
    const { key, a } = known;
    return t(`saved.problem.${key}`, { a: key === 'skipped' ? absoluteTime(a) : a });
  };
  const outcome = ({ state, problem, found, raised, grown, leftOut }: Run) =>
    state === 'failed'
      ? t('saved.failed', { problem: problemText(problem) })
      : t('saved.found', { found: number(found), raised, grown }) +
        (leftOut > 0 ? t('saved.leftOut', { count: leftOut }) : '') +
        (problem === '' ? '' : t('saved.butSaid', { problem: problemText(problem) }));
  const columns = [
    {
      key: 'ranAt',
      title: t('saved.ranAt'),
      phone: 'title' as const,
      render: ({ ranAt }: Run) => <TimeText at={ranAt} form="full" />,
    },
    { key: 'outcome', title: t('saved.outcome'), phone: 'line' as const, render: outcome },
  ];
  return (
    <>
      {wanted.data && (
        <>
          <h4>{t('saved.thisRun')}</h4>
          <SimpleTable<Run>
            columns={columns}
            rows={wanted.data.items}
            idOf={({ id }) => id}
            empty={<EmptyState title={t('saved.runGone')} />}
          />
          <h4>{t('saved.runs')}</h4>
        </>
      )}
      {saved.dueAt && (
        <p className="ta-quiet">
          {saved.countsFrom && (
            <>
              {t('saved.countsFrom')} <TimeText at={saved.countsFrom} form="full" />
              <br />
            </>
          )}
          {t('saved.due')} <TimeText at={saved.dueAt} form="full" />
        </p>
      )}
      <SimpleTable<Run>
        columns={columns}
        rows={data.items}
        idOf={({ id }) => id}
        empty={<EmptyState title={t('saved.noRuns')} />}
      />
    </>
  );
}
