import { ImportOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { StatCard } from '#parts/stat-card.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink, useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { type Asset, IMPORTANCES, KINDS, LEVELS, STATES, TONE } from './answers.ts';
import { AssetCard, Marks } from './asset-detail.tsx';
import { AssetForm } from './asset-form.tsx';
import { useModel } from './model.ts';
import './ledger.css';

function useColumns(): readonly Column<Asset>[] {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  const ownUnitOnly = useSession().scope.side === 'unit';
  return useMemo(
    () => [
      {
        key: 'name',
        title: t('ledger.field.name'),
        width: 230,
        sortable: true,
        phone: 'title',
        render: (asset) => asset.name,
      },
      {
        key: 'class',
        title: t('ledger.field.class'),
        width: 110,
        render: (asset) => {
          const shown = classOf(asset.class);
          return shown && local(shown.title);
        },
      },
      {
        key: 'kind',
        title: t('ledger.field.kind'),
        width: 100,
        sortable: true,
        hidden: true,
        render: (asset) => t(`ledger.kind.${asset.kind}`),
      },
      {
        key: 'unit',
        title: t('ledger.field.unit'),
        sortable: true,
        hidden: ownUnitOnly,
        render: (asset) => asset.unit.name,
      },
      {
        key: 'keys',
        title: t('ledger.section.keys'),
        width: 200,
        render: (asset) => <Keys asset={asset} />,
      },
      {
        key: 'protectionLevel',
        title: t('ledger.field.protectionLevel'),
        width: 100,
        sortable: true,
        render: (asset) => t(`ledger.level.${asset.protectionLevel ?? 'none'}`),
      },
      {
        key: 'importance',
        title: t('ledger.field.importance'),
        width: 100,
        render: (asset) => t(`ledger.importance.${asset.importance || 'none'}`),
      },
      {
        key: 'responsiblePerson',
        title: t('ledger.field.responsiblePerson'),
        width: 100,
        render: (asset) => asset.responsiblePerson || <span className="ta-quiet">{t('ledger.missing')}</span>,
      },
      {
        key: 'state',
        title: t('ledger.field.state'),
        width: 92,
        render: (asset) => (
          <span className="ta-tags">
            <StateTag tone={TONE[asset.state]}>{t(`ledger.state.${asset.state}`)}</StateTag>
            <Marks asset={asset} />
          </span>
        ),
      },
      { key: 'code', title: t('ledger.field.code'), hidden: true, render: (asset) => asset.code || '—' },
      {
        key: 'filing',
        title: t('ledger.field.filingNumber'),
        hidden: true,
        render: (asset) => asset.filingNumber || '—',
      },
      {
        key: 'supervisedBy',
        title: t('ledger.field.supervisedBy'),
        hidden: true,
        render: (asset) => asset.supervisedBy || '—',
      },
      {
        key: 'operatedBy',
        title: t('ledger.field.operatedBy'),
        hidden: true,
        render: (asset) => asset.operatedBy || '—',
      },
      { key: 'usedBy', title: t('ledger.field.usedBy'), hidden: true, render: (asset) => asset.usedBy || '—' },
      {
        key: 'changedAt',
        title: t('ledger.field.changedAt'),
        sortable: true,
        hidden: true,
        render: (asset) => <TimeText at={asset.changedAt} />,
      },
    ],
    [t, local, classOf, ownUnitOnly],
  );
}

/** The first key in full, the number of the others. */
function Keys({ asset }: { asset: Asset }) {
  const keys = [...asset.hosts, ...asset.addresses, ...asset.domains, ...asset.segments];
  const [first] = keys;
  if (first === undefined) return <>—</>;
  return (
    <span className="ta-break" title={keys.join('\n')}>
      {first}
      {keys.length > 1 && <span className="ta-quiet"> +{keys.length - 1}</span>}
    </span>
  );
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  const { scope } = useSession();
  const { data } = useGet<{ items: readonly { path: string; name: string; level: string }[] }>(
    scope.side === 'centre' ? '/api/divisions' : null,
  );
  return useMemo(() => {
    const cities = (data?.items ?? []).filter(({ level }) => level !== 'county');
    const place: Filter = {
      kind: 'select',
      key: 'unit',
      label: t('ledger.field.unit'),
      options: cities.map(({ path, name }) => ({ value: path, label: name })),
    };
    return [
      {
        kind: 'select',
        key: 'kind',
        label: t('ledger.field.kind'),
        options: KINDS.map((value) => ({ value, label: t(`ledger.kind.${value}`) })),
      },
      ...(cities.length > 0 ? [place] : []),
      {
        kind: 'select',
        key: 'protectionLevel',
        label: t('ledger.field.protectionLevel'),
        options: LEVELS.map((level) => ({ value: String(level), label: t(`ledger.level.${level}`) })),
      },
      {
        kind: 'select',
        key: 'importance',
        label: t('ledger.field.importance'),
        options: [
          ...IMPORTANCES.map((value) => ({ value, label: t(`ledger.importance.${value}`) })),
          { value: 'unknown', label: t('ledger.importance.none') },
        ],
      },
      {
        kind: 'select',
        key: 'state',
        label: t('ledger.field.state'),
        options: STATES.map((value) => ({ value, label: t(`ledger.state.${value}`) })),
      },
      { kind: 'switch', key: 'critical', label: t('ledger.critical') },
    ];
  }, [t, data]);
}

function Figures() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useGet<Answer<'/api/assets/counts'>>('/api/assets/counts');
  const kinds = data?.kinds
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${t(`ledger.kind.${kind}`)} ${format.number(count)}`);
  return (
    <div className="ta-asset-figures">
      <StatCard label={t('ledger.counts.total')} value={data && format.number(data.total)} hint={kinds?.join(' · ')} />
      <StatCard
        label={t('ledger.counts.critical')}
        value={data && format.number(data.critical)}
        to="/assets?critical=true"
      />
      <StatCard label={t('ledger.counts.ungraded')} value={data && format.number(data.ungraded)} />
      <StatCard label={t('ledger.counts.withoutPerson')} value={data && format.number(data.withoutPerson)} />
    </div>
  );
}

function AssetsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const go = useGo();
  const [creating, setCreating] = useState(false);
  const columns = useColumns();
  const filters = useFilters();
  const actions = (
    <>
      {may('asset.import') && (
        <AppLink to="/assets/import">
          <Button icon={<ImportOutlined />}>{t('ledger.importButton')}</Button>
        </AppLink>
      )}
      {may('asset.manage') && (
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
          {t('ledger.create')}
        </Button>
      )}
    </>
  );
  return (
    <>
      <ListPage<Asset>
        name="assets"
        title={t('ledger.title')}
        hint={t('ledger.hint')}
        url="/api/assets"
        searchName="text"
        search={t('ledger.search')}
        live="asset"
        idOf={(asset) => asset.id}
        columns={columns}
        filters={filters}
        defaultSort={{ key: 'changedAt', order: 'desc' }}
        detail={(id) => <AssetCard id={id} />}
        hrefOf={(id) => `/assets/${id}`}
        exportUrl="/api/assets/export"
        exportPermission="asset.read"
        actions={actions}
        above={<Figures />}
        empty={{ title: t('ledger.empty'), hint: t('ledger.emptyHint'), action: actions }}
      />
      {creating && <AssetForm onClose={() => setCreating(false)} onSaved={({ id }) => go(`/assets/${id}`)} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/assets',
  title: 'ledger.title',
  permission: 'asset.read',
  menu: { group: 'ledger', order: 10 },
  Page: AssetsPage,
};
