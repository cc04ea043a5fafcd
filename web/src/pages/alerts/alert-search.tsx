import { useTranslation } from 'react-i18next';
import { CodeView } from '#parts/code-view.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { Section } from '#parts/section.tsx';
import { absoluteTime, useFormat } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import { savedAddress } from '../telemetry/saved/saved-address.ts';
import type { AlertDetail } from './answers.ts';

type Span = NonNullable<AlertDetail['spans']>['items'][number];

/** The events of a span and no others; undefined where no query can say it. */
function eventsOf({ exactQuery, firstEventAt, lastEventAt }: Span): string | undefined {
  if (exactQuery === '') return undefined;
  const to = new Date(Date.parse(lastEventAt) + 1).toISOString();
  return `/events?${new URLSearchParams({ q: exactQuery, from: firstEventAt, to })}`;
}

/** `2026-03-02 09:30:00 – 09:45:00`: the day stands once where both are on it. */
function between(from: string, to: string): string {
  const [start, end] = [absoluteTime(from), absoluteTime(to)];
  const [day, clock] = [end.slice(0, 10), end.slice(11)];
  return `${start} – ${start.startsWith(day) ? clock : end}`;
}

/** Why a scheduled search raised the alert: what was counted where, the threshold, and the ways to all of it. */
export function AlertSearch({ alert, searchId }: { alert: AlertDetail; searchId: string }) {
  const { t } = useTranslation();
  const mayOpen = useMay()('event.search');
  const search = mayOpen && <AppLink to={savedAddress(searchId)}>{t('counted.search')}</AppLink>;
  return (
    <Section title={t('counted.title')} extra={search}>
      <Counted alert={alert} searchId={searchId} />
    </Section>
  );
}

function Counted({ alert, searchId }: { alert: AlertDetail; searchId: string }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const mayOpen = useMay()('event.search');
  const { spans } = alert;
  const [newest] = spans?.items ?? [];
  if (!spans || !newest) return <span className="ta-quiet">{t('counted.unknown')}</span>;
  const name = alert.entity.value === '' ? t('counted.nobody') : alert.entity.value;
  const only = spans.total === 1;
  const said = {
    search: alert.title.zh,
    kind: t(`alerts.entityKind.${alert.entity.kind}`),
    entity: name,
    span: only ? between(newest.from, newest.to) : between(spans.from, spans.to),
    events: number(spans.events),
    threshold: number(newest.threshold),
    spans: number(spans.total),
  };
  return (
    <>
      <p>{t(`counted.${only ? 'once' : 'often'}`, said)}</p>
      <div className="ta-counted-query">
        <CodeView text={newest.query} label={t('counted.query')} />
      </div>
      {only ? (
        mayOpen && <Ways span={newest} searchId={searchId} />
      ) : (
        <SimpleTable<Span>
          columns={[
            {
              key: 'span',
              title: t('counted.received'),
              phone: 'title',
              render: ({ from, to }) => between(from, to),
            },
            {
              key: 'events',
              title: t('counted.found'),
              phone: 'line',
              render: ({ events, threshold }) =>
                t('counted.ofThreshold', { events: number(events), threshold: number(threshold) }),
            },
            ...(mayOpen
              ? [
                  {
                    key: 'ways',
                    title: '',
                    phone: 'line' as const,
                    render: (span: Span) => <Ways span={span} searchId={searchId} />,
                  },
                ]
              : []),
          ]}
          rows={spans.items}
          idOf={({ from, to, runId }) => `${from} ${to} ${runId}`}
          empty={<EmptyState title={t('counted.unknown')} />}
        />
      )}
      {spans.total > spans.items.length && (
        <p className="ta-quiet">{t('counted.more', { count: spans.total - spans.items.length })}</p>
      )}
    </>
  );
}

function Ways({ span, searchId }: { span: Span; searchId: string }) {
  const { t } = useTranslation();
  const events = eventsOf(span);
  return (
    <span className="ta-ways">
      {events && <AppLink to={events}>{t('counted.events', { count: span.events })}</AppLink>}
      <AppLink to={savedAddress(searchId, span.runId)}>{t('counted.run')}</AppLink>
    </span>
  );
}
