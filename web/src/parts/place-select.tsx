import { Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '../api/hooks.ts';
import { useMay, useSession } from '../shell/session.tsx';
import type { Option } from './list/column.ts';
import { useLocal } from './local.ts';
import { type UnitAt, useUnitAt } from './unit-name.tsx';

interface Division {
  readonly path: string;
  readonly name: string;
  readonly nameEn: string | null;
  readonly level: string;
  readonly initials: string;
}

interface PlaceSelectProps {
  /** Path of the area or unit. */
  readonly value?: string | undefined;
  readonly onChange?: (path: string | undefined) => void;
  readonly id?: string;
  readonly label?: string;
  /** Shown where nothing is chosen: what that means. */
  readonly placeholder?: string;
  /** Offered while nothing is typed; without it the areas below the own one. */
  readonly suggested?: readonly Option[] | undefined;
}

const AREAS_SHOWN = 20;

/** An area or unit of the own area, found by typing part of its name or of the initials of its pinyin. */
export function PlaceSelect({ value, onChange, id, label, placeholder, suggested }: PlaceSelectProps) {
  const { t } = useTranslation();
  const local = useLocal();
  const may = useMay();
  const { scope } = useSession();
  const [typed, setTyped] = useState('');
  const search = typed.trim().toLowerCase();
  const divisions = useGet<{ items: readonly Division[] }>('/api/divisions').data?.items;
  const units = useGet<Paged<UnitAt>>(
    may('unit.read') ? '/api/units' : null,
    { search, state: 'active', pageSize: 20 },
    { keepPrevious: true },
  );
  const nameOf = ({ name, nameEn }: Division) => local({ zh: name, en: nameEn ?? name });
  const known = divisions?.find(({ path }) => path === value);
  const unit = useUnitAt(divisions && value && known === undefined ? value : undefined);
  const chosen = known ? nameOf(known) : unit?.name;
  const options = useMemo(() => {
    const below = (divisions ?? []).filter(({ path }) => path.startsWith(scope.path));
    const areas = below
      .filter(({ initials, ...division }) =>
        search === ''
          ? division.level !== 'county'
          : initials.includes(search) || `${division.name} ${division.nameEn ?? ''}`.toLowerCase().includes(search),
      )
      .map((division) => ({
        value: division.path,
        label: local({ zh: division.name, en: division.nameEn ?? division.name }),
      }));
    const found = (units.data?.items ?? []).map(({ path, name }) => ({ value: path, label: name }));
    if (search === '' && suggested !== undefined) return [...suggested];
    return [
      { label: t('parts.place.areas'), options: areas.slice(0, search === '' ? areas.length : AREAS_SHOWN) },
      { label: t('parts.place.units'), options: found },
    ].filter((group) => group.options.length > 0);
  }, [divisions, units.data, scope.path, search, suggested, t, local]);
  return (
    <Select<string, Option>
      {...(id === undefined ? {} : { id })}
      allowClear
      aria-label={label}
      placeholder={placeholder ?? label}
      popupMatchSelectWidth={false}
      style={{ minWidth: 160 }}
      loading={units.isFetching}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      value={value ?? null}
      labelRender={({ label: shown, value: path }) => chosen ?? shown ?? path}
      notFoundContent={t('parts.place.none')}
      onChange={(path: string | undefined) => onChange?.(path)}
      options={options as Option[]}
    />
  );
}
