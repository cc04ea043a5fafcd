import { Button, Grid } from 'antd';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '#parts/empty-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { CardRows, TableRows } from '#parts/list/rows.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { absoluteTime } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import type { EventLine } from './answers.ts';
import { type EventState, PAGE, shownWith, useMoreEvents } from './event-query.ts';
import type { EventSearch } from './event-search.ts';
import { EventSummary } from './event-summary.tsx';
import { useKindName } from './kind-name.ts';
import { QueryFault } from './query/query-fault.tsx';
import { ValueMenu } from './query/value-menu.tsx';

const nothing = () => undefined;

function useEventColumns(names: readonly string[], onAdd: (chip: string) => void): readonly Column<EventLine>[] {
  const { t } = useTranslation();
  const kindName = useKindName();
  return useMemo(
    () => [
      {
        key: 'time',
        title: t('columns.time'),
        width: 170,
        phone: 'title',
        render: ({ time }) => <TimeText at={time} form="full" />,
      },
      ...names.map(
        (name): Column<EventLine> => ({
          key: name,
          title: t(`columns.${name}`, { defaultValue: name }),
          render: (line) =>
            line[name] && (
              <span className="ta-event-value">
                <span className="ta-event-cell" title={line[name]}>
                  {name === 'source' ? kindName(line[name]) : line[name]}
                </span>
                <ValueMenu field={name} value={line[name]} at={line.time} onAdd={onAdd} />
              </span>
            ),
        }),
      ),
      {
        key: 'text',
        title: t('events.summary'),
        phone: 'line',
        render: (line) => <EventSummary line={line} beside={names} />,
      },
    ],
    [names, onAdd, t, kindName],
  );
}

interface EventResultsProps {
  readonly state: EventState;
  readonly search: EventSearch;
  onAdd(chip: string): void;
}

/** The events found, newest first, as far as they were looked for. */
export function EventResults({ state, search, onAdd }: EventResultsProps) {
  const wide = Grid.useBreakpoint().md ?? true;
  const columns = useEventColumns(state.columns, onAdd);
  const { data, error, running } = search;
  const more = useMoreEvents(state.question, shownWith(state.columns), data?.cursor);
  const fault = error ?? more.error;
  if (fault)
    return <QueryFault error={fault} query={state.question.query} retry={error ? search.again : more.refetch} />;
  const rows = [...(data?.items ?? []), ...(more.data?.pages.flatMap(({ items }) => items) ?? [])];
  if (rows.length === 0 && running) return <LinesSkeleton rows={12} />;
  const rest = <Rest search={search} more={more} full={(data?.items.length ?? 0) >= PAGE} />;
  if (rows.length === 0) return <NothingFound search={search} rest={rest} />;
  const Rows = wide ? TableRows : CardRows;
  return (
    <div className="ta-list-card ta-events-rows">
      <Rows<EventLine>
        columns={columns}
        rows={rows}
        idOf={(line) => line.event_id ?? ''}
        density="small"
        loading={search.stale}
        sort={undefined}
        openId={state.open}
        chosen={undefined}
        onSort={nothing}
        onChoose={nothing}
        onOpen={(line) => state.patch({ open: line.event_id }, 'push')}
      />
      {rest}
    </div>
  );
}

function NothingFound({ search, rest }: { search: EventSearch; rest: ReactNode }) {
  const { t } = useTranslation();
  if (!search.data) return <EmptyState title={t('events.emptySoFar')} hint={t('events.againHint')} />;
  if (search.stopped || search.data.unfinished) return <EmptyState title={t('events.emptySoFar')} action={rest} />;
  const absent = search.data.absent;
  const hint = absent.length > 0 ? t('events.absent', { fields: absent.join(', ') }) : t('events.emptyHint');
  return <EmptyState title={t('events.empty')} hint={hint} />;
}

/** The way to what comes after the events shown, or to where the search stopped. */
function Rest({ search, more, full }: { search: EventSearch; more: ReturnType<typeof useMoreEvents>; full: boolean }) {
  const { t } = useTranslation();
  const last = more.data?.pages.at(-1);
  const cursor = last ? last.cursor : search.data?.cursor;
  if (!cursor || (search.running && !full)) return null;
  const stoppedAt = last ? last.unfinished && last.looked.from : !full && search.data?.looked.from;
  return (
    <Button block loading={more.isFetching} onClick={() => void (more.data ? more.fetchNextPage() : more.refetch())}>
      {stoppedAt ? t('events.goOn', { from: absoluteTime(stoppedAt) }) : t('events.more')}
    </Button>
  );
}
