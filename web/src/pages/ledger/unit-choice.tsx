import { Select } from 'antd';
import { useState } from 'react';
import { type Paged, useGet } from '#api/hooks.ts';

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
  return (
    <Select
      {...field}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      options={(data?.items ?? []).map(({ path, name }) => ({ value: path, label: name }))}
    />
  );
}
