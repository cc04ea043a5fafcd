import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { CodeView } from '#parts/code-view.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { AppLink } from '#shell/link.tsx';

/** An alert of a scheduled search bears its id as the rule's. */
const SEARCH = 'search:';

/** The text of the rule, or the query of the scheduled search, that raised the alert. */
export function AlertRule({ ruleId }: { ruleId: string }) {
  return ruleId.startsWith(SEARCH) ? <SearchText id={ruleId.slice(SEARCH.length)} /> : <RuleText ruleId={ruleId} />;
}

function SearchText({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error } = useGet<Answer<'/api/searches'>>('/api/searches');
  const search = data?.items.find((one) => one.id === id);
  const events = search && `/events?q=${encodeURIComponent(search.query)}`;
  return (
    <Section title={t('saved.schedule')} extra={events && <AppLink to={events}>{t('saved.run')}</AppLink>}>
      {search ? (
        <CodeView text={search.query} label={t('saved.schedule')} />
      ) : data || error ? (
        <span className="ta-quiet">{t('alerts.ruleGone')}</span>
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
