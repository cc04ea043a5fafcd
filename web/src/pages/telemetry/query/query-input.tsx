import { SearchOutlined } from '@ant-design/icons';
import { AutoComplete, Input, type InputRef } from 'antd';
import { type ReactNode, type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '#parts/time.ts';
import type { EventState } from '../event-query.ts';
import { type Completion, recentQueries, useCompletion } from './completion.ts';

interface QueryInputProps {
  readonly state: EventState;
  readonly inputRef: RefObject<InputRef | null>;
  readonly typed: string;
  readonly suffix: ReactNode;
  onType(query: string): void;
  onSearch(query: string): void;
}

interface Option {
  /** The whole query as it will be. */
  readonly value: string;
  readonly label: ReactNode;
  /** Where the caret will stand. */
  readonly caret: number;
}

/** The box for a query, which proposes how to go on: fields that are there, their frequent values, recent queries. */
export function QueryInput({ state, inputRef, typed, suffix, onType, onSearch }: QueryInputProps) {
  const { t } = useTranslation();
  const [caret, setCaret] = useState<number>();
  const [chosen, setChosen] = useState(false);
  const before = caret === undefined ? undefined : typed.slice(0, caret);
  const completion = useCompletion(before, state);
  const options = useOptions(completion, typed, caret ?? 0);
  const recent = typed === '' ? recentQueries() : [];
  const place = (at: number) => {
    setCaret(at);
    requestAnimationFrame(() => inputRef.current?.setSelectionRange(at, at));
  };
  const watch = ({ selectionStart }: HTMLInputElement) => {
    setChosen(false);
    setCaret(selectionStart ?? undefined);
  };
  return (
    <AutoComplete
      className="ta-query-input"
      value={typed}
      defaultActiveFirstOption={false}
      popupMatchSelectWidth={false}
      classNames={{ popup: { root: 'ta-query-popup' } }}
      options={[
        ...(recent.length > 0 ? [{ label: t('query.recent'), options: recent.map(recentOption) }] : []),
        ...options,
      ]}
      onChange={onType}
      onSelect={(_, option) => {
        if (!('caret' in option) || typeof option.caret !== 'number') return;
        setChosen(true);
        place(option.caret);
      }}
      onBlur={() => setCaret(undefined)}
    >
      <Input
        ref={inputRef}
        allowClear
        size="large"
        prefix={<SearchOutlined />}
        suffix={suffix}
        aria-label={t('events.query')}
        placeholder={t('events.queryHint')}
        maxLength={4000}
        autoComplete="off"
        spellCheck={false}
        onFocus={({ target }) => watch(target)}
        onInput={({ currentTarget }) => watch(currentTarget)}
        onClick={({ currentTarget }) => watch(currentTarget)}
        onKeyUp={({ key, currentTarget }) => {
          if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) watch(currentTarget);
        }}
        // A key that took a proposal is not the one that starts the search.
        onPressEnter={() => (chosen ? setChosen(false) : onSearch(typed))}
        onClear={() => onSearch('')}
      />
    </AutoComplete>
  );
}

const recentOption = (query: string): Option => ({ value: query, label: <code>{query}</code>, caret: query.length });

function useOptions(completion: Completion | undefined, typed: string, caret: number): Option[] {
  const { t } = useTranslation();
  const { number } = useFormat();
  if (!completion) return [];
  const head = typed.slice(0, caret - completion.replace);
  const rest = typed.slice(caret);
  return completion.items.map(({ kind, text, column, used, count }) => {
    const name = column === '' ? '' : t(`columns.${column}`, { defaultValue: '' });
    const note = { field: used ? name : t('query.unused'), value: number(count), operator: t(`query.${text.trim()}`) };
    return {
      value: `${head}${text}${rest.trimStart()}`,
      caret: head.length + text.length,
      label: (
        <span className={used ? 'ta-proposal' : 'ta-proposal ta-quiet'}>
          <code>{text.trim()}</code>
          <small>{note[kind]}</small>
        </span>
      ),
    };
  });
}
