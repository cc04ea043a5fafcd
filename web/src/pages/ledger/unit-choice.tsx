import { Select } from 'antd';
import { useState } from 'react';
import { type Paged, useGet } from '#api/hooks.ts';
import { useUnitAt } from '#parts/unit-name.tsx';

interface Unit {
  readonly path: string;
  readonly name: string;
}

interface UnitChoiceProps {
  /** Path of the unit. */
  readonly value?: string;
  readonly onChange?: (path: string) => void;
  readonly id?: string;
}

/** A unit found by typing part of its name; `Form.Item` hands value and change on to it. */
export function UnitChoice(field: UnitChoiceProps) {
  const [search, setSearch] = useState('');
  const { data } = useGet<Paged<Unit>>('/api/units', { search, pageSize: 20 }, { keepPrevious: true });
  const units = data?.items ?? [];
  const isListed = units.some(({ path }) => path === field.value);
  // One that was chosen beforehand may stand on no page of the search.
  const chosen = useUnitAt(isListed || data === undefined ? undefined : field.value);
  return (
    <Select
      {...field}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      options={[...(chosen && search === '' ? [chosen] : []), ...units].map(({ path, name }) => ({
        value: path,
        label: name,
      }))}
    />
  );
}
