import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { send } from '#api/client.ts';
import type { Answer } from '#api/types.ts';
import type { EventState } from '../event-query.ts';

export type Completion = Answer<'/api/events/complete', 'post'>;

/** Longer than the pause between two keys of somebody who types fluently. */
const PAUSE_MS = 120;
const FRESH_MS = 30_000;

/** How a query may go on; undefined until that is known of exactly this text. `before` undefined: nobody is writing. */
export function useCompletion(before: string | undefined, state: EventState): Completion | undefined {
  const settled = useSettled(before);
  const { from, to } = state.question;
  const body = { before: settled ?? '', within: state.chips.join(' and '), from, to };
  const { data } = useQuery({
    queryKey: ['/api/events/complete', body],
    queryFn: async ({ signal }): Promise<Completion> =>
      (await send('POST', '/api/events/complete', body, signal)).json(),
    enabled: settled !== undefined,
    staleTime: FRESH_MS,
    retry: false,
  });
  return settled === before ? data : undefined;
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

const KEY = 'tongan.queries';
const RECENT_MAX = 8;

/** The queries asked in this window, newest first. They go with it: a shared computer tells nobody else of them. */
export function recentQueries(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((query) => typeof query === 'string').slice(0, RECENT_MAX) : [];
  } catch {
    return [];
  }
}

export function rememberQuery(query: string): void {
  if (query === '') return;
  const queries = [query, ...recentQueries().filter((other) => other !== query)].slice(0, RECENT_MAX);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(queries));
  } catch {
    // Without storage there is no list of recent queries; the search itself needs none.
  }
}
