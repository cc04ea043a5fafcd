import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { Deadline } from '#parts/deadline.tsx';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { usePersonName } from '#parts/person-name.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { GradeTag, LevelTag, StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { Timeline, type TimelineEntry } from '#parts/timeline.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { Why } from '#parts/why.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { type IncidentDetail, READ_AGAIN, toneOf } from './answers.ts';
import { LegalClock } from './legal-clock.tsx';
import { useMoves } from './moves.tsx';
import { useCriterionReasons, useImpactReasons } from './reasons.ts';
import './incidents.css';

/** One incident by its id, in the drawer and on its page. */
export function IncidentCard({ id }: { id: string }) {
  const url = `/api/incidents/${id}`;
  const { data, error, refetch } = useGet<IncidentDetail>(url);
  useLive('incident', [url]);
  useLive('order', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <IncidentView incident={data} /> : <PageSkeleton />;
}

function IncidentView({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const words = useTrailWords('incidents');
  const local = useLocal();
  const { mainButton, otherButtons, dialog } = useMoves(incident);
  return (
    <>
      <DetailLayout
        overline={incident.categoryTitle ? local(incident.categoryTitle) : t('incidents.noCategory')}
        title={incident.title}
        tags={
          <>
            <StateTag tone={toneOf(incident)}>{local(incident.stateTitle)}</StateTag>
            <GradeTag grade={incident.grade ?? incident.gradeProposed} proposed={incident.grade === null} />
            {incident.mustBeReported && <StateTag tone="overdue">{t('incidents.mustBeReported')}</StateTag>}
            {incident.nextReportDueAt && <Deadline compact dueAt={incident.nextReportDueAt} />}
          </>
        }
        mainAction={mainButton}
        actions={otherButtons}
        banner={<Notices incident={incident} />}
        story={
          <>
            {incident.summary && (
              <Section title={t('incidents.summary')}>
                <p className="ta-incident-text">{incident.summary}</p>
              </Section>
            )}
            <Story incident={incident} />
            <Alerts incident={incident} />
            <Orders incident={incident} />
          </>
        }
        facts={
          <>
            <Grades incident={incident} />
            <LegalClock incident={incident} />
            <IncidentFacts incident={incident} />
          </>
        }
        journal={{ type: 'incident', id: incident.id, words }}
      />
      {dialog}
    </>
  );
}

function Notices({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  if (incident.mergedInto) {
    return (
      <Alert
        type="info"
        title={t('incidents.mergedInto')}
        action={<AppLink to={`/incidents/${incident.mergedInto}`}>{t('incidents.open')}</AppLink>}
      />
    );
  }
  if (incident.state === 'closed' && incident.closeReason) {
    return <Alert type="info" title={t('incidents.closedBecause', { reason: incident.closeReason })} />;
  }
  if (incident.grade === null) {
    return (
      <Alert type="warning" title={t(incident.mustBeReported ? 'incidents.notGradedRunning' : 'incidents.notGraded')} />
    );
  }
  return null;
}

const TONE: Readonly<Record<string, TimelineEntry['tone']>> = { note: 'waiting', opened: 'moving', reported: 'done' };

function Story({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const named = usePersonName();
  const sentence = (entry: IncidentDetail['timeline'][number]): string => {
    const { kind, data } = entry;
    if (kind === 'state') return t(`incidents.entry.${String(data.move)}`);
    if (kind === 'order')
      return t('incidents.entry.order', {
        state: t(`orders.state.${String(data.state)}`, { defaultValue: String(data.state) }),
      });
    return t(`incidents.entry.${kind}`, { count: Array.isArray(data.alerts) ? data.alerts.length : 0 });
  };
  return (
    <Section title={t('incidents.timeline')}>
      <NoteBox incident={incident} />
      <Timeline
        entries={incident.timeline.toReversed().map((entry) => ({
          key: entry.id,
          at: entry.at,
          title: sentence(entry),
          by: named(entry.byName),
          tone: TONE[entry.kind] ?? 'moving',
          detail: entry.text && entry.kind !== 'opened' && <p className="ta-incident-text">{entry.text}</p>,
        }))}
      />
    </Section>
  );
}

function NoteBox({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const [text, setText] = useState('');
  const send = useSend<object>('POST', `/api/incidents/${incident.id}/notes`, {
    invalidate: READ_AGAIN,
    done: t('incidents.noted'),
    onDone: () => setText(''),
  });
  if (!may('incident.manage') || incident.state === 'merged') return null;
  return (
    <div className="ta-incident-note">
      <Input.TextArea
        value={text}
        rows={2}
        maxLength={4000}
        aria-label={t('incidents.addNote')}
        placeholder={t('incidents.notePlaceholder')}
        onChange={(event) => setText(event.target.value)}
      />
      <Button disabled={text.trim() === ''} loading={send.isPending} onClick={() => send.mutate({ text })}>
        {t('incidents.addNote')}
      </Button>
    </div>
  );
}

function Alerts({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  const may = useMay();
  const canUnlink = may('incident.manage') && incident.state !== 'closed' && incident.state !== 'merged';
  const unlink = useSend<object>('POST', `/api/incidents/${incident.id}/alerts/unlink`, {
    invalidate: READ_AGAIN,
    done: t('incidents.unlinked'),
  });
  return (
    <Section title={t('incidents.alerts', { count: incident.alerts.length })}>
      {incident.alerts.length === 0 && <EmptyState title={t('incidents.noAlerts')} />}
      <ul className="ta-incident-lines">
        {incident.alerts.map((alert) => (
          <li key={alert.id}>
            <LevelTag level={alert.level} />
            <AppLink to={`/alerts/${alert.id}`}>{local(alert.title)}</AppLink>
            <span className="ta-quiet">
              {[
                alert.assetName,
                alert.techniques.join(' '),
                t('incidents.times', { n: format.number(alert.detectionCount) }),
              ]
                .filter((part) => part !== '')
                .join(' · ')}
            </span>
            <TimeText at={alert.lastSeenAt} />
            {canUnlink && (
              <Button type="text" size="small" onClick={() => unlink.mutate({ alertIds: [alert.id] })}>
                {t('incidents.unlink')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Orders({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('incidents.orders')}>
      {incident.orders.length === 0 && (
        <EmptyState title={t('incidents.noOrders')} hint={t('incidents.noOrdersHint')} />
      )}
      <ul className="ta-incident-lines">
        {incident.orders.map((order) => (
          <li key={order.id}>
            <StateTag tone={order.open ? 'moving' : 'done'}>
              {t(`orders.state.${order.state}`, { defaultValue: order.state })}
            </StateTag>
            <AppLink to={`/orders/${order.id}`}>{order.title}</AppLink>
            <span className="ta-quiet">{order.number ?? t('orders.noNumber')}</span>
            <TimeText at={order.changedAt} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Grades({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const impact = useImpactReasons(incident.gradeReasons);
  const criteria = useCriterionReasons(incident.reportGradeReasons);
  const line = (confirmed: IncidentDetail['grade'], proposed: IncidentDetail['gradeProposed']) => (
    <>
      <GradeTag grade={confirmed ?? proposed} proposed={confirmed === null} />
      {confirmed !== null && confirmed !== proposed && (
        <span className="ta-quiet"> {t('incidents.proposedWas', { grade: t(`parts.grade.${proposed}`) })}</span>
      )}
    </>
  );
  return (
    <Section title={t('incidents.grades')}>
      <Facts
        facts={[
          {
            label: t('incidents.grading.grade'),
            value: (
              <>
                {line(incident.grade, incident.gradeProposed)}
                <Why reasons={impact} />
              </>
            ),
          },
          {
            label: t('incidents.grading.reportGrade'),
            value: (
              <>
                {line(incident.reportGrade, incident.reportGradeProposed)}
                <Why reasons={criteria} />
              </>
            ),
          },
          { label: t('incidents.gradedBy'), value: incident.gradedByName },
          incident.gradedAt !== null && { label: t('incidents.gradedAt'), value: <TimeText at={incident.gradedAt} /> },
        ]}
      />
    </Section>
  );
}

const DAY_MS = 86_400_000;

/** What the incident is about; each leads to the events that name it, from a day before the discovery on. */
function Entities({ values, since }: { values: readonly string[]; since: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const from = encodeURIComponent(new Date(new Date(since).getTime() - DAY_MS).toISOString());
  return values.map((value) => (
    <div key={value}>
      {may('event.search') ? (
        <AppLink
          to={`/events?q=${encodeURIComponent(JSON.stringify(value))}&from=${from}`}
          title={t('incidents.eventsOf')}
        >
          {value}
        </AppLink>
      ) : (
        value
      )}
    </div>
  ));
}

function IncidentFacts({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const byKind = Map.groupBy(incident.entities, ({ kind }) => kind);
  return (
    <Section title={t('incidents.facts')}>
      <Facts
        facts={[
          {
            label: t('incidents.field.units'),
            value: incident.units.map(({ name }) => name).join(t('incidents.comma')),
          },
          { label: t('incidents.field.operator'), value: t(`incidents.operator.${incident.operator}`) },
          { label: t('incidents.field.discoveredAt'), value: <TimeText at={incident.discoveredAt} form="short" /> },
          { label: t('incidents.field.openedAt'), value: <TimeText at={incident.openedAt} form="short" /> },
          { label: t('incidents.field.openedBy'), value: incident.openedByName },
          { label: t('incidents.field.handler'), value: incident.handlerName },
          { label: t('incidents.field.containedAt'), value: <TimeText at={incident.containedAt} form="short" /> },
          { label: t('incidents.field.resolvedAt'), value: <TimeText at={incident.resolvedAt} form="short" /> },
          ...Array.from(byKind, ([kind, entities]) => ({
            label: t(`incidents.entity.${kind}`, { defaultValue: kind }),
            value: <Entities values={entities.map(({ value }) => value)} since={incident.discoveredAt} />,
          })),
        ]}
      />
    </Section>
  );
}
