import { DownloadOutlined } from '@ant-design/icons';
import { App, Button, Drawer, Dropdown, Grid, type InputRef, Select } from 'antd';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '#api/error-text.ts';
import { useGet } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { CardRows, TableRows } from '#parts/list/rows.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { TimeRange } from '#parts/time-range.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { type EventColumns, type EventLine, FACET_COLUMNS } from './answers.ts';
import { EventCard } from './event-detail.tsx';
import { EventFacets } from './event-facets.tsx';
import { EventHistogram } from './event-histogram.tsx';
import { downloadEvents, type EventState, useEventPages, useEventState } from './event-query.ts';
import { QueryBox } from './query-box.tsx';
import { QueryFault } from './query-fault.tsx';
import './telemetry.css';

const DRAWER_WIDTH = 860;
const nothing = () => undefined;

function useEventColumns(names: readonly string[]): readonly Column<EventLine>[] {
  const { t } = useTranslation();
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
          render: (line) => <span className="ta-event-cell">{line[name]}</span>,
        }),
      ),
      {
        key: 'text',
        title: t('telemetry.events.raw'),
        phone: 'line',
        render: ({ text }) => <code className="ta-event-text">{text}</code>,
      },
    ],
    [names, t],
  );
}

function EventsPage() {
  const { t } = useTranslation();
  const state = useEventState();
  const inputRef = useRef<InputRef>(null);
  const wide = Grid.useBreakpoint().lg ?? true;
  const add = (chip: string) => {
    if (!state.chips.includes(chip)) state.patch({ with: [...state.chips, chip], open: undefined });
  };
  return (
    <div className="ta-events">
      <PageHeader
        title={t('telemetry.events.title')}
        hint={t('telemetry.events.hint')}
        actions={<ExportEvents state={state} />}
      />
      <div className="ta-list-card">
        <QueryBox state={state} inputRef={inputRef} />
        <div className="ta-events-tools">
          <TimeRange
            allowAny={false}
            value={state.range}
            onChange={({ preset, from, to }) => state.patch({ range: preset, from, to })}
          />
          <ColumnPicker state={state} />
        </div>
        <EventHistogram state={state} />
      </div>
      <div className="ta-events-body">
        {wide && (
          <aside>
            <EventFacets state={state} />
          </aside>
        )}
        <Results state={state} />
      </div>
      <Drawer
        open={state.open !== undefined}
        size={DRAWER_WIDTH}
        title={
          state.open && (
            <AppLink to={`/events/${encodeURIComponent(state.open)}`}>{t('telemetry.events.ownPage')}</AppLink>
          )
        }
        onClose={() => state.patch({ open: undefined })}
        destroyOnHidden
      >
        {state.open && <EventCard id={state.open} onAdd={add} />}
      </Drawer>
    </div>
  );
}

function Results({ state }: { state: EventState }) {
  const { t } = useTranslation();
  const wide = Grid.useBreakpoint().md ?? true;
  const columns = useEventColumns(state.columns);
  const answer = useEventPages(state.question, state.columns);
  const rows = answer.data?.pages.flatMap(({ items }) => items) ?? [];
  if (answer.error) return <QueryFault error={answer.error} query={state.question.query} retry={answer.refetch} />;
  if (answer.isPending) return <LinesSkeleton rows={12} />;
  if (rows.length === 0)
    return <EmptyState title={t('telemetry.events.empty')} hint={t('telemetry.events.emptyHint')} />;
  const Rows = wide ? TableRows : CardRows;
  return (
    <div className="ta-list-card ta-events-rows">
      <Rows<EventLine>
        columns={columns}
        rows={rows}
        idOf={(line) => line.event_id ?? ''}
        density="small"
        loading={answer.isPlaceholderData}
        sort={undefined}
        openId={state.open}
        chosen={undefined}
        onSort={nothing}
        onChoose={nothing}
        onOpen={(line) => state.patch({ open: line.event_id }, 'push')}
      />
      {answer.hasNextPage && (
        <Button block loading={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
          {t('telemetry.events.more')}
        </Button>
      )}
    </div>
  );
}

function ColumnPicker({ state }: { state: EventState }) {
  const { t } = useTranslation();
  const { data } = useGet<EventColumns>('/api/events/columns');
  const options = (data?.items ?? [])
    .filter(({ column }) => column !== 'time' && column !== 'event_id')
    .map(({ column }) => {
      const name = t(`columns.${column}`, { defaultValue: '' });
      return { value: column, label: name === '' ? column : `${name} ${column}` };
    });
  return (
    <Select
      mode="multiple"
      className="ta-events-columns"
      aria-label={t('parts.list.columns')}
      maxTagCount={0}
      maxTagPlaceholder={() => t('telemetry.events.columns', { count: state.columns.length })}
      popupMatchSelectWidth={320}
      showSearch={{ optionFilterProp: 'label' }}
      options={options}
      value={[...state.columns]}
      onChange={(cols: string[]) => state.patch({ cols: cols.length > 0 ? cols : undefined })}
    />
  );
}

function ExportEvents({ state }: { state: EventState }) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  if (!may('event.export')) return null;
  const run = async (format: 'csv' | 'ndjson') => {
    setBusy(true);
    try {
      await downloadEvents(state.question, [...new Set([...state.columns, ...FACET_COLUMNS])], format);
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dropdown
      menu={{
        items: [
          { key: 'csv', label: t('telemetry.events.exportCsv') },
          { key: 'ndjson', label: t('telemetry.events.exportNdjson') },
        ],
        onClick: ({ key }) => void run(key === 'csv' ? 'csv' : 'ndjson'),
      }}
    >
      <Button icon={<DownloadOutlined />} loading={busy}>
        {t('parts.list.export')}
      </Button>
    </Dropdown>
  );
}

export const page: PageDefinition = {
  path: '/events',
  title: 'telemetry.events.title',
  permission: 'event.search',
  menu: { group: 'sense', order: 20 },
  Page: EventsPage,
};
