import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

/** The query part of the address: plain words, so that an address can be read, written and shared. */
export type UrlState = Readonly<Record<string, string | readonly string[] | undefined>>;

export function parseSearch(search: string): Record<string, string | string[]> {
  const state: Record<string, string | string[]> = {};
  for (const [key, value] of new URLSearchParams(search)) {
    const former = state[key];
    state[key] = former === undefined ? value : Array.isArray(former) ? [...former, value] : [former, value];
  }
  return state;
}

export function stringifySearch(state: Record<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null && item !== '') search.append(key, String(item));
    }
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * State that lives in the address: `const [state, patch] = useUrlState(); patch({ tab: 'facts' })`.
 * `undefined` and `''` remove a key. Each change replaces the history entry unless `push` is given.
 */
export function useUrlState(): [UrlState, (change: UrlState, push?: 'push') => void] {
  const state = useSearch({ strict: false }) as UrlState;
  const navigate = useNavigate();
  const patch = useCallback(
    (change: UrlState, push?: 'push') => {
      void navigate({
        to: '.',
        search: (former: UrlState) => ({ ...former, ...change }),
        replace: push === undefined,
        resetScroll: false,
      } as Parameters<typeof navigate>[0]);
    },
    [navigate],
  );
  return [state, patch];
}

/** The one value of a key, also when the address repeats it. */
export const first = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

/** All values of a key. */
export const all = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;
