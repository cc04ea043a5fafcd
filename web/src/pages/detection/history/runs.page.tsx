import { Alert, Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Column } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { RUNS_URL, type Run, type RunList, runPath } from './answers.ts';
import { RunRules, RunState } from './run-words.tsx';
import { StartRun } from './start-run.tsx';
import '../detection.css';

function useColumns(): readonly Column<Run>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(() => {
    const figure = (key: 'hits' | 'raised' | 'known', width: number): Column<Run> => ({
      key,
      title: t(`history.field.${key}`),
      width,
      align: 'right',
      render: (run) => format.number(run[key]),
    });
    return [
      {
        key: 'rules',
        title: t('history.field.rules'),
        width: 230,
        phone: 'title',
        render: (run) => (
          <span className="ta-rule-title">
            <RunRules run={run} />
            <span className="ta-quiet">{run.reason}</span>
          </span>
        ),
      },
      { key: 'state', title: t('history.field.state'), width: 190, render: (run) => <RunState run={run} /> },
      {
        key: 'range',
        title: t('history.field.range'),
        width: 210,
        render: (run) => (
          <>
            <TimeText at={run.from} form="short" /> – <TimeText at={run.to} form="short" />
          </>
        ),
      },
      figure('hits', 80),
      figure('raised', 110),
      figure('known', 110),
      { key: 'startedBy', title: t('history.field.startedBy'), width: 100, render: (run) => run.startedBy },
      {
        key: 'startedAt',
        title: t('history.field.startedAt'),
        width: 110,
        render: (run) => <TimeText at={run.startedAt} />,
      },
    ];
  }, [t, format]);
}

function RunsPage() {
  const { t } = useTranslation();
  const columns = useColumns();
  const may = useMay();
  const [starting, setStarting] = useState(false);
  const { data } = useGet<RunList>(RUNS_URL, { page: 1, pageSize: 1 });
  const fresh = data?.fresh ?? [];
  const start = may('rule.run') && (
    <Button type="primary" onClick={() => setStarting(true)}>
      {t('history.start')}
    </Button>
  );
  return (
    <>
      <ListPage<Run>
        name="rule-runs"
        title={t('history.title')}
        hint={t('history.hint')}
        url={RUNS_URL}
        live="rule"
        idOf={(run) => run.id}
        columns={columns}
        hrefOf={runPath}
        actions={start}
        above={
          fresh.length > 0 && <Alert type="info" showIcon title={t('history.freshNotice', { count: fresh.length })} />
        }
        empty={{ title: t('history.empty'), hint: t('history.emptyHint'), action: start }}
      />
      {starting && <StartRun fresh={fresh} onClose={() => setStarting(false)} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/rules/runs',
  title: 'history.title',
  permission: 'rule.read',
  Page: RunsPage,
};
