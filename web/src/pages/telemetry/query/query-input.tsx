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
  onType(query: string): void;
  onSearch(query: string): void;
}

/** Begins the key of a proposal, so that none can be taken for what somebody typed. */
const KEY = '\0';

interface Option {
  /** A key: a proposal that began like the text itself would be taken by Enter without having been chosen. */
  readonly value: string;
  /** The whole query as it will be. */
  readonly query: string;
  readonly label: ReactNode;
  /** Where the caret will stand. */
  readonly caret: number;
}

/** The box for a query, which proposes how to go on: fields that are there, their frequent values, recent queries. */
export function QueryInput({ state, inputRef, typed, onType, onSearch }: QueryInputProps) {
  const { t } = useTranslation();
  const [caret, setCaret] = useState<number>();
  /** Arrow keys went into the proposals: Enter takes one instead of searching. */
  const [choosing, setChoosing] = useState(false);
  /** Proposals come with typing and go with a search: they must not cover what it answers. */
  const [open, setOpen] = useState(false);
  const before = caret === undefined ? undefined : typed.slice(0, caret);
  const completion = useCompletion(before, state);
  const options = useOptions(completion, typed, caret ?? 0);
  const recent = typed === '' ? recentQueries() : [];
  const place = (at: number) => {
    setCaret(at);
    requestAnimationFrame(() => inputRef.current?.setSelectionRange(at, at));
  };
  const watch = ({ selectionStart }: HTMLInputElement) => {
    setChoosing(false);
    setOpen(true);
    setCaret(selectionStart ?? undefined);
  };
  const groups = [
    ...(recent.length > 0 ? [{ label: t('query.recent'), options: recent.map(recentOption) }] : []),
    ...options,
  ];
  return (
    <AutoComplete
      className="ta-query-input"
      open={open && groups.length > 0}
      value={typed}
      defaultActiveFirstOption={false}
      popupMatchSelectWidth={false}
      classNames={{ popup: { root: 'ta-query-popup' } }}
      options={groups}
      onChange={(query: string) => {
        if (!query.startsWith(KEY)) onType(query);
      }}
      onSelect={(_, option) => {
        if (!('caret' in option)) return;
        setChoosing(false);
        onType(option.query);
        place(option.caret);
      }}
      onBlur={() => {
        setOpen(false);
        setCaret(undefined);
      }}
    >
      <Input
        ref={inputRef}
        allowClear
        size="large"
        prefix={<SearchOutlined />}
        aria-label={t('events.query')}
        placeholder={t('events.queryHint')}
        maxLength={4000}
        autoComplete="off"
        spellCheck={false}
        onFocus={({ target }) => watch(target)}
        onInput={({ currentTarget }) => watch(currentTarget)}
        onClick={({ currentTarget }) => watch(currentTarget)}
        onKeyDown={({ key }) => {
          if (/^Arrow(Up|Down)$/.test(key) && groups.length > 0) {
            setOpen(true);
            setChoosing(true);
          }
          if (key === 'Escape') {
            setOpen(false);
            setChoosing(false);
          }
        }}
        onKeyUp={({ key, currentTarget }) => {
          if (/^(Arrow(Left|Right)|Home|End)$/.test(key)) watch(currentTarget);
        }}
        onPressEnter={() => {
          if (choosing) return;
          setOpen(false);
          onSearch(typed);
        }}
        onClear={() => onSearch('')}
      />
    </AutoComplete>
  );
}

const recentOption = (query: string, index: number): Option => ({
  value: `${KEY}recent ${index}`,
  query,
  label: <code>{query}</code>,
  caret: query.length,
});

function useOptions(completion: Completion | undefined, typed: string, caret: number): Option[] {
  const { t } = useTranslation();
  const { number } = useFormat();
  if (!completion) return [];
  const head = typed.slice(0, caret - completion.replace);
  const rest = typed.slice(caret);
  return completion.items.map(({ kind, text, column, used, count }, index) => {
    const name = column === '' ? '' : t(`columns.${column}`, { defaultValue: '' });
    const note = { field: used ? name : t('query.unused'), value: number(count), operator: t(`query.${text.trim()}`) };
    return {
      value: `${KEY}${index}`,
      query: `${head}${text}${rest.trimStart()}`,
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
