import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Deadline } from '#parts/deadline.tsx';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { GradeTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { GRADES, type Incident, toneOf } from './answers.ts';
import { IncidentCard } from './incident-card.tsx';
import { RegisterDialog } from './register-dialog.tsx';

const STATES = ['alive', 'open', 'handling', 'contained', 'resolved', 'reopened', 'closed', 'merged'] as const;

function useColumns(): readonly Column<Incident>[] {
  const { t } = useTranslation();
  const local = useLocal();
  return useMemo(
    () => [
      {
        key: 'title',
        title: t('incidents.field.title'),
        width: 280,
        phone: 'title',
        render: (incident) => (
          <>
            <div>{incident.title}</div>
            <div className="ta-quiet">
              {incident.categoryTitle ? local(incident.categoryTitle) : t('incidents.noCategory')}
            </div>
          </>
        ),
      },
      {
        key: 'grade',
        title: t('incidents.field.grade'),
        width: 150,
        sortable: true,
        render: (incident) => (
          <GradeTag grade={incident.grade ?? incident.gradeProposed} proposed={incident.grade === null} />
        ),
      },
      {
        key: 'state',
        title: t('incidents.field.state'),
        width: 120,
        sortable: true,
        render: (incident) => <StateTag tone={toneOf(incident)}>{local(incident.stateTitle)}</StateTag>,
      },
      {
        key: 'report',
        title: t('incidents.field.report'),
        width: 200,
        render: (incident) =>
          incident.nextReportDueAt ? (
            <Deadline compact dueAt={incident.nextReportDueAt} />
          ) : (
            <span className="ta-quiet">{t('incidents.noReport')}</span>
          ),
      },
      {
        key: 'handler',
        title: t('incidents.field.handler'),
        width: 90,
        phone: 'hidden',
        render: (incident) => incident.handlerName || '—',
      },
      {
        key: 'discoveredAt',
        title: t('incidents.field.discoveredAt'),
        width: 116,
        sortable: true,
        phone: 'hidden',
        render: (incident) => <TimeText at={incident.discoveredAt} form="short" />,
      },
      {
        key: 'openedAt',
        title: t('incidents.field.openedAt'),
        width: 110,
        sortable: true,
        render: (incident) => <TimeText at={incident.openedAt} />,
      },
    ],
    [t, local],
  );
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        kind: 'select',
        key: 'state',
        label: t('incidents.field.state'),
        multiple: true,
        options: STATES.map((value) => ({ value, label: t(`incidents.state.${value}`) })),
      },
      {
        kind: 'select',
        key: 'grade',
        label: t('incidents.field.grade'),
        options: GRADES.map((value) => ({ value, label: t(`parts.grade.${value}`) })),
      },
      { kind: 'place', key: 'path', label: t('incidents.field.units') },
      { kind: 'switch', key: 'reportOverdue', label: t('incidents.reportOverdue') },
    ],
    [t],
  );
}

function IncidentsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [registering, setRegistering] = useState(false);
  const columns = useColumns();
  const filters = useFilters();
  return (
    <>
      <ListPage<Incident>
        name="incidents"
        title={t('incidents.title')}
        hint={t('incidents.hint')}
        url="/api/incidents"
        searchName="search"
        search={t('incidents.search')}
        live="incident"
        idOf={(incident) => incident.id}
        columns={columns}
        filters={filters}
        defaultSort={{ key: 'openedAt', order: 'desc' }}
        detail={(id) => <IncidentCard id={id} />}
        hrefOf={(id) => `/incidents/${id}`}
        actions={
          may('incident.open') && <Button onClick={() => setRegistering(true)}>{t('incidents.register.button')}</Button>
        }
        empty={{ title: t('incidents.empty'), hint: t('incidents.emptyHint') }}
      />
      {registering && <RegisterDialog onClose={() => setRegistering(false)} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/incidents',
  title: 'incidents.title',
  permission: 'incident.read',
  menu: { group: 'command', order: 10 },
  Page: IncidentsPage,
};
