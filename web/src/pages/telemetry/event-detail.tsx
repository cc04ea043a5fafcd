import { Alert, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { CodeView } from '#parts/code-view.tsx';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { UnitName } from '#parts/unit-name.tsx';
import type { Event } from './answers.ts';
import { useKindName } from './kind-name.ts';
import { useProblemText } from './problems/problem-text.ts';
import { ValueMenu } from './query/value-menu.tsx';

/** One event by its id, in the drawer and on its page. `onAdd` puts a condition into the search behind it. */
export function EventCard({ id, onAdd }: { id: string; onAdd?: (chip: string) => void }) {
  const { data, error, refetch } = useGet<Event>(`/api/events/${encodeURIComponent(id)}`);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <EventView event={data} onAdd={onAdd} /> : <PageSkeleton />;
}

function EventView({ event, onAdd }: { event: Event; onAdd: ((chip: string) => void) | undefined }) {
  const { t } = useTranslation();
  const kindName = useKindName();
  const problemText = useProblemText();
  const { product, category, service } = event.logsource;
  return (
    <DetailLayout
      overline={kindName(event.source)}
      title={<TimeText at={event.time} form="full" />}
      banner={
        event.problem && (
          <Alert type="warning" showIcon title={t('events.problem')} description={problemText(event.problem)} />
        )
      }
      story={
        <>
          <Section title={t('events.raw')}>
            <CodeView text={pretty(event.raw)} label={t('events.raw')} heightMax={320} />
          </Section>
          <Fields event={event} onAdd={onAdd} />
        </>
      }
      facts={
        <Section title={t('events.about')}>
          <Facts
            facts={[
              { label: t('columns.source'), value: kindName(event.source) },
              {
                label: t('events.logsource'),
                value: [product, category, service].filter(Boolean).join(' / '),
              },
              { label: t('telemetry.sources.unit'), value: <UnitName path={event.unitPath} /> },
              { label: t('columns.received_at'), value: <TimeText at={event.receivedAt} form="full" /> },
              { label: t('columns.event_id'), value: <code>{event.id}</code> },
            ]}
          />
        </Section>
      }
    />
  );
}

/** All fields under the names of their source, with a box to find one. */
function Fields({ event, onAdd }: { event: Event; onAdd: ((chip: string) => void) | undefined }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const word = wanted.trim().toLowerCase();
  const fields = Object.entries(event.fields).filter(
    ([name, value]) => name.toLowerCase().includes(word) || String(value).toLowerCase().includes(word),
  );
  return (
    <Section
      title={t('events.fields')}
      extra={
        <Input
          size="small"
          allowClear
          aria-label={t('events.findField')}
          placeholder={t('events.findField')}
          value={wanted}
          onChange={({ target }) => setWanted(target.value)}
        />
      }
    >
      {fields.length === 0 ? (
        <EmptyState title={t('events.noFields')} />
      ) : (
        <dl className="ta-event-fields">
          {fields.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof value === 'string' ? value : value.join('\n')}</dd>
              {typeof value === 'string' && value !== '' && (
                <ValueMenu field={name} value={value} at={event.time} onAdd={onAdd} />
              )}
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

/** JSON over several lines; anything else as it came. */
function pretty(raw: string): string {
  if (!raw.startsWith('{')) return raw;
  try {
    return JSON.stringify(JSON.parse(raw), undefined, 2);
  } catch {
    return raw;
  }
}
