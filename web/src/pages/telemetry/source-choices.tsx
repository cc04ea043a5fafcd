import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { useLocal } from '#parts/local.ts';
import type { SourceKinds } from './answers.ts';

type Unit = Answer<'/api/units'>['items'][number];

/** A field of a form gives `value` and `onChange`, and `id` for its label. */
interface ChoiceProps {
  readonly id?: string;
  readonly value?: string | undefined;
  onChange?: (value: string | undefined) => void;
}

/** One unit of the own area, by its path. */
export function UnitSelect(props: ChoiceProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const units = useGet<Paged<Unit>>(
    '/api/units',
    { search: search || undefined, state: 'active', pageSize: 50 },
    { keepPrevious: true },
  );
  return (
    <Select
      {...props}
      aria-label={t('telemetry.sources.unit')}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      loading={units.isFetching}
      options={(units.data?.items ?? []).map(({ path, name }) => ({ value: path, label: name }))}
    />
  );
}

/** One kind of source; `placeholder` says what none means. */
export function KindSelect({ placeholder, ...props }: ChoiceProps & { placeholder: string }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { data } = useGet<SourceKinds>('/api/sources/kinds');
  return (
    <Select
      {...props}
      allowClear
      aria-label={t('telemetry.sources.kind')}
      placeholder={placeholder}
      showSearch={{ optionFilterProp: 'label' }}
      options={(data?.items ?? []).map(({ id, title }) => ({ value: id, label: local(title) }))}
    />
  );
}
