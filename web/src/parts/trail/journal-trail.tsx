import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, api } from '../../api/client.ts';
import type { Paged } from '../../api/hooks.ts';
import { EmptyState } from '../empty-state.tsx';
import { ErrorState } from '../error-state.tsx';
import { PLATFORM, usePersonName } from '../person-name.ts';
import { LinesSkeleton } from '../skeleton.tsx';
import { Timeline } from '../timeline.tsx';
import { ToObject } from '../to-object.tsx';
import { ChangeLines } from './change-lines.tsx';
import { linesOf } from './lines.ts';
import { seenFrom } from './told.ts';
import type { TrailWords } from './words.ts';

export interface JournalEntry {
  readonly seq: number;
  readonly at: string;
  readonly action: string;
  readonly actor: { readonly name: string; readonly kind: string };
  readonly object: { readonly type: string; readonly id: string };
  readonly data?: Readonly<Record<string, unknown>>;
  /** The object is in sight, too. */
  readonly opens?: boolean;
}

/** Who did it: of what the platform carries out for a person, that person. */
function actorOf({ actor, data }: JournalEntry): string {
  const by = data?.by;
  if (actor.kind !== 'system') return actor.name;
  return typeof by === 'object' && by !== null && 'name' in by && typeof by.name === 'string' ? by.name : PLATFORM;
}

interface JournalTrailProps {
  /** Type and id of the object, as its actions record them: `order`, `alert`. */
  readonly type: string;
  readonly id: string;
  readonly words: TrailWords;
  /** What stands round the trail; not drawn for people who may not read the object's journal. */
  readonly frame?: (trail: ReactNode) => ReactNode;
}

const PAGES = { pageSize: 50 } as const;

/** Everything that was ever done to one object, also as part of others, newest first. Nothing for people who may not read it. */
export function JournalTrail({ type, id, words, frame = (trail) => trail }: JournalTrailProps) {
  const { t } = useTranslation();
  const named = usePersonName();
  const url = `/api/journal/object/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
  const answer = useInfiniteQuery({
    queryKey: [url, PAGES],
    queryFn: ({ pageParam, signal }) => api.get<Paged<JournalEntry>>(url, { page: pageParam, ...PAGES }, signal),
    initialPageParam: 1,
    getNextPageParam: ({ total }: Paged<JournalEntry>, pages) =>
      pages.length * PAGES.pageSize < total ? pages.length + 1 : undefined,
  });
  const error = answer.error as ApiError | null;
  if (error?.code === 'forbidden' || error?.code === 'not_found') return null;
  if (error && !answer.data) return frame(<ErrorState error={error} retry={() => void answer.refetch()} />);
  if (!answer.data) return frame(<LinesSkeleton />);
  // What is written while somebody reads on moves the older ones along: none is told twice.
  const told = new Map(answer.data.pages.flatMap(({ items }) => items.map((entry) => [entry.seq, entry] as const)));
  if (told.size === 0) return frame(<EmptyState title={t('parts.journal.empty')} />);
  return frame(
    <>
      <Timeline
        entries={[...told.values()].map((entry) => {
          const isOfKind = entry.object.type === type;
          const lines = linesOf(entry.object.id === id ? entry.data : seenFrom(id, entry.data, isOfKind), words);
          return {
            key: String(entry.seq),
            at: entry.at,
            title: <Title entry={entry} type={type} id={id} words={words} />,
            by: named(actorOf(entry)),
            tone: 'waiting',
            detail: lines.length > 0 && <ChangeLines lines={lines} />,
          };
        })}
      />
      {answer.hasNextPage && (
        <Button size="small" loading={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
          {t('trail.older', { count: (answer.data.pages.at(-1)?.total ?? told.size) - told.size })}
        </Button>
      )}
    </>,
  );
}

/** What was done; as part of something else, with the way to that for those who see it. */
function Title({ entry, type, id, words }: Omit<JournalTrailProps, 'frame'> & { readonly entry: JournalEntry }) {
  const { t } = useTranslation();
  const { object, action, data, opens } = entry;
  const verb = t(`parts.verb.${action}`, { defaultValue: action });
  // What happens to another kind of object has words of its own for the same keys.
  const told = object.type === type ? words.titleOf?.(entry) : data?.change === 'undo' && t('trail.undone', { verb });
  return (
    <ToObject object={object.id !== id && opens ? { kind: object.type, id: object.id } : null}>{told || verb}</ToObject>
  );
}
