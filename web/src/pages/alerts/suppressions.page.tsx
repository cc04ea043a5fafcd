import { App, Button } from 'antd';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import type { Suppression } from './answers.ts';
import './alerts.css';

function useColumns(onEnd: ((suppression: Suppression) => void) | undefined): readonly Column<Suppression>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => [
      {
        key: 'rule',
        title: t('suppression.rule'),
        width: 220,
        phone: 'title',
        render: ({ rule }) => rule?.title || rule?.id || t('suppression.everyRule'),
      },
      {
        key: 'entity',
        title: t('suppression.entity'),
        render: ({ entity }) => (
          <span className="ta-break">{entity ? `${t(`alerts.entityKind.${entity.kind}`)} ${entity.value}` : '—'}</span>
        ),
      },
      {
        key: 'field',
        title: t('suppression.field'),
        render: ({ field }) => <span className="ta-break">{field ? `${field.name} = ${field.value}` : '—'}</span>,
      },
      { key: 'scope', title: t('suppression.scope'), render: ({ unit }) => unit.name || unit.path },
      {
        key: 'reason',
        title: t('suppression.reason'),
        render: ({ reason, owner }) => (
          <span className="ta-alert-title">
            {reason}
            <span className="ta-quiet">{owner.name}</span>
          </span>
        ),
      },
      {
        key: 'hitCount',
        title: t('suppression.hitCount'),
        align: 'right',
        width: 100,
        render: ({ hitCount }) => format.number(hitCount),
      },
      {
        key: 'expiresAt',
        title: t('suppression.expiresAt'),
        width: 120,
        render: ({ expiresAt }) => <TimeText at={expiresAt} form="short" />,
      },
      {
        key: 'state',
        title: t('suppression.state'),
        width: 100,
        render: ({ live }) => (
          <StateTag tone={live ? 'moving' : 'waiting'}>{t(live ? 'suppression.live' : 'suppression.over')}</StateTag>
        ),
      },
      {
        key: 'end',
        title: '',
        width: 100,
        render: (suppression) =>
          suppression.live &&
          onEnd && (
            <Button size="small" onClick={() => onEnd(suppression)}>
              {t('suppression.end')}
            </Button>
          ),
      },
    ],
    [t, format, onEnd],
  );
}

/** Asks, then ends a suppression before its time. */
function useEnd(): (suppression: Suppression) => void {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const { mutate } = useSend<{ id: string }>('DELETE', ({ id }) => `/api/suppressions/${id}`, {
    invalidate: ['/api/suppressions'],
    done: t('suppression.ended'),
  });
  return useCallback(
    ({ id }) => {
      modal.confirm({
        title: t('suppression.endTitle'),
        content: t('suppression.endConsequence'),
        okText: t('suppression.end'),
        onOk: () => mutate({ id }),
      });
    },
    [modal, mutate, t],
  );
}

function SuppressionsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const end = useEnd();
  const columns = useColumns(may('alert.suppress') ? end : undefined);
  const filters = useMemo<readonly Filter[]>(
    () => [
      {
        kind: 'select',
        key: 'state',
        label: t('suppression.state'),
        options: (['live', 'over'] as const).map((value) => ({ value, label: t(`suppression.${value}`) })),
      },
    ],
    [t],
  );
  return (
    <ListPage<Suppression>
      name="suppressions"
      title={t('suppression.title')}
      hint={t('suppression.hint')}
      url="/api/suppressions"
      live="suppression"
      idOf={(suppression) => suppression.id}
      columns={columns}
      filters={filters}
      actions={
        <AppLink to="/alerts">
          <Button>{t('alerts.title')}</Button>
        </AppLink>
      }
      empty={{ title: t('suppression.empty'), hint: t('suppression.emptyHint') }}
    />
  );
}

export const page: PageDefinition = {
  path: '/suppressions',
  title: 'suppression.title',
  permission: 'alert.read',
  Page: SuppressionsPage,
};
