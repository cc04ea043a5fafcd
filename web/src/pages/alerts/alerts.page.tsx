import { App, Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import type { BulkAction, Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { useUrlState } from '#shell/url-state.ts';
import { AlertCard } from './alert-detail.tsx';
import { type Alert, LEVELS, STATES, TONE } from './answers.ts';
import { CloseDialog } from './close-dialog.tsx';
import { OpenIncident } from './open-incident.tsx';
import './alerts.css';

function useColumns(): readonly Column<Alert>[] {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  return useMemo(
    () => [
      {
        key: 'level',
        title: t('alerts.field.level'),
        width: 84,
        sortable: true,
        render: (alert) => <LevelTag level={alert.level} />,
      },
      {
        key: 'title',
        title: t('alerts.field.title'),
        width: 230,
        phone: 'title',
        render: (alert) => (
          <span className="ta-alert-title">
            {local(alert.title)}
            {alert.foundInHistory && <span className="ta-quiet">{t('alerts.foundInHistory')}</span>}
            <span className="ta-quiet">{alert.techniques.join(' ')}</span>
          </span>
        ),
      },
      {
        key: 'entity',
        title: t('alerts.field.entity'),
        width: 140,
        render: (alert) => (
          <span title={t(`alerts.entityKind.${alert.entity.kind}`)} className="ta-break">
            {alert.entity.value}
          </span>
        ),
      },
      {
        key: 'place',
        title: t('alerts.field.place'),
        width: 200,
        render: (alert) => (
          <span className="ta-alert-title">
            {alert.asset?.name ?? '—'}
            {alert.system !== null && alert.system.id !== alert.asset?.id && (
              <span className="ta-quiet">{alert.system.name}</span>
            )}
            <span className="ta-quiet">{alert.unit.name || alert.unit.path}</span>
          </span>
        ),
      },
      {
        key: 'count',
        title: t('alerts.field.count'),
        width: 92,
        align: 'right',
        sortable: true,
        render: (alert) => format.number(alert.count),
        phone: 'hidden',
      },
      {
        key: 'state',
        title: t('alerts.field.state'),
        width: 100,
        render: (alert) => <StateTag tone={TONE[alert.state]}>{t(`alerts.state.${alert.state}`)}</StateTag>,
      },
      {
        key: 'assignee',
        title: t('alerts.field.assignee'),
        width: 88,
        render: (alert) => alert.assignee?.name ?? <span className="ta-quiet">{t('alerts.nobody')}</span>,
        phone: 'hidden',
      },
      {
        key: 'activeAt',
        title: t('alerts.field.activeAt'),
        width: 116,
        sortable: true,
        render: (alert) => <TimeText at={alert.activeAt} />,
      },
      {
        key: 'lastSeenAt',
        title: t('alerts.field.lastSeenAt'),
        sortable: true,
        hidden: true,
        render: (alert) => <TimeText at={alert.lastSeenAt} form="short" />,
      },
      {
        key: 'raisedAt',
        title: t('alerts.field.raisedAt'),
        sortable: true,
        hidden: true,
        render: (alert) => <TimeText at={alert.raisedAt} form="short" />,
      },
      {
        key: 'verdict',
        title: t('alerts.field.verdict'),
        hidden: true,
        render: (alert) => (alert.verdict === '' ? '—' : t(`alerts.verdict.${alert.verdict}`)),
      },
    ],
    [t, local, format],
  );
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  const [url] = useUrlState();
  const linked = Object.keys(url).join(' ');
  return useMemo(
    () => [
      {
        kind: 'select',
        key: 'state',
        label: t('alerts.field.state'),
        multiple: true,
        options: STATES.map((value) => ({ value, label: t(`alerts.state.${value}`) })),
      },
      {
        kind: 'select',
        key: 'level',
        label: t('alerts.field.level'),
        multiple: true,
        options: LEVELS.map((value) => ({ value, label: t(`parts.level.${value}`) })),
      },
      { kind: 'place', key: 'unit', label: t('alerts.field.unit') },
      {
        kind: 'select',
        key: 'assignee',
        label: t('alerts.field.assignee'),
        options: [
          { value: 'me', label: t('alerts.mine') },
          { value: 'none', label: t('alerts.nobody') },
        ],
      },
      { kind: 'time', key: 'range', label: t('alerts.field.time') },
      { kind: 'text', key: 'technique', label: t('alerts.field.technique') },
      { kind: 'text', key: 'system', label: t('alerts.field.system') },
      // Only links set these; they are shown then, to be seen and cleared.
      ...(['entity', 'rule', 'asset'] as const)
        .filter((key) => linked.includes(key))
        .map((key): Filter => ({ kind: 'text', key, label: t(`alerts.field.${key}`) })),
    ],
    [t, linked],
  );
}

interface BulkResult {
  readonly done: readonly string[];
  readonly failed: readonly { readonly detail: string }[];
}

const idsOf = (alerts: readonly Alert[]): string[] => alerts.map(({ id }) => id);

function useBulk() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  return async (body: object): Promise<void> => {
    const { done, failed } = await api.post<BulkResult>('/api/alerts/bulk', body);
    await invalidate(['/api/alerts']);
    if (done.length > 0) void message.success(t('alerts.bulkDone', { done: done.length }));
    const [refused] = failed;
    if (refused) void message.warning(t('alerts.bulkFailed', { failed: failed.length, detail: refused.detail }), 6);
  };
}

function AlertsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const run = useBulk();
  const [closing, setClosing] = useState<readonly Alert[]>([]);
  const [opening, setOpening] = useState<readonly Alert[]>([]);
  const columns = useColumns();
  const filters = useFilters();
  const bulk: readonly BulkAction<Alert>[] = [
    {
      key: 'start',
      label: t('alerts.start'),
      permission: 'alert.triage',
      run: (alerts) => run({ action: 'acknowledge', ids: idsOf(alerts) }),
    },
    {
      key: 'mine',
      label: t('alerts.assignMe'),
      permission: 'alert.assign',
      run: (alerts) => run({ action: 'assign', ids: idsOf(alerts), assigneeId: 'me' }),
    },
    {
      key: 'incident',
      label: t('alerts.openIncident'),
      permission: 'incident.open',
      run: (alerts) => Promise.resolve(setOpening(alerts)),
    },
    {
      key: 'close',
      label: t('alerts.close'),
      permission: 'alert.triage',
      run: (alerts) => Promise.resolve(setClosing(alerts)),
    },
  ];
  return (
    <>
      <ListPage<Alert>
        name="alerts"
        title={t('alerts.title')}
        hint={t('alerts.hint')}
        url="/api/alerts"
        searchName="text"
        search={t('alerts.search')}
        live="alert"
        idOf={(alert) => alert.id}
        columns={columns}
        filters={filters}
        defaultSort={{ key: 'activeAt', order: 'desc' }}
        detail={(id) => <AlertCard id={id} />}
        hrefOf={(id) => `/alerts/${id}`}
        bulk={may('alert.triage') || may('incident.open') ? bulk : []}
        actions={
          <AppLink to="/suppressions">
            <Button>{t('alerts.suppressions')}</Button>
          </AppLink>
        }
        empty={{ title: t('alerts.empty'), hint: t('alerts.emptyHint') }}
      />
      <CloseDialog
        open={closing.length > 0}
        note={t('alerts.chosenCount', { count: closing.length })}
        onCancel={() => setClosing([])}
        onConfirm={async (verdict, reason) => {
          await run({ action: 'close', ids: idsOf(closing), verdict, reason });
          setClosing([]);
        }}
      />
      {opening.length > 0 && <OpenIncident alertIds={idsOf(opening)} onClose={() => setOpening([])} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/alerts',
  title: 'alerts.title',
  permission: 'alert.read',
  menu: { group: 'sense', order: 10 },
  Page: AlertsPage,
};
