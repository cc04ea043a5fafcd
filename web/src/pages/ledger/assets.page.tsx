import { ImportOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Query } from '#api/client.ts';
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
import { first, useUrlState } from '#shell/url-state.ts';
import { type Asset, DUTY_TONE, TONE } from './answers.ts';
import { AssetCard, Marks } from './asset-detail.tsx';
import { AssetForm } from './asset-form.tsx';
import { useBulk } from './bulk.tsx';
import { AskedNotice } from './campaigns/asked.tsx';
import { FACET_KEYS, type FacetName, type FacetsAnswer, MARKS, useFacetNames } from './facet-names.ts';
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
        width: 200,
        sortable: true,
        phone: 'title',
        render: (asset) => asset.name,
      },
      {
        key: 'class',
        title: t('ledger.field.class'),
        width: 90,
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
        width: 170,
        render: (asset) => {
          const keys = [...asset.hosts, ...asset.addresses, ...asset.domains, ...asset.segments];
          return keys.length === 0 ? '—' : <Keys keys={keys} />;
        },
      },
      {
        key: 'protectionLevel',
        title: t('ledger.field.protectionLevel'),
        width: 96,
        sortable: true,
        render: (asset) =>
          classOf(asset.class)?.shared.includes('protectionLevel')
            ? t(`ledger.level.${asset.protectionLevel ?? 'none'}`)
            : '—',
      },
      {
        key: 'importance',
        title: t('ledger.field.importance'),
        width: 100,
        hidden: true,
        render: (asset) => t(`ledger.importance.${asset.importance || 'none'}`),
      },
      {
        key: 'responsiblePerson',
        title: t('ledger.field.responsiblePerson'),
        width: 90,
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
      {
        key: 'duty',
        title: t('duties.title'),
        width: 96,
        render: (asset) => <StateTag tone={DUTY_TONE[asset.duty]}>{t(`duties.summary.${asset.duty}`)}</StateTag>,
      },
      {
        key: 'dueOn',
        title: t('ledger.field.dueOn'),
        hidden: true,
        render: (asset) => asset.dueOn ?? '—',
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
function Keys({ keys }: { keys: readonly string[] }) {
  return (
    <span className="ta-break" title={keys.join('\n')}>
      {keys[0]}
      {keys.length > 1 && <span className="ta-quiet"> +{keys.length - 1}</span>}
    </span>
  );
}

/** The conditions of the list, each value with how many assets have it under the others. */
function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  const [url] = useUrlState();
  const { values } = useFacetNames(first(url.gap) !== undefined);
  const ownUnitOnly = useSession().scope.side === 'unit';
  const query = useMemo(
    (): Query => ({ ...Object.fromEntries(FACET_KEYS.map((key) => [key, first(url[key])])), text: first(url.q) }),
    [url],
  );
  const { data } = useGet<FacetsAnswer>('/api/assets/facets', query, { keepPrevious: true });
  return useMemo(() => {
    const select = (key: FacetName, label: string): Filter => ({
      kind: 'select',
      key,
      label,
      options: values(data, key),
    });
    return [
      select('class', t('ledger.field.class')),
      ...(ownUnitOnly
        ? []
        : [{ kind: 'place' as const, key: 'unit', label: t('ledger.field.unit'), options: values(data, 'area') }]),
      select('state', t('ledger.field.state')),
      { kind: 'switch', key: 'gone', label: t('ledger.gone') },
      select('protectionLevel', t('ledger.field.protectionLevel')),
      select('importance', t('ledger.field.importance')),
      select('duty', t('duties.title')),
      {
        kind: 'select',
        key: 'mark',
        label: t('ledger.field.marks'),
        options: MARKS.map((value) => ({ value, label: t(`ledger.mark.${value}`) })),
      },
      { kind: 'switch', key: 'critical', label: t('ledger.critical') },
      { kind: 'text', key: 'person', label: t('ledger.field.responsiblePerson') },
      ...(first(url.gap) === undefined
        ? []
        : [{ kind: 'select' as const, key: 'gap', label: t('gaps.title'), options: values(undefined, 'gap') }]),
    ];
  }, [t, data, url, values, ownUnitOnly]);
}

/** So many are counted at most where no sum is kept. */
const COUNTED_MAX = 10_000;

function Figures() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error } = useGet<Answer<'/api/assets/counts'>>('/api/assets/counts');
  const failed = error && !data ? t('parts.error.title') : undefined;
  const kinds = data?.kinds
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${t(`ledger.kind.${kind}`)} ${format.number(count)}`);
  return (
    <div className="ta-asset-figures">
      <StatCard
        failed={failed}
        label={t('ledger.counts.total')}
        value={data && format.number(data.total)}
        hint={kinds?.join(' · ')}
      />
      <StatCard
        failed={failed}
        label={t('ledger.counts.critical')}
        value={data && format.number(data.critical)}
        to="/assets?critical=true"
      />
      <StatCard
        failed={failed}
        label={t('ledger.counts.ungraded')}
        value={data && format.number(data.ungraded)}
        to="/assets?gap=ungraded"
      />
      <StatCard
        failed={failed}
        label={t('ledger.counts.withoutPerson')}
        value={data && `${format.number(data.withoutPerson)}${data.withoutPerson >= COUNTED_MAX ? '+' : ''}`}
        to="/assets?gap=no_person"
      />
    </div>
  );
}

function AssetsPage() {
  const { t } = useTranslation();
  const [url] = useUrlState();
  const may = useMay();
  const go = useGo();
  const [creating, setCreating] = useState(false);
  const columns = useColumns();
  const filters = useFilters();
  const { bulk, dialog } = useBulk();
  // The menu of a unit's people has no other way to these.
  const ownUnitOnly = useSession().scope.side === 'unit';
  const actions = (
    <>
      {ownUnitOnly && (
        <AppLink to="/assets/gaps">
          <Button>{t('gaps.title')}</Button>
        </AppLink>
      )}
      {ownUnitOnly && (
        <AppLink to="/assets/days">
          <Button>{t('changes.days.title')}</Button>
        </AppLink>
      )}
      {ownUnitOnly && may('asset.handover') && (
        <AppLink to="/assets/handover">
          <Button>{t('duties.handover.title')}</Button>
        </AppLink>
      )}
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
        bulk={bulk}
        exportUrl="/api/assets/export"
        exportPermission="asset.read"
        actions={actions}
        above={
          <>
            <AskedNotice />
            <Figures />
          </>
        }
        noMatchHint={first(url.gone) === 'true' ? undefined : t('ledger.goneLeftOut')}
        empty={{ title: t('ledger.empty'), hint: t('ledger.emptyHint'), action: actions }}
      />
      {dialog}
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
