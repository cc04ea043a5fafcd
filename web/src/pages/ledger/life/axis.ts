import { useInfiniteQuery } from '@tanstack/react-query';
import { type ApiError, api, type Query } from '#api/client.ts';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';

type Page = Answer<'/api/assets/{id}/timeline'>;
export type Moment = Page['items'][number];
export type MomentKind = Moment['kind'];

export const KINDS = [
  'attribute',
  'identity',
  'observation',
  'duty',
  'vulnerability',
  'alert',
  'incident',
  'order',
  'event',
] as const satisfies readonly MomentKind[];

const PAGE_SIZE = 30;
/** Every day that events are counted for. */
const DAYS = 100;

/** What is told of an asset's life so far, and how to be told more. */
export interface Axis {
  readonly moments: readonly Moment[];
  readonly pending: boolean;
  readonly error: ApiError | null;
  /** There is more, earlier. */
  readonly more: boolean;
  readonly fetching: boolean;
  /** Events could not be counted: the rest stands. */
  readonly eventsFailed: boolean;
  readonly eventsFrom: string | null;
  /** Null until it is known what the reader may see. */
  readonly kinds: readonly MomentKind[] | null;
  earlier(): void;
  retry(): void;
}

/**
 * The axis of an asset. Days of events are asked for by themselves, because counting them takes longer than everything
 * else, and stand between the others as far as these were told.
 */
export function useAxis(assetId: string, chosen: readonly MomentKind[], withEvents: boolean): Axis {
  const url = `/api/assets/${assetId}/timeline`;
  const asked = KINDS.filter((kind) => kind !== 'event' && (chosen.length === 0 || chosen.includes(kind)));
  const query: Query = { kinds: asked.join(','), pageSize: PAGE_SIZE };
  const axis = useInfiniteQuery({
    queryKey: [url, query],
    queryFn: ({ pageParam, signal }) => api.get<Page>(url, { ...query, before: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page) => last.next ?? undefined,
    enabled: asked.length > 0,
  });
  const countDays = withEvents && (chosen.length === 0 || chosen.includes('event'));
  const days = useGet<Page>(countDays ? url : null, { kinds: 'event', pageSize: DAYS });
  const told = axis.data?.pages.flatMap(({ items }) => items) ?? [];
  const oldest = axis.hasNextPage ? told.at(-1)?.at : undefined;
  const counted = countDays ? (days.data?.items ?? []).filter(({ at }) => oldest === undefined || at >= oldest) : [];
  const error = axis.error as ApiError | null;
  return {
    moments: [...told, ...counted].sort((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0)),
    pending: asked.length > 0 ? axis.isPending : days.isPending,
    error: asked.length > 0 ? error : days.error,
    more: axis.hasNextPage,
    fetching: axis.isFetchingNextPage,
    eventsFailed: countDays && days.error !== null,
    eventsFrom: countDays ? (days.data?.eventsFrom ?? null) : null,
    kinds: axis.data?.pages[0]?.kinds ?? days.data?.kinds ?? null,
    earlier: () => void axis.fetchNextPage(),
    retry: () => void (asked.length > 0 ? axis.refetch() : days.refetch()),
  };
}
