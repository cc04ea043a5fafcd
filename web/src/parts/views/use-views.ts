import { useEffect, useRef } from 'react';
import { useGet } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';
import { useGo } from '../../shell/link.tsx';
import { readSetting, writeSetting } from '../../shell/settings.ts';
import { stringifySearch, type UrlState } from '../../shell/url-state.ts';

export type View = Answer<'/api/views'>['items'][number];

export const VIEWS_URL = '/api/views';

export interface Views {
  readonly list: string;
  readonly items: readonly View[];
  readonly defaultId: string | null;
  /** What the list is narrowed to now, as a view keeps it: without page and open row. */
  readonly search: string;
  /** The view the list shows now. */
  readonly active: View | undefined;
  /** The list will begin with a view that is not known yet: what it would show now is not what the person wants. */
  readonly waiting: boolean;
  open(view: View): void;
}

/** The same conditions in the same words, whatever the order of the filters in the address. */
function inOrder(search: string): string {
  const sorted = new URLSearchParams(search);
  sorted.sort();
  return sorted.toString();
}

/**
 * The views of a list, and the beginning with one of them where the address says nothing.
 *
 * @param url what stands in the address
 * @param begins the list is a page of its own, so that its address belongs to it alone
 */
export function useViews(list: string, url: UrlState, begins: boolean): Views {
  const go = useGo();
  const { data, isFetched } = useGet<Answer<'/api/views'>>(VIEWS_URL, { list });
  // Remembered, so that only those who begin with a view ever wait for it.
  const setting = `list.${list}.begins`;
  const plain = Object.keys(url).length === 0;
  const first = useRef(begins && plain);
  const search = stringifySearch({ ...url, page: undefined, open: undefined }).slice(1);
  const open = (view: View, options?: { replace: boolean }) =>
    go(`${window.location.pathname}${view.search === '' ? '' : `?${view.search}`}`, options);

  const beginning = data?.items.find(({ id }) => id === data.defaultId);
  useEffect(() => {
    if (!data) return;
    if (begins) writeSetting(setting, beginning ? 'yes' : 'no');
    if (first.current && beginning && plain) open(beginning, { replace: true });
    first.current = false;
  });

  const items = data?.items ?? [];
  return {
    list,
    items,
    defaultId: data?.defaultId ?? null,
    search,
    active: search === '' ? undefined : items.find((view) => inOrder(view.search) === inOrder(search)),
    waiting: first.current && plain && !isFetched && readSetting(setting) === 'yes',
    open: (view) => open(view),
  };
}
