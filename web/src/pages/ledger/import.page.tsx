import { DownloadOutlined } from '@ant-design/icons';
import { Button, Select, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { download } from '#api/client.ts';
import { type Paged, useGet } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import type { AssetImport } from './answers.ts';
import { UploadSheet } from './import/upload-sheet.tsx';
import { ImportPreview } from './import-preview.tsx';
import { ImportResult } from './import-result.tsx';
import { useModel } from './model.ts';
import './ledger.css';

const STEP = { preview: 1, applying: 2, applied: 2, discarded: 1, undoing: 2, undone: 2 } as const;

function ImportPage() {
  const { t } = useTranslation();
  const local = useLocal();
  const { model } = useModel();
  const [url, patch] = useUrlState();
  const id = first(url.id);
  const mayImport = useMay()('asset.import');
  return (
    <>
      <PageHeader
        title={t('import.title')}
        hint={t(mayImport ? 'import.hint' : 'import.readHint')}
        actions={
          mayImport && (
            <>
              <Select
                aria-label={t('import.templateFor')}
                placeholder={t('import.templateFor')}
                style={{ width: 180 }}
                value={null}
                onChange={(name: string) => void download('/api/assets/template', { class: name })}
                options={(model?.classes ?? []).map((one) => ({ value: one.class as string, label: local(one.title) }))}
              />
              <Button icon={<DownloadOutlined />} onClick={() => void download('/api/assets/template')}>
                {t('import.template')}
              </Button>
            </>
          )
        }
      />
      {id === undefined ? (
        <div className="ta-import">
          {mayImport && (
            <>
              <Progress step={0} />
              <UploadSheet onUploaded={(uploaded) => patch({ id: uploaded }, 'push')} />
            </>
          )}
          <Recent />
        </div>
      ) : (
        <OneImport id={id} />
      )}
    </>
  );
}

function Progress({ step }: { step: number }) {
  const { t } = useTranslation();
  const items = (['upload', 'check', 'done'] as const).map((key) => ({ title: t(`import.steps.${key}`) }));
  return <Steps className="ta-import-steps" size="small" responsive={false} current={step} items={items} />;
}

const TONE = {
  preview: 'waiting',
  applying: 'moving',
  applied: 'done',
  discarded: 'waiting',
  undoing: 'moving',
  undone: 'waiting',
} as const;

function Recent() {
  const { t } = useTranslation();
  const named = usePersonName();
  const format = useFormat();
  const answer = useGet<Paged<AssetImport>>('/api/assets/imports', { pageSize: 10 });
  return (
    <QueryCard
      title={t('import.recent')}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('import.recentNone') }}
    >
      {({ items }) => (
        <ul className="ta-asset-alerts">
          {items.map((one) => (
            <li key={one.id}>
              <StateTag tone={TONE[one.state]}>{t(`import.state.${one.state}`)}</StateTag>
              <AppLink to={`/assets/import?id=${one.id}`}>{one.fileName}</AppLink>
              <span className="ta-quiet">
                {one.unit.name !== '' && `${one.unit.name} · `}
                {t('import.rows', { count: one.rowCount, formatted: format.number(one.rowCount) })} ·{' '}
                {named(one.createdBy)} · <TimeText at={one.createdAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </QueryCard>
  );
}

const WRITING_POLL_MS = 1_000;

function OneImport({ id }: { id: string }) {
  const { t } = useTranslation();
  const url = `/api/assets/imports/${id}`;
  const [writing, setWriting] = useState(false);
  const mayImport = useMay()('asset.import');
  const { data, error, refetch } = useGet<AssetImport>(url, {}, writing ? { refetchIntervalMs: WRITING_POLL_MS } : {});
  useLive('asset_import', [url, '/api/assets']);
  if (error) {
    const others = error.code === 'not_found' && <AppLink to="/assets/import">{t('import.others')}</AppLink>;
    return <ErrorState error={error} retry={refetch} action={others || undefined} />;
  }
  if (data === undefined) return <PageSkeleton />;
  const busy = data.state === 'applying' || data.state === 'undoing';
  if (writing !== busy) setWriting(busy);
  return (
    <div className="ta-import">
      <Progress step={STEP[data.state]} />
      {data.state === 'preview' && mayImport ? <ImportPreview found={data} /> : <ImportResult found={data} />}
    </div>
  );
}

export const page: PageDefinition = {
  path: '/assets/import',
  title: 'import.title',
  permission: 'asset.read',
  Page: ImportPage,
};
