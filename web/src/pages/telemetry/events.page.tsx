import { DownloadOutlined } from '@ant-design/icons';
import { App, Button, Drawer, Dropdown, Grid, type InputRef, Select } from 'antd';
import { useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '#api/error-text.ts';
import { useGet } from '#api/hooks.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeRange } from '#parts/time-range.tsx';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { type EventColumns, FACET_COLUMNS } from './answers.ts';
import { EventCard } from './event-detail.tsx';
import { EventFacets } from './event-facets.tsx';
import { EventHistogram } from './event-histogram.tsx';
import { downloadEvents, type EventState, type ExportFormat, shownWith, useEventState } from './event-query.ts';
import { EventResults } from './event-results.tsx';
import { useEventSearch } from './event-search.ts';
import { QueryBox } from './query/query-box.tsx';
import { SavedSearches } from './saved/saved-searches.tsx';
import './telemetry.css';

const DRAWER_WIDTH = 860;
const CUT_SHOWN_S = 10;

function EventsPage() {
  const { t } = useTranslation();
  const state = useEventState();
  const search = useEventSearch(state.question, shownWith(state.columns));
  const inputRef = useRef<InputRef>(null);
  const wide = Grid.useBreakpoint().lg ?? true;
  const { chips, patch } = state;
  const add = useCallback(
    (chip: string) => {
      if (!chips.includes(chip)) patch({ with: [...chips, chip], open: undefined });
    },
    [chips, patch],
  );
  const again = () => {
    state.renew();
    search.again();
  };
  return (
    <div className="ta-events">
      <PageHeader
        title={t('events.title')}
        hint={t('events.hint')}
        actions={
          <>
            <SavedSearches state={state} />
            <ExportEvents state={state} />
          </>
        }
      />
      <div className="ta-list-card">
        <QueryBox state={state} inputRef={inputRef} onAgain={again} />
        <div className="ta-events-tools">
          <TimeRange
            standard="24h"
            value={state.range}
            onChange={({ preset, from, to }) => state.patch({ range: preset, from, to })}
          />
          <ColumnPicker state={state} />
        </div>
        <EventHistogram state={state} search={search} />
      </div>
      <div className="ta-events-body">
        {wide && (
          <aside>
            <EventFacets state={state} search={search} />
          </aside>
        )}
        <EventResults state={state} search={search} onAdd={add} />
      </div>
      <Drawer
        open={state.open !== undefined}
        size={DRAWER_WIDTH}
        title={state.open && <AppLink to={`/events/${encodeURIComponent(state.open)}`}>{t('events.ownPage')}</AppLink>}
        onClose={() => state.patch({ open: undefined })}
        destroyOnHidden
      >
        {state.open && <EventCard id={state.open} onAdd={add} />}
      </Drawer>
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
      maxTagPlaceholder={() => t('events.columns', { count: state.columns.length })}
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
  const { number } = useFormat();
  const [busy, setBusy] = useState(false);
  if (!may('event.export')) return null;
  const heading = (column: string) =>
    column === 'raw' ? t('events.raw') : t(`columns.${column}`, { defaultValue: column });
  const run = async (format: ExportFormat) => {
    setBusy(true);
    try {
      const columns = [...new Set([...state.columns, ...FACET_COLUMNS])];
      const { events, leftOut } = await downloadEvents(state.question, columns, format, heading);
      const counts = { count: leftOut, events: number(events), leftOut: number(leftOut) };
      if (leftOut > 0) void message.warning(t('events.exportCut', counts), CUT_SHOWN_S);
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
          { key: 'csv', label: t('events.exportCsv') },
          { key: 'ndjson', label: t('events.exportNdjson') },
          { key: 'parquet', label: t('events.exportParquet') },
        ],
        onClick: ({ key }) => void run(key as ExportFormat),
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
  title: 'events.title',
  permission: 'event.search',
  menu: { group: 'sense', order: 20 },
  Page: EventsPage,
};
