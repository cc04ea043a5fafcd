import { CloseCircleOutlined, FilterOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Grid, Input, type InputRef, Select, Switch } from 'antd';
import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { all, first } from '../../shell/url-state.ts';
import { PlaceSelect } from '../place-select.tsx';
import { TimeRange } from '../time-range.tsx';
import type { Filter } from './column.ts';
import type { ListState } from './list-state.ts';

/** How long typing must rest before the list is asked again. */
const REST_MS = 300;
/** From so many choices on, a choice can be typed. */
const SEARCH_FROM = 8;

/** A text box that tells its value when typing rests or Enter is pressed. */
export function RestingInput(props: {
  value: string;
  label: string;
  width: number;
  search?: boolean;
  inputRef?: RefObject<InputRef | null>;
  onRest(value: string): void;
}) {
  const { value, onRest } = props;
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onRest(typed.trim()), REST_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onRest]);
  return (
    <Input
      ref={props.inputRef ?? null}
      allowClear
      aria-label={props.label}
      placeholder={props.label}
      prefix={props.search ? <SearchOutlined /> : null}
      style={{ width: props.width, maxWidth: '100%' }}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onPressEnter={() => onRest(typed.trim())}
    />
  );
}

function FilterInput({ filter, state }: { filter: Filter; state: ListState }) {
  const { url } = state;
  const change = state.filter;
  switch (filter.kind) {
    case 'select': {
      const shared = {
        allowClear: true,
        'aria-label': filter.label,
        placeholder: filter.label,
        popupMatchSelectWidth: false,
        style: { minWidth: 120 },
        options: [...filter.options],
      };
      return filter.multiple ? (
        <Select
          {...shared}
          mode="multiple"
          showSearch={{ optionFilterProp: 'label' }}
          maxTagCount={1}
          value={[...all(url[filter.key])]}
          onChange={(value: string[]) => change({ [filter.key]: value.length > 0 ? value : undefined })}
        />
      ) : (
        <Select
          {...shared}
          showSearch={filter.options.length > SEARCH_FROM ? { optionFilterProp: 'label' } : false}
          value={first(url[filter.key]) ?? null}
          onChange={(value: string | null) => change({ [filter.key]: value ?? undefined })}
        />
      );
    }
    case 'place':
      return (
        <PlaceSelect
          label={filter.label}
          suggested={filter.options}
          value={first(url[filter.key])}
          onChange={(value) => change({ [filter.key]: value })}
        />
      );
    case 'time': {
      const [from, to] = filter.names ?? ['from', 'to'];
      return (
        <TimeRange
          label={filter.label}
          standard={filter.standard}
          value={{ preset: first(url[filter.key]), from: first(url[from]), to: first(url[to]) }}
          onChange={(value) => change({ [filter.key]: value.preset, [from]: value.from, [to]: value.to })}
        />
      );
    }
    case 'switch':
      return (
        <span className="ta-switch">
          <Switch
            size="small"
            aria-label={filter.label}
            checked={first(url[filter.key]) === 'true'}
            onChange={(on) => change({ [filter.key]: on ? 'true' : undefined })}
          />
          {filter.label}
        </span>
      );
    case 'text':
      return (
        <RestingInput
          value={first(url[filter.key]) ?? ''}
          label={filter.label}
          width={160}
          onRest={(value) => change({ [filter.key]: value || undefined })}
        />
      );
  }
}

/** Search box and filters of a list, and the way to clear them. */
export function Filters(props: {
  filters: readonly Filter[];
  state: ListState;
  search: string | undefined;
  searchRef: RefObject<InputRef | null>;
}) {
  const { t } = useTranslation();
  const { filters, state, search, searchRef } = props;
  const wide = Grid.useBreakpoint().md ?? true;
  const [open, setOpen] = useState(false);
  // On a phone the conditions wait behind a button, so that the list itself is in sight.
  const shown = wide || open ? filters : [];
  return (
    <search className="ta-filters">
      {search !== undefined && (
        <RestingInput
          search
          inputRef={searchRef}
          value={state.q}
          label={search}
          width={260}
          onRest={(q) => state.filter({ q: q || undefined })}
        />
      )}
      {!wide && filters.length > 0 && (
        <Button icon={<FilterOutlined />} aria-expanded={open} onClick={() => setOpen(!open)}>
          {t('parts.list.filters')}
        </Button>
      )}
      {shown.map((filter) => (
        <FilterInput key={filter.key} filter={filter} state={state} />
      ))}
      {state.narrowed && (
        <Button type="text" icon={<CloseCircleOutlined />} onClick={state.clear}>
          {t('parts.list.clear')}
        </Button>
      )}
    </search>
  );
}
