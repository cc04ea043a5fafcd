import { UploadOutlined } from '@ant-design/icons';
import { App, Button, Upload } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useTakingFiles } from '#parts/file-drop.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import type { Feed } from './answers.ts';
import './vulnerabilities.css';

function FeedsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const format = useFormat();
  const { data, error, refetch } = useGet<{ items: readonly Feed[] }>('/api/vulnerabilities/feeds');
  return (
    <>
      <PageHeader
        title={t('vulnerabilities.feeds')}
        hint={t('vulnerabilities.feedsHint')}
        actions={may('vulnerability.feed') && <LoadFeed />}
      />
      {error && <ErrorState error={error} retry={refetch} />}
      {!data && !error && <PageSkeleton />}
      {data?.items.length === 0 && <EmptyState title={t('vulnerabilities.feedsNone')} />}
      {data?.items.map((feed) => (
        <Section key={feed.kind} title={`${feed.kind.toUpperCase()} ${feed.version}`}>
          <Facts
            facts={[
              {
                label: t('vulnerabilities.feedHolds'),
                value: t('vulnerabilities.feedEntries', {
                  count: feed.entries,
                  formatted: format.number(feed.entries),
                }),
              },
              {
                label: t('vulnerabilities.feedPublished'),
                value: feed.publishedAt && <TimeText at={feed.publishedAt} />,
              },
              {
                label: t('vulnerabilities.feedBroughtIn'),
                value: (
                  <>
                    {feed.loadedBy} · <TimeText at={feed.loadedAt} />
                  </>
                ),
              },
            ]}
          />
        </Section>
      ))}
    </>
  );
}

function LoadFeed() {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const { busy, failure, beforeUpload } = useTakingFiles(async (file) => {
    const body = new FormData();
    body.append('file', file);
    const loaded = await api.post<{ entries: number; skipped: number }>('/api/vulnerabilities/feeds', body);
    void message.success(t('vulnerabilities.feedLoaded', { count: loaded.entries, skipped: loaded.skipped }));
    await invalidate(['/api/vulnerabilities']);
  });
  return (
    <>
      <Upload accept=".json,.csv,.gz" showUploadList={false} beforeUpload={beforeUpload}>
        <Button type="primary" icon={<UploadOutlined />} loading={busy}>
          {t('vulnerabilities.feedLoad')}
        </Button>
      </Upload>
      {failure !== undefined && <ErrorState error={failure} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities/feeds',
  title: 'vulnerabilities.feeds',
  permission: 'vulnerability.read',
  Page: FeedsPage,
};
