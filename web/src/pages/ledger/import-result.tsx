import { Button, Progress, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePersonName } from '#parts/person-name.ts';
import { Section } from '#parts/section.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { UndoImport } from '#parts/undo-import.tsx';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import type { AssetImport } from './answers.ts';
import { ImportRows } from './import-rows.tsx';

/** An import that was accepted or thrown away: how far it is, and what became of each row. */
export function ImportResult({ found }: { found: AssetImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const named = usePersonName();
  const [undoing, setUndoing] = useState(false);
  const mayImport = useMay()('asset.import');
  const all = Math.max(found.counts.create + found.counts.update, found.appliedRows);
  const figures = { done: format.number(found.appliedRows), all: format.number(all) };
  const writing = found.state === 'applying';
  /** Nothing of it is in the ledger. */
  const gone = ['preview', 'discarded', 'undone'].includes(found.state);
  return (
    <>
      <Section title={t(writing ? 'import.steps.done' : `import.state.${found.state}`)}>
        {writing && (
          <>
            <p aria-live="polite">{t('import.applying', figures)}</p>
            <Progress percent={all === 0 ? 100 : Math.round((found.appliedRows / all) * 100)} />
          </>
        )}
        {found.state === 'undoing' && (
          <p aria-live="polite">{t('import.undoing', { done: format.number(found.undoneRows) })}</p>
        )}
        {found.state === 'undone' && (
          <p>
            {t(found.keptRows > 0 ? 'import.undoneSome' : 'import.undone', {
              done: format.number(found.undoneRows),
              kept: format.number(found.keptRows),
            })}
          </p>
        )}
        {found.state === 'preview' && <p>{t('import.notWritten')}</p>}
        {found.state === 'applied' && <p>{t('import.appliedHint', { count: found.appliedRows })}</p>}
        <Space wrap>
          {!gone && (
            <AppLink to="/assets">
              <Button type="primary">{t('import.toAssets')}</Button>
            </AppLink>
          )}
          {found.state === 'applied' && mayImport && (
            <Button onClick={() => setUndoing(true)}>{t('import.undo')}</Button>
          )}
          {mayImport && (
            <AppLink to="/assets/import">
              <Button type={gone ? 'primary' : 'default'}>{t('import.again')}</Button>
            </AppLink>
          )}
        </Space>
      </Section>
      <UndoImport
        open={undoing}
        url={`/api/assets/imports/${found.id}`}
        changed="/api/assets"
        fileName={found.fileName}
        button={t('import.undo')}
        next={[t('import.undoNext')]}
        onClose={() => setUndoing(false)}
      />
      <Section
        title={`${t('import.rowByRow')} · ${found.fileName}`}
        extra={
          <span className="ta-quiet">
            {found.unit.name !== '' && `${found.unit.name} · `}
            {named(found.createdBy)} · <TimeText at={found.createdAt} />
          </span>
        }
      >
        <ImportRows found={found} />
      </Section>
    </>
  );
}
