import { useTranslation } from 'react-i18next';
import { StateTag } from '#parts/tags.tsx';
import { Why } from '#parts/why.tsx';
import type { Rule } from './answers.ts';

/** `windows / process_creation`: product, category and service as far as the rule names them. */
export function LogSourceText({ rule }: { rule: Pick<Rule, 'kind' | 'logsource'> }) {
  const { t } = useTranslation();
  if (rule.kind === 'correlation') return <span className="ta-quiet">{t('detection.correlation')}</span>;
  const { product, category, service } = rule.logsource;
  return <span className="ta-break">{[product, category, service].filter(Boolean).join(' / ')}</span>;
}

/** On, off, or on without any chance to fire, with the reason. */
export function RuleState({ rule }: { rule: Pick<Rule, 'enabled' | 'cannotFire' | 'silent'> }) {
  const { t } = useTranslation();
  if (!rule.enabled) return <StateTag tone="waiting">{t('detection.state.off')}</StateTag>;
  if (rule.cannotFire === null) {
    return <StateTag tone="done">{t(rule.silent ? 'detection.state.silent' : 'detection.state.on')}</StateTag>;
  }
  const { reason, fields } = rule.cannotFire;
  return (
    <span>
      <StateTag tone="waiting">{t('detection.state.idle')}</StateTag>
      <Why
        title={t('detection.cannotFire.title')}
        reasons={[{ text: t(`detection.cannotFire.${reason}`), detail: fields.join(', ') || undefined }]}
      />
    </span>
  );
}
