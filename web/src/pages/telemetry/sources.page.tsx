import { ExperimentOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { StatCard } from '#parts/stat-card.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { UnitName } from '#parts/unit-name.tsx';
import { useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { ALARM_KINDS, CONDITION_TONE, LISTENERS, type Source } from './answers.ts';
import { useKindName } from './kind-name.ts';
import { SourceCard } from './source-detail.tsx';
import { SourceForm } from './source-form.tsx';
import { TokenShown } from './token-shown.tsx';
import { TryLines } from './try/try-lines.tsx';
import { SourceAlarms } from './watch/alarms.tsx';
import { type Knocking, TurnedAway } from './watch/turned-away.tsx';
import './telemetry.css';

const TOTALS_EVERY_MS = 5_000;

function useColumns(): readonly Column<Source>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const kindName = useKindName();
  return useMemo(
    () => [
      { key: 'name', title: t('telemetry.sources.name'), phone: 'title', width: 200, render: ({ name }) => name },
      { key: 'unitPath', title: t('telemetry.sources.unit'), render: ({ unitPath }) => <UnitName path={unitPath} /> },
      {
        key: 'condition',
        title: t('telemetry.sources.condition'),
        width: 110,
        render: ({ condition }) => (
          <StateTag tone={CONDITION_TONE[condition]}>{t(`telemetry.condition.${condition}`)}</StateTag>
        ),
      },
      {
        key: 'listener',
        title: t('telemetry.sources.listener'),
        width: 110,
        hidden: true,
        render: ({ listener }) => t(`telemetry.listener.${listener}`),
      },
      {
        key: 'kind',
        title: t('telemetry.sources.kind'),
        render: ({ kind }) => kindName(kind) || <span className="ta-quiet">{t('telemetry.sources.byContent')}</span>,
      },
      {
        key: 'received',
        title: t('telemetry.health.received'),
        align: 'right',
        width: 110,
        render: ({ health }) => format.number(health.received),
      },
      {
        key: 'unparsed',
        title: t('telemetry.health.unparsed'),
        align: 'right',
        width: 90,
        render: ({ health }) => format.number(health.unparsed),
      },
      {
        key: 'rejected',
        title: t('telemetry.health.rejected'),
        align: 'right',
        width: 90,
        render: ({ health }) => format.number(health.rejected),
      },
      {
        key: 'lastReceivedAt',
        title: t('telemetry.health.lastReceived'),
        width: 120,
        render: ({ health }) => <TimeText at={health.lastReceivedAt} />,
      },
      { key: 'sender', title: t('telemetry.sources.knownBy'), hidden: true, render: ({ sender }) => sender || '—' },
    ],
    [t, format, kindName],
  );
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        kind: 'select',
        key: 'listener',
        label: t('telemetry.sources.listener'),
        options: LISTENERS.map((value) => ({ value, label: t(`telemetry.listener.${value}`) })),
      },
      {
        kind: 'select',
        key: 'state',
        label: t('telemetry.sources.state'),
        options: ['active', 'paused'].map((value) => ({ value, label: t(`telemetry.state.${value}`) })),
      },
      {
        kind: 'select',
        key: 'alarm',
        label: t('watch.alarm'),
        options: [
          { value: 'any', label: t('watch.anyAlarm') },
          ...ALARM_KINDS.map((value) => ({ value, label: t(`watch.kind.${value}`) })),
        ],
      },
      { kind: 'place', key: 'unitPath', label: t('telemetry.sources.unit') },
    ],
    [t],
  );
}

function Figures() {
  const { t } = useTranslation();
  const format = useFormat();
  const allowed = useMay()('overview.read');
  const { data } = useGet<Answer<'/api/telemetry/totals'>>(
    allowed ? '/api/telemetry/totals' : null,
    {},
    { refetchIntervalMs: TOTALS_EVERY_MS },
  );
  if (!allowed) return null;
  const queue = data?.queue;
  return (
    <div className="ta-figures">
      <StatCard
        label={t('telemetry.figure.delivering')}
        value={data && `${format.number(data.sources.delivering)} / ${format.number(data.sources.active)}`}
        hint={t('telemetry.figure.deliveringHint')}
      />
      <StatCard label={t('telemetry.figure.written')} value={data && format.number(data.lastHour.written)} />
      <StatCard label={t('telemetry.figure.unparsed')} value={data && format.number(data.lastHour.unparsed)} />
      <StatCard label={t('telemetry.figure.rejected')} value={data && format.number(data.lastHour.rejected)} />
      {queue && (
        <StatCard
          label={t('telemetry.figure.queue')}
          value={format.bytes(queue.backlogBytes)}
          hint={t('telemetry.figure.queueHint', { max: format.bytes(queue.bytesMax) })}
        />
      )}
    </div>
  );
}

function SourcesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const go = useGo();
  const columns = useColumns();
  const filters = useFilters();
  const [creating, setCreating] = useState<{ knocking?: Knocking }>();
  const [trying, setTrying] = useState(false);
  const [made, setMade] = useState<{ id: string; listener: Source['listener']; token: string }>();
  const actions = (
    <>
      <Button icon={<ExperimentOutlined />} onClick={() => setTrying(true)}>
        {t('try.button')}
      </Button>
      {may('source.manage') && (
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating({})}>
          {t('telemetry.sources.create')}
        </Button>
      )}
    </>
  );
  return (
    <>
      <ListPage<Source>
        name="sources"
        title={t('telemetry.sources.title')}
        hint={t('telemetry.sources.hint')}
        url="/api/sources"
        search={t('telemetry.sources.search')}
        live="source"
        idOf={({ id }) => id}
        columns={columns}
        filters={filters}
        detail={(id) => <SourceCard id={id} />}
        hrefOf={(id) => `/sources/${id}`}
        actions={actions}
        above={
          <>
            <SourceAlarms />
            <Figures />
            <TurnedAway onAdd={may('source.manage') ? (knocking) => setCreating({ knocking }) : undefined} />
          </>
        }
        empty={{ title: t('telemetry.sources.empty'), hint: t('telemetry.sources.emptyHint'), action: actions }}
      />
      {creating && (
        <SourceForm
          {...creating}
          onClose={() => setCreating(undefined)}
          onCreated={({ id, listener, token }) => {
            setCreating(undefined);
            if (token === null) go(`/sources/${id}`);
            else setMade({ id, listener, token });
          }}
        />
      )}
      {made && <TokenShown listener={made.listener} token={made.token} onClose={() => go(`/sources/${made.id}`)} />}
      {trying && <TryLines onClose={() => setTrying(false)} />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/sources',
  title: 'telemetry.sources.title',
  permission: 'source.read',
  menu: { group: 'sense', order: 30 },
  Page: SourcesPage,
};
