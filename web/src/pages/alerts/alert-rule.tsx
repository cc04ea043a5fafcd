import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { CodeView } from '#parts/code-view.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { AppLink } from '#shell/link.tsx';
import { AlertSearch } from './alert-search.tsx';
import type { AlertDetail } from './answers.ts';

/** An alert of a scheduled search bears its id as the rule's. */
const SEARCH = 'search:';

/** Whether a scheduled search raised it, and no rule. */
export const isOfSearch = ({ ruleId }: Pick<AlertDetail, 'ruleId'>): boolean => ruleId.startsWith(SEARCH);

/** The text of the rule, or why the scheduled search raised the alert. */
export function AlertRule({ alert }: { alert: AlertDetail }) {
  return isOfSearch(alert) ? (
    <AlertSearch alert={alert} searchId={alert.ruleId.slice(SEARCH.length)} />
  ) : (
    <RuleText ruleId={alert.ruleId} />
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
