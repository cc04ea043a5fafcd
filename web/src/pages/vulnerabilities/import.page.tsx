import { Checkbox, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { type Paged, useGet, useInvalidate } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { FileDrop } from '#parts/file-drop.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { first, useUrlState } from '#shell/url-state.ts';
import type { ReportImport } from './answers.ts';
import { ImportPreview } from './import-preview.tsx';
import { ImportResult } from './undo/import-result.tsx';
import './vulnerabilities.css';

const STEP = { preview: 1, applying: 2, applied: 2, discarded: 1, undoing: 2, undone: 2 } as const;
const TONE = {
  preview: 'waiting',
  applying: 'moving',
  applied: 'done',
  discarded: 'waiting',
  undoing: 'moving',
  undone: 'waiting',
} as const;

function ImportPage() {
  const { t } = useTranslation();
  const [url] = useUrlState();
  const id = first(url.id);
  return (
    <>
      <PageHeader title={t('vulnerabilities.import.title')} hint={t('vulnerabilities.import.hint')} />
      {id === undefined ? <Start /> : <OneImport id={id} />}
    </>
  );
}

function Progress({ step }: { step: number }) {
  const { t } = useTranslation();
  const items = (['upload', 'check', 'done'] as const).map((key) => ({
    title: t(`vulnerabilities.import.steps.${key}`),
  }));
  return <Steps size="small" current={step} items={items} />;
}

function Start() {
  const { t } = useTranslation();
  const [, patch] = useUrlState();
  const invalidate = useInvalidate();
  const [complete, setComplete] = useState(false);
  const [strict, setStrict] = useState(false);
  const upload = async (file: File) => {
    const body = new FormData();
    body.append('file', file);
    const { id } = await api.post<{ id: string }>(
      `/api/vulnerabilities/imports?complete=${complete}&strict=${strict}`,
      body,
    );
    await invalidate(['/api/vulnerabilities/imports']);
    patch({ id }, 'push');
  };
  return (
    <div className="ta-vuln-import">
      <Progress step={0} />
      <Section title={t('vulnerabilities.import.steps.upload')}>
        <FileDrop text={t('vulnerabilities.import.drop')} hint={t('vulnerabilities.import.dropHint')} take={upload}>
          <div className="ta-vuln-options">
            <Checkbox checked={complete} onChange={(event) => setComplete(event.target.checked)}>
              {t('vulnerabilities.import.complete')}
            </Checkbox>
            <Checkbox checked={strict} onChange={(event) => setStrict(event.target.checked)}>
              {t('vulnerabilities.import.strict')}
            </Checkbox>
          </div>
        </FileDrop>
      </Section>
      <Recent />
    </div>
  );
}

function Recent() {
  const { t } = useTranslation();
  const named = usePersonName();
  const answer = useGet<Paged<ReportImport>>('/api/vulnerabilities/imports', { pageSize: 10 });
  return (
    <QueryCard
      title={t('vulnerabilities.import.recent')}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('vulnerabilities.import.recentNone') }}
    >
      {({ items }) => (
        <ul className="ta-vuln-lines">
          {items.map((one) => (
            <li key={one.id} className="ta-vuln-head">
              <StateTag tone={TONE[one.state]}>{t(`undo.state.${one.state}`)}</StateTag>
              <AppLink to={`/vulnerabilities/import?id=${one.id}`}>{one.fileName}</AppLink>
              <span className="ta-quiet">
                {one.tool} · {t('vulnerabilities.import.create')} {one.counts.create} ·{' '}
                {t('vulnerabilities.import.close')} {one.counts.close} · {named(one.createdBy)} ·{' '}
                <TimeText at={one.createdAt} />
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
  const url = `/api/vulnerabilities/imports/${id}`;
  const [writing, setWriting] = useState(false);
  const { data, error, refetch } = useGet<ReportImport>(url, {}, writing ? { refetchIntervalMs: WRITING_POLL_MS } : {});
  useLive('vulnerability_import', [url, '/api/vulnerabilities']);
  if (error) return <ErrorState error={error} retry={refetch} />;
  if (data === undefined) return <PageSkeleton />;
  const busy = data.state === 'applying' || data.state === 'undoing';
  if (writing !== busy) setWriting(busy);
  return (
    <div className="ta-vuln-import">
      <Progress step={STEP[data.state]} />
      {data.state !== 'preview' && <ImportResult found={data} />}
      <ImportPreview found={data} />
    </div>
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities/import',
  title: 'vulnerabilities.import.title',
  permission: 'vulnerability.import',
  Page: ImportPage,
};
