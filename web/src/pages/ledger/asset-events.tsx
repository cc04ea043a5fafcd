import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type ApiError, send } from '#api/client.ts';
import type { Answer } from '#api/types.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { SUMMARY_COLUMNS } from '../telemetry/answers.ts';
import { EventSummary } from '../telemetry/event-summary.tsx';
import { useKindName } from '../telemetry/kind-name.ts';
import type { Asset } from './answers.ts';

type Found = Answer<'/api/events/search', 'post'>;

const SHOWN = 8;
const NOTHING: readonly string[] = [];
const DAYS = 7;
const HOUR_MS = 3_600_000;

/** The span that is asked about, the same for an hour so that a page looked at again asks nothing anew. */
function lately(): { from: string; to: string } {
  const end = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
  return { from: new Date(end - DAYS * 24 * HOUR_MS).toISOString(), to: new Date(end).toISOString() };
}

/** The newest events that came in as this asset's, or as those of what belongs to the system. */
export function AssetEvents({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const kindName = useKindName();
  const query = `${asset.class === 'system' ? 'system_id' : 'asset_id'}:"${asset.id}"`;
  const span = lately();
  const body = { ...span, query, columns: ['source', 'asset_name', ...SUMMARY_COLUMNS], limit: SHOWN };
  const answer = useQuery<Found, ApiError>({
    queryKey: ['/api/events/search', body],
    queryFn: async ({ signal }): Promise<Found> => (await send('POST', '/api/events/search', body, signal)).json(),
    retry: false,
  });
  const all = `/events?${new URLSearchParams({ q: query, ...span })}`;
  return (
    <QueryCard
      title={t('ledger.section.events')}
      extra={<AppLink to={all}>{t('ledger.section.eventsAll')}</AppLink>}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('ledger.section.eventsNone', { count: DAYS }) }}
    >
      {({ items }) => (
        <ul className="ta-asset-events">
          {items.map((event) => (
            <li key={event.event_id}>
              <AppLink to={`/events/${event.event_id}`}>
                <TimeText at={event.time ?? ''} />
              </AppLink>
              <span className="ta-quiet">
                {event.asset_name === asset.name ? kindName(event.source ?? '') : event.asset_name}
              </span>
              <EventSummary line={event} beside={NOTHING} />
            </li>
          ))}
        </ul>
      )}
    </QueryCard>
  );
}
