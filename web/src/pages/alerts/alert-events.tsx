import { EyeOutlined } from '@ant-design/icons';
import { Button, Collapse, Alert as Notice } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { CodeView } from '#parts/code-view.tsx';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { Section } from '#parts/section.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useMay } from '#shell/session.tsx';
import { isOfSearch } from './alert-rule.tsx';
import type { AlertDetail, AlertEvent } from './answers.ts';
import { ConditionText, MatchedValue } from './condition.tsx';

/** The events that were kept with the alert: why each one matched, its fields, its original text. */
export function AlertEvents({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [revealed, setRevealed] = useState<readonly AlertEvent[]>();
  const events = revealed ?? alert.events;
  const ofSearch = isOfSearch(alert);
  const hint = ofSearch
    ? alert.spans && t('counted.kept', { count: alert.count })
    : t('alerts.eventsHint', { shown: alert.events.length, count: format.number(alert.count) });
  return (
    <Section title={t('alerts.events')} extra={<span className="ta-quiet">{hint}</span>}>
      <SensitiveNotice alert={alert} shown={revealed !== undefined} onReveal={setRevealed} />
      {events.length === 0 ? (
        <EmptyState title={t('alerts.eventsNone')} />
      ) : (
        events.map((event) => <OneEvent key={event.id} event={event} counted={!ofSearch} />)
      )}
    </Section>
  );
}

function SensitiveNotice(props: {
  alert: AlertDetail;
  shown: boolean;
  onReveal: (events: readonly AlertEvent[]) => void;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const { alert, shown, onReveal } = props;
  const counts = new Map<string, number>();
  for (const { kind, count } of alert.events.flatMap(({ sensitive }) => sensitive)) {
    counts.set(kind, Math.max(counts.get(kind) ?? 0, count));
  }
  if (counts.size === 0) return null;
  const list = [...counts]
    .map(([kind, count]) => t(`alerts.sensitive.${kind}`, { count }))
    .join(t('parts.listSeparator'));
  return (
    <>
      <Notice
        className="ta-event-notice"
        type="warning"
        showIcon
        title={shown ? t('alerts.sensitive.shown') : t('alerts.sensitive.found', { list })}
        action={
          !shown &&
          may('alert.reveal') && (
            <Button size="small" icon={<EyeOutlined />} onClick={() => setAsking(true)}>
              {t('alerts.sensitive.reveal')}
            </Button>
          )
        }
      />
      <ConfirmWithReason
        open={asking}
        title={t('alerts.sensitive.title')}
        consequence={t('alerts.sensitive.consequence')}
        confirmText={t('alerts.sensitive.reveal')}
        onCancel={() => setAsking(false)}
        onConfirm={async (reason) => {
          const { events } = await api.post<AlertDetail>(`/api/alerts/${alert.id}/reveal`, { reason });
          onReveal(events);
          setAsking(false);
        }}
      />
    </>
  );
}

/** @param props.counted others that a correlation counted are told; what a search counted stands above */
function OneEvent({ event, counted }: { event: AlertEvent; counted: boolean }) {
  const { t } = useTranslation();
  const { product, category, service } = event.logsource;
  const values = event.matched.map(({ value }) => value).filter((value) => value !== '');
  const fields = Object.entries(event.fields);
  return (
    <div className="ta-event">
      <div className="ta-event-head">
        <strong>{[...new Set([product, category, service])].filter(Boolean).join(' / ') || event.source}</strong>
        <TimeText at={event.at} form="full" />
      </div>
      {event.matched.length > 0 && <Matched event={event} />}
      {counted && event.relatedEventIds.length > 0 && (
        <span className="ta-quiet">{t('alerts.relatedEvents', { count: event.relatedEventIds.length })}</span>
      )}
      {event.problem !== '' && <span className="ta-quiet">{t('alerts.problem', { problem: event.problem })}</span>}
      <Collapse
        size="small"
        ghost
        items={[
          {
            key: 'fields',
            label: t('alerts.allFields', { count: fields.length }),
            children: (
              <dl className="ta-event-fields">
                {fields.map(([name, value]) => (
                  <FieldRow key={name} name={name} value={value} matched={event.matched} />
                ))}
              </dl>
            ),
          },
          {
            key: 'raw',
            label: t('alerts.rawText'),
            children: <CodeView text={event.raw} marks={values} label={t('alerts.rawText')} heightMax={260} />,
          },
        ]}
      />
    </div>
  );
}

/** Why the rule fired on this event: field, the condition, and the value that met it. */
function Matched({ event }: { event: AlertEvent }) {
  const { t } = useTranslation();
  return (
    <table className="ta-matched" aria-label={t('alerts.whyFired')}>
      <thead>
        <tr>
          <th scope="col">{t('alerts.fieldName')}</th>
          <th scope="col">{t('alerts.condition')}</th>
          <th scope="col">{t('alerts.value')}</th>
        </tr>
      </thead>
      <tbody>
        {Array.from(event.matched.entries(), ([index, hit]) => (
          <tr key={index}>
            <th scope="row">{hit.field || '—'}</th>
            <td>
              <ConditionText condition={hit.condition} />
            </td>
            <td>
              <MatchedValue hit={hit} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function FieldRow(props: { name: string; value: string | readonly string[]; matched: AlertEvent['matched'] }) {
  const { name, value, matched } = props;
  const text = typeof value === 'string' ? value : value.join('; ');
  const hit = matched.some(({ field }) => field === name);
  const shown: ReactNode = hit ? <mark>{text}</mark> : text;
  return (
    <>
      <dt>{name}</dt>
      <dd>{text === '' ? '—' : shown}</dd>
    </>
  );
}
