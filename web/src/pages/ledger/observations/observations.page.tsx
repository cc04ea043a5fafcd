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
import { AssetForm } from '../asset-form.tsx';
import { beginningOf, isOneToEnter, type Listed } from './enter.ts';
import { ObservationKeys } from './parts.tsx';
import { UploadExport } from './upload-export.tsx';

const STATES = ['linked', 'presumed', 'unresolved', 'withdrawn'] as const;
const TONE = { linked: 'done', presumed: 'moving', unresolved: 'waiting', withdrawn: 'waiting' } as const;

/** By which rule it is of its asset; or the way to make it one. */
function Because({ one, onEnter }: { one: Listed; onEnter: ((one: Listed) => void) | undefined }) {
  const { t } = useTranslation();
  if (one.assetId !== null) {
    return <AppLink to={`/assets/identity?id=${one.assetId}`}>{t(`observations.rule.${one.rule}`)}</AppLink>;
  }
  if (one.state !== 'unresolved' || onEnter === undefined || !isOneToEnter(one)) return null;
  return (
    <Button size="small" onClick={() => onEnter(one)}>
      {t('observations.enter')}
    </Button>
  );
}

function ObservationsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const mayEnter = may('asset.manage');
  const [uploading, setUploading] = useState(false);
  const [entering, setEntering] = useState<Listed>();
  const columns = useMemo(
    (): readonly Column<Listed>[] => [
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
        render: (one) => <Because one={one} onEnter={mayEnter ? setEntering : undefined} />,
      },
      { key: 'unit', title: t('observations.column.unit'), width: 150, render: (one) => one.unit },
      { key: 'keys', title: t('observations.column.keys'), render: (one) => <ObservationKeys observation={one} /> },
      {
        key: 'first',
        title: t('observations.column.first'),
        width: 130,
        render: (one) => <TimeText at={one.firstSeenAt} />,
      },
      {
        key: 'seen',
        title: t('observations.column.seen'),
        width: 130,
        render: (one) => <TimeText at={one.lastSeenAt} />,
      },
    ],
    [t, mayEnter],
  );
  const filters = useMemo(
    (): readonly Filter[] => [
      {
        kind: 'select',
        key: 'state',
        label: t('observations.filter.state'),
        options: STATES.map((value) => ({ value, label: t(`observations.state.${value}`) })),
      },
      {
        kind: 'select',
        key: 'unresolved',
        label: t('observations.filter.unresolved'),
        options: [{ value: 'true', label: t('observations.filter.unresolvedOnly') }],
      },
      { kind: 'text', key: 'source', label: t('observations.filter.source') },
    ],
    [t],
  );
  return (
    <>
      <ListPage<Listed>
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
      {entering && <AssetForm begin={beginningOf(entering)} onClose={() => setEntering(undefined)} />}
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
