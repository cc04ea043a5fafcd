import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { CodeView } from '#parts/code-view.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { AppLink } from '#shell/link.tsx';

/** The text of the rule that raised the alert. */
export function AlertRule({ ruleId }: { ruleId: string }) {
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
