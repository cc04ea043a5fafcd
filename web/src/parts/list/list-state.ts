import { useMemo } from 'react';
import type { Query } from '../../api/client.ts';
import { all, first, type UrlState, useUrlState } from '../../shell/url-state.ts';
import { presetRange, TIME_PRESETS } from '../time-range.tsx';
import type { Filter } from './column.ts';

export const PAGE_SIZES = [20, 50, 100, 200];
const PAGE_SIZE = 50;

export interface Sort {
  readonly key: string;
  readonly order: 'asc' | 'desc';
}

export interface ListState {
  readonly q: string;
  readonly page: number;
  readonly pageSize: number;
  readonly sort: Sort | undefined;
  readonly url: UrlState;
  /** Id of the row whose details are open. */
  readonly open: string | undefined;
  /** What the server is asked for. */
  readonly query: Query;
  /** Some search or filter is set, so that an empty list does not mean that there is nothing. */
  readonly narrowed: boolean;
  patch(change: UrlState, push?: 'push'): void;
  /** Changes a filter and goes back to the first page. */
  filter(change: UrlState): void;
  clear(): void;
}

const wholeNumber = (text: string | undefined, fallback: number): number => {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : fallback;
};

/** The names in the address that a filter uses. */
const namesOf = (filter: Filter): readonly string[] =>
  filter.kind === 'time' ? [...(filter.names ?? ['from', 'to']), filter.key] : [filter.key];

function filterQuery(filter: Filter, url: UrlState): Query {
  if (filter.kind === 'time') {
    const [from, to] = filter.names ?? ['from', 'to'];
    const preset = TIME_PRESETS.find(({ key }) => key === first(url[filter.key]));
    const range = preset ? presetRange(preset) : { from: first(url[from]), to: first(url[to]) };
    return { [from]: range.from, [to]: range.to };
  }
  if (filter.kind === 'select' && filter.multiple) return { [filter.key]: all(url[filter.key]).join(',') };
  return { [filter.key]: first(url[filter.key]) };
}

/** The state of a list, which is its address: search, filters, page, sort and the open row. */
export function useListState(
  filters: readonly Filter[],
  fixed: Query,
  defaultSort: Sort | undefined,
  searchName: string,
): ListState {
  const [url, patch] = useUrlState();
  return useMemo(() => {
    const q = first(url.q) ?? '';
    const page = wholeNumber(first(url.page), 1);
    const pageSize = Math.min(wholeNumber(first(url.pageSize), PAGE_SIZE), 200);
    const key = first(url.sort);
    const sort: Sort | undefined = key ? { key, order: first(url.order) === 'asc' ? 'asc' : 'desc' } : defaultSort;
    const names = filters.flatMap(namesOf);
    const query: Query = Object.assign(
      { [searchName]: q, page, pageSize, sort: sort?.key, order: sort?.order },
      fixed,
      ...filters.map((filter) => filterQuery(filter, url)),
    );
    return {
      q,
      page,
      pageSize,
      sort,
      url,
      open: first(url.open),
      query,
      narrowed: q !== '' || names.some((name) => url[name] !== undefined),
      patch,
      filter: (change) => patch({ ...change, page: undefined }),
      clear: () => patch(Object.fromEntries(['q', 'page', ...names].map((name) => [name, undefined]))),
    };
  }, [url, patch, filters, fixed, defaultSort, searchName]);
}
