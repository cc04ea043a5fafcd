import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '../../api/hooks.ts';
import { EmptyState } from '../empty-state.tsx';
import { ErrorState } from '../error-state.tsx';
import { LinesSkeleton } from '../skeleton.tsx';
import { Timeline } from '../timeline.tsx';
import { ChangeLines } from './change-lines.tsx';
import { linesOf } from './lines.ts';
import type { TrailWords } from './words.ts';

export interface JournalEntry {
  readonly seq: number;
  readonly at: string;
  readonly action: string;
  readonly actor: { readonly name: string; readonly kind: string };
  readonly data?: Readonly<Record<string, unknown>>;
}

interface JournalTrailProps {
  /** Type and id of the object, as its actions record them: `order`, `alert`. */
  readonly type: string;
  readonly id: string;
  readonly words: TrailWords;
  /** What stands round the trail; not drawn for people who may not read the object's journal. */
  readonly frame?: (trail: ReactNode) => ReactNode;
}

/** Everything that was ever done to one object, newest first. Nothing for people who may not read it. */
export function JournalTrail({ type, id, words, frame = (trail) => trail }: JournalTrailProps) {
  const { t } = useTranslation();
  const answer = useGet<Paged<JournalEntry>>(
    `/api/journal/object/${encodeURIComponent(type)}/${encodeURIComponent(id)}`,
  );
  if (answer.error?.code === 'forbidden' || answer.error?.code === 'not_found') return null;
  if (answer.error) return frame(<ErrorState error={answer.error} retry={answer.refetch} />);
  if (!answer.data) return frame(<LinesSkeleton />);
  if (answer.data.items.length === 0) return frame(<EmptyState title={t('parts.journal.empty')} />);
  const { items, total } = answer.data;
  return frame(
    <>
      <Timeline
        entries={items.map((entry) => {
          const lines = linesOf(entry.data, words);
          return {
            key: String(entry.seq),
            at: entry.at,
            title: words.titleOf?.(entry) ?? t(`parts.verb.${entry.action}`, { defaultValue: entry.action }),
            by: entry.actor.kind === 'system' ? t('parts.journal.system') : entry.actor.name,
            tone: 'waiting',
            detail: lines.length > 0 && <ChangeLines lines={lines} />,
          };
        })}
      />
      {total > items.length && (
        <span className="ta-quiet">{t('trail.newest', { shown: items.length, count: total })}</span>
      )}
    </>,
  );
}
