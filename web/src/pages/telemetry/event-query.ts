import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { ApiError, saveFile, send } from '#api/client.ts';
import { dateText } from '#parts/time.ts';
import { nextMinute, presetRange, TIME_PRESETS, type TimeRangeValue } from '#parts/time-range.tsx';
import { all, first, type UrlState, useUrlState } from '#shell/url-state.ts';
import { DEFAULT_COLUMNS, type EventPage, SUMMARY_COLUMNS } from './answers.ts';

const DEFAULT_PRESET = '24h';
export const PAGE = 100;

/** What every question about events has in common. */
export interface EventQuestion {
  readonly query: string;
  readonly from: string;
  readonly to: string;
}

export interface EventState {
  /** As typed. */
  readonly text: string;
  /** Conditions taken from results, each one a piece of a query: `host:"web01"`. */
  readonly chips: readonly string[];
  readonly columns: readonly string[];
  readonly range: TimeRangeValue;
  readonly open: string | undefined;
  readonly question: EventQuestion;
  patch(change: UrlState, push?: 'push'): void;
  /** A span that ends now ends now again. */
  renew(): void;
}

/** The state of the event search, which is its address. */
export function useEventState(): EventState {
  const [url, patch] = useUrlState();
  const [round, setRound] = useState(0);
  const renew = useCallback(() => setRound((before) => before + 1), []);
  return useMemo(() => {
    // The spans that end now are worked out anew.
    void round;
    const text = first(url.q) ?? '';
    const chips = all(url.with);
    const custom = first(url.from);
    const range: TimeRangeValue = {
      preset: custom ? undefined : (first(url.range) ?? DEFAULT_PRESET),
      from: custom,
      to: first(url.to),
    };
    const preset = TIME_PRESETS.find(({ key }) => key === range.preset) ?? TIME_PRESETS[2];
    const span = custom ? { from: custom, to: range.to } : presetRange(preset);
    const typed = text === '' ? [] : chips.length > 0 ? [`(${text})`] : [text];
    const columns = all(url.cols);
    return {
      text,
      chips,
      columns: columns.length > 0 ? columns : DEFAULT_COLUMNS,
      range,
      open: first(url.open),
      question: {
        query: [...typed, ...chips].join(' and '),
        from: span.from ?? presetRange(preset).from ?? '',
        to: span.to ?? nextMinute(),
      },
      patch,
      renew,
    };
  }, [url, patch, renew, round]);
}

/** As many as one search answers with. */
const COLUMNS_MAX = 60;

/** The columns to fetch where these are shown: with what a line's summary is made of. */
export const shownWith = (columns: readonly string[]): readonly string[] =>
  [...new Set([...columns, ...SUMMARY_COLUMNS])].slice(0, COLUMNS_MAX);

async function post<T>(url: string, body: unknown, signal: AbortSignal): Promise<T> {
  const response = await send('POST', url, body, signal);
  return (await response.json()) as T;
}

/** The events after those that a search found first, page by page on demand. */
export function useMoreEvents(question: EventQuestion, columns: readonly string[], cursor: string | null | undefined) {
  const url = '/api/events/search';
  return useInfiniteQuery<EventPage, ApiError, { pages: EventPage[] }, readonly unknown[], string | undefined>({
    queryKey: [url, question, columns, cursor],
    queryFn: ({ signal, pageParam }) =>
      post<EventPage>(url, { ...question, columns, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: cursor ?? undefined,
    getNextPageParam: ({ cursor: next }) => next ?? undefined,
    enabled: false,
    retry: false,
  });
}

export type ExportFormat = 'csv' | 'ndjson' | 'parquet';

/**
 * Fetches an export and hands it to the browser's downloads.
 *
 * @returns how many events it left out
 * @throws ApiError also when the answer breaks off: a part of it is not saved as if it were all
 */
export async function downloadEvents(
  question: EventQuestion,
  columns: readonly string[],
  format: ExportFormat,
  heading: (column: string) => string,
): Promise<{ events: number; leftOut: number }> {
  const all = [...columns, 'raw'];
  const headings = Object.fromEntries(['time', 'event_id', ...all].map((column) => [column, heading(column)]));
  const body = { ...question, columns: all, format, ...(format === 'csv' ? { headings } : {}) };
  const response = await send('POST', '/api/events/export', body);
  const requestId = response.headers.get('x-request-id') ?? '';
  const content = await response.blob().catch(() => {
    throw new ApiError(response.status, { code: 'unavailable', reason: 'search.export-broken', requestId });
  });
  saveFile(content, `events_${dateText(question.from)}_${dateText(question.to)}.${format}`);
  const header = (name: string) => Number(response.headers.get(name) ?? 0);
  return { events: header('x-tongan-events'), leftOut: header('x-tongan-left-out') };
}
