import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { useLocal } from '#parts/local.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { useGo } from '#shell/link.tsx';
import { type RelatedAlert, TONE } from './answers.ts';

/** Alerts that share a host, user or address with this one. */
export function RelatedAlerts({ id }: { id: string }) {
  const { t } = useTranslation();
  const local = useLocal();
  const go = useGo();
  const answer = useGet<{ items: readonly RelatedAlert[] }>(`/api/alerts/${id}/related`);
  const columns = useMemo<readonly Column<RelatedAlert>[]>(
    () => [
      { key: 'level', title: t('alerts.field.level'), width: 92, render: (alert) => <LevelTag level={alert.level} /> },
      { key: 'title', title: t('alerts.field.title'), phone: 'title', render: (alert) => local(alert.title) },
      {
        key: 'shared',
        title: t('alerts.shared'),
        render: ({ shared }) => (
          <span className="ta-break">
            {shared
              .map(({ kind, value }) => `${t(`alerts.entityKind.${kind}`)} ${value}`)
              .join(t('parts.listSeparator'))}
          </span>
        ),
      },
      {
        key: 'state',
        title: t('alerts.field.state'),
        width: 100,
        render: (alert) => <StateTag tone={TONE[alert.state]}>{t(`alerts.state.${alert.state}`)}</StateTag>,
      },
      {
        key: 'lastSeenAt',
        title: t('alerts.field.lastSeenAt'),
        width: 116,
        render: (alert) => <TimeText at={alert.lastSeenAt} />,
      },
    ],
    [t, local],
  );
  return (
    <QueryCard title={t('alerts.related')} answer={answer}>
      {({ items }) => (
        <SimpleTable<RelatedAlert>
          columns={columns}
          rows={items}
          idOf={(alert) => alert.id}
          onOpen={(alert) => go(`/alerts/${alert.id}`)}
          empty={<EmptyState title={t('alerts.relatedNone')} />}
        />
      )}
    </QueryCard>
  );
}
