import { Alert, Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { rulePath } from '../answers.ts';
import type { Fault, FaultList } from './answers.ts';

function useColumns(): readonly Column<Fault>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: 'at', title: t('evaluation.fault.at'), width: 130, render: ({ at }) => <TimeText at={at} /> },
      {
        key: 'stage',
        title: t('evaluation.fault.stage'),
        width: 110,
        render: ({ stage }) => t(`evaluation.stage.${stage}`),
      },
      {
        key: 'rule',
        title: t('evaluation.fault.rule'),
        width: 220,
        render: ({ ruleId }) =>
          ruleId === '' ? (
            <span className="ta-quiet">{t('evaluation.unknownRule')}</span>
          ) : (
            <AppLink to={rulePath(ruleId)}>
              <span className="ta-break">{ruleId}</span>
            </AppLink>
          ),
      },
      {
        key: 'event',
        title: t('evaluation.fault.event'),
        width: 200,
        phone: 'title',
        render: ({ eventId, eventAt }) => (
          <span className="ta-rule-title">
            <span className="ta-break">{eventId}</span>
            <TimeText at={eventAt} form="short" />
          </span>
        ),
      },
      {
        key: 'error',
        title: t('evaluation.fault.error'),
        render: ({ error }) => <span className="ta-break">{error}</span>,
      },
    ],
    [t],
  );
}

/** What detection failed on and set aside; nothing when there is nothing. */
export function Faults() {
  const { t } = useTranslation();
  const columns = useColumns();
  const [open, setOpen] = useState(false);
  const { data } = useGet<FaultList>('/api/rules/faults');
  if (!data || data.total === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t('evaluation.faults', { count: data.total })}
      action={
        <Button size="small" onClick={() => setOpen(!open)}>
          {t(open ? 'evaluation.hideFaults' : 'evaluation.showFaults')}
        </Button>
      }
      description={
        <>
          {t('evaluation.faultsHint')}
          {open && <SimpleTable<Fault> columns={columns} rows={data.items} idOf={({ id }) => id} empty={null} />}
        </>
      }
    />
  );
}
