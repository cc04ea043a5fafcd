import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { StateTag } from '#parts/tags.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { type Zone, ZoneForm } from './zone-form.tsx';
import '../ledger.css';

/** Ranges that a line shows; the form has them all. */
const RANGES_SHOWN = 4;

function ZonesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [open, setOpen] = useState<Zone | 'new'>();
  const columns = useMemo((): readonly Column<Zone>[] => {
    const mayChange = may('asset.resolve');
    return [
      {
        key: 'name',
        title: t('zones.column.name'),
        width: 200,
        phone: 'title',
        render: (zone) => (
          <>
            {zone.name} {zone.retired && <StateTag tone="done">{t('zones.retired')}</StateTag>}
          </>
        ),
      },
      { key: 'unit', title: t('zones.column.unit'), width: 200, render: ({ unit }) => unit },
      { key: 'kind', title: t('zones.column.kind'), width: 130, render: ({ kind }) => t(`zones.kind.${kind}`) },
      {
        key: 'addressing',
        title: t('zones.column.addressing'),
        width: 130,
        render: ({ addressing }) => t(`zones.addressing.${addressing}`),
      },
      {
        key: 'ranges',
        title: t('zones.column.ranges'),
        render: ({ ranges }) => (
          <span className="ta-code-text">
            {ranges.slice(0, RANGES_SHOWN).join('  ')}
            {ranges.length > RANGES_SHOWN && ` +${ranges.length - RANGES_SHOWN}`}
          </span>
        ),
      },
      { key: 'remark', title: t('zones.column.remark'), phone: 'hidden', render: ({ remark }) => remark },
      {
        key: 'change',
        title: '',
        width: 90,
        render: (zone) =>
          mayChange && (
            <Button size="small" onClick={() => setOpen(zone)}>
              {t('zones.change')}
            </Button>
          ),
      },
    ];
  }, [t, may]);
  const add = may('asset.resolve') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen('new')}>
      {t('zones.add')}
    </Button>
  );
  return (
    <>
      <ListPage<Zone>
        name="zones"
        title={t('zones.title')}
        hint={t('zones.hint')}
        url="/api/assets/zones"
        idOf={({ id }) => id}
        columns={columns}
        actions={add}
        empty={{ title: t('zones.empty'), hint: t('zones.emptyHint') }}
      />
      {open && <ZoneForm zone={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/assets/zones',
  title: 'zones.title',
  permission: 'asset.read',
  menu: { group: 'ledger', order: 45 },
  Page: ZonesPage,
};
