import { Button, Progress, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { Section } from '#parts/section.tsx';
import { useFormat } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import type { AssetImport } from './answers.ts';
import { ImportRows } from './import-rows.tsx';

/** An import that was accepted or thrown away: how far it is, and what became of each row. */
export function ImportResult({ found }: { found: AssetImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const all = Math.max(found.counts.create + found.counts.update, found.appliedRows);
  const figures = { done: format.number(found.appliedRows), all: format.number(all) };
  const writing = found.state === 'applying';
  return (
    <>
      <Section
        title={t(`ledger.import.${writing ? 'steps.done' : found.state === 'applied' ? 'applied' : 'discarded'}`)}
      >
        {writing && (
          <>
            <p aria-live="polite">{t('ledger.import.applying', figures)}</p>
            <Progress percent={all === 0 ? 100 : Math.round((found.appliedRows / all) * 100)} />
          </>
        )}
        {found.state === 'applied' && <p>{t('ledger.import.appliedHint', { count: found.appliedRows })}</p>}
        <Space>
          <AppLink to="/assets">
            <Button type="primary">{t('ledger.import.toAssets')}</Button>
          </AppLink>
          <AppLink to="/assets/import">
            <Button>{t('ledger.import.again')}</Button>
          </AppLink>
        </Space>
      </Section>
      <Section title={`${t('ledger.import.preview')} · ${found.fileName}`}>
        <ImportRows found={found} />
      </Section>
    </>
  );
}
