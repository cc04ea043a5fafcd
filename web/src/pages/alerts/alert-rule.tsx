import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { CodeView } from '#parts/code-view.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { AppLink } from '#shell/link.tsx';
import type { AlertDetail } from './answers.ts';

/** An alert of a scheduled search bears its id as the rule's. */
const SEARCH = 'search:';

const AROUND_MS = 60_000;

type Raised = Pick<AlertDetail, 'ruleId' | 'firstSeenAt' | 'lastSeenAt'>;

/** The text of the rule, or the query of the scheduled search, that raised the alert. */
export function AlertRule({ alert }: { alert: Raised }) {
  const { ruleId } = alert;
  return ruleId.startsWith(SEARCH) ? <SearchText alert={alert} /> : <RuleText ruleId={ruleId} />;
}

/** The search over the time of the alert: the usual one may have left it behind. */
function eventsOf(query: string, { firstSeenAt, lastSeenAt }: Raised): string {
  const from = new Date(Date.parse(firstSeenAt) - AROUND_MS).toISOString();
  const to = new Date(Date.parse(lastSeenAt) + AROUND_MS).toISOString();
  return `/events?${new URLSearchParams({ q: query, from, to })}`;
}

function SearchText({ alert }: { alert: Raised }) {
  const { t } = useTranslation();
  const { data, error } = useGet<Answer<'/api/searches'>>('/api/searches', { id: alert.ruleId.slice(SEARCH.length) });
  const search = data?.items[0];
  const events = search && eventsOf(search.query, alert);
  return (
    <Section title={t('saved.schedule')} extra={events && <AppLink to={events}>{t('saved.run')}</AppLink>}>
      {search ? (
        <CodeView text={search.query} label={t('saved.schedule')} />
      ) : data || error ? (
        <span className="ta-quiet">{t('alerts.searchGone')}</span>
      ) : (
        <LinesSkeleton rows={2} />
      )}
    </Section>
  );
}

function RuleText({ ruleId }: { ruleId: string }) {
  const { t } = useTranslation();
  const { data, error } = useGet<{ text: string }>(`/api/rules/${encodeURIComponent(ruleId)}`);
  return (
    <Section
      title={t('alerts.ruleText')}
      extra={data && <AppLink to={`/rules/${encodeURIComponent(ruleId)}`}>{t('alerts.ruleOpen')}</AppLink>}
    >
      {error ? (
        <span className="ta-quiet">{t('alerts.ruleGone')}</span>
      ) : data === undefined ? (
        <LinesSkeleton rows={6} />
      ) : (
        <CodeView text={data.text} lineNumbers label={t('alerts.ruleText')} heightMax={360} />
      )}
    </Section>
  );
}
