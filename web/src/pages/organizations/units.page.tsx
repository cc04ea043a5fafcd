import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { type Division, KINDS, type Person, SECTORS, type Unit } from './answers.ts';
import { DivisionTree, divisionName } from './division-tree.tsx';
import { UnitCard } from './unit-detail.tsx';
import { UnitForm } from './unit-form.tsx';
import './organizations.css';

function useColumns(): readonly Column<Unit>[] {
  const { t } = useTranslation();
  return useMemo(() => {
    const person = (holder: Person | null) =>
      holder?.name ?? <span className="ta-quiet">{t('organizations.missing')}</span>;
    return [
      {
        key: 'name',
        title: t('organizations.field.name'),
        render: (unit) => unit.name,
        width: 200,
        sortable: true,
        phone: 'title',
      },
      {
        key: 'kind',
        title: t('organizations.field.kind'),
        width: 110,
        render: (unit) => t(`organizations.kind.${unit.kind}`),
      },
      {
        key: 'sector',
        title: t('organizations.field.sector'),
        width: 110,
        render: (unit) => t(`organizations.sector.${unit.sector}`, { defaultValue: unit.sector }),
      },
      {
        key: 'division',
        title: t('organizations.field.division'),
        width: 110,
        render: (unit) => unit.division.name,
        sortable: true,
      },
      {
        key: 'firstResponsible',
        title: t('organizations.duty.first_responsible'),
        width: 110,
        render: (unit) => person(unit.firstResponsible),
      },
      {
        key: 'directlyResponsible',
        title: t('organizations.duty.directly_responsible'),
        width: 110,
        render: (unit) => person(unit.directlyResponsible),
        phone: 'hidden',
      },
      {
        key: 'state',
        title: t('organizations.field.state'),
        width: 100,
        render: (unit) => (
          <StateTag tone={unit.state === 'active' ? 'done' : 'waiting'}>
            {t(`organizations.state.${unit.state}`)}
          </StateTag>
        ),
      },
      { key: 'code', title: t('organizations.field.code'), render: (unit) => unit.code, sortable: true, hidden: true },
      { key: 'uscc', title: t('organizations.field.uscc'), render: (unit) => unit.uscc ?? '—', hidden: true },
      {
        key: 'changedAt',
        title: t('organizations.field.changedAt'),
        render: (unit) => <TimeText at={unit.changedAt} />,
        sortable: true,
        hidden: true,
      },
    ];
  }, [t]);
}

function useFilters(): readonly Filter[] {
  const { t, i18n } = useTranslation();
  const { data } = useGet<{ items: readonly Division[] }>('/api/divisions');
  return useMemo(
    () => [
      {
        kind: 'select',
        key: 'division',
        label: t('organizations.field.division'),
        options: (data?.items ?? []).map((division) => ({
          value: division.code,
          label: divisionName(division, i18n.language),
        })),
      },
      {
        kind: 'select',
        key: 'kind',
        label: t('organizations.field.kind'),
        options: KINDS.map((value) => ({ value, label: t(`organizations.kind.${value}`) })),
      },
      {
        kind: 'select',
        key: 'sector',
        label: t('organizations.field.sector'),
        options: SECTORS.map((value) => ({ value, label: t(`organizations.sector.${value}`) })),
      },
      {
        kind: 'select',
        key: 'state',
        label: t('organizations.field.state'),
        options: (['active', 'closed'] as const).map((value) => ({ value, label: t(`organizations.state.${value}`) })),
      },
    ],
    [t, data, i18n.language],
  );
}

function UnitsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const go = useGo();
  const [creating, setCreating] = useState(false);
  const columns = useColumns();
  const filters = useFilters();
  const create = may('unit.manage') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('organizations.create')}
    </Button>
  );
  return (
    <div className="ta-units">
      <DivisionTree />
      <ListPage<Unit>
        name="units"
        title={t('organizations.title')}
        hint={t('organizations.hint')}
        url="/api/units"
        search={t('organizations.search')}
        live="unit"
        idOf={(unit) => unit.id}
        columns={columns}
        filters={filters}
        detail={(id) => <UnitCard id={id} />}
        hrefOf={(id) => `/units/${id}`}
        actions={create}
        empty={{ title: t('organizations.empty'), hint: t('organizations.emptyHint'), action: create }}
      />
      <UnitForm open={creating} onClose={() => setCreating(false)} onSaved={(unit) => go(`/units/${unit.id}`)} />
    </div>
  );
}

export const page: PageDefinition = {
  path: '/units',
  title: 'organizations.title',
  permission: 'unit.read',
  menu: { group: 'ledger', order: 20 },
  Page: UnitsPage,
};
