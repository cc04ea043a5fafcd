import { UploadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { type Observation, ObservationKeys } from './parts.tsx';
import { UploadExport } from './upload-export.tsx';

const STATES = ['linked', 'presumed', 'unresolved', 'withdrawn'] as const;
const TONE = { linked: 'done', presumed: 'moving', unresolved: 'waiting', withdrawn: 'waiting' } as const;

function ObservationsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [uploading, setUploading] = useState(false);
  const columns = useMemo(
    (): readonly Column<Observation>[] => [
      {
        key: 'record',
        title: t('observations.column.record'),
        width: 200,
        phone: 'title',
        render: (one) => one.nativeKey,
      },
      { key: 'source', title: t('observations.column.source'), width: 110, render: (one) => one.source },
      {
        key: 'state',
        title: t('observations.column.state'),
        width: 100,
        render: (one) => <StateTag tone={TONE[one.state]}>{t(`observations.state.${one.state}`)}</StateTag>,
      },
      {
        key: 'rule',
        title: t('observations.column.rule'),
        width: 170,
        render: (one) =>
          one.assetId === null ? null : (
            <AppLink to={`/assets/identity?id=${one.assetId}`}>{t(`observations.rule.${one.rule}`)}</AppLink>
          ),
      },
      { key: 'keys', title: t('observations.column.keys'), render: (one) => <ObservationKeys observation={one} /> },
      {
        key: 'seen',
        title: t('observations.column.seen'),
        width: 130,
        render: (one) => <TimeText at={one.lastSeenAt} />,
      },
    ],
    [t],
  );
  const filters = useMemo(
    (): readonly Filter[] => [
      {
        kind: 'select',
        key: 'state',
        label: t('observations.filter.state'),
        options: STATES.map((value) => ({ value, label: t(`observations.state.${value}`) })),
      },
      { kind: 'text', key: 'source', label: t('observations.filter.source') },
    ],
    [t],
  );
  return (
    <>
      <ListPage<Observation>
        name="observations"
        title={t('observations.title')}
        hint={t('observations.hint')}
        url="/api/assets/observations"
        searchName="text"
        search={t('observations.search')}
        idOf={(one) => one.id}
        columns={columns}
        filters={filters}
        exportUrl="/api/assets/observations/export"
        exportPermission="asset.read"
        actions={
          may('asset.observe') && (
            <Button icon={<UploadOutlined />} onClick={() => setUploading(true)}>
              {t('observations.upload.open')}
            </Button>
          )
        }
        empty={{ title: t('observations.empty'), hint: t('observations.emptyHint') }}
      />
      {uploading && <UploadExport onClose={() => setUploading(false)} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/assets/observations',
  title: 'observations.title',
  permission: 'asset.read',
  menu: { group: 'ledger', order: 30 },
  Page: ObservationsPage,
};
