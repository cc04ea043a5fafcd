import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import '../identity.css';

type StoreKind = 'embedded' | 'server';

interface Setting {
  readonly name: string;
  readonly variable: string;
  readonly description: string;
  readonly value: string | null;
}

interface SystemState {
  readonly installation: string | null;
  readonly environment: string;
  readonly node: string;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number };
  readonly records: { readonly kind: StoreKind; readonly bytes: number };
  readonly events: { readonly kind: StoreKind; readonly count: number | null; readonly oldestAt: string | null };
  readonly settings: readonly Setting[];
}

interface Check {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly sentence?: string;
}

interface Health {
  readonly version: string;
  readonly checks: readonly Check[];
}

const TONE = { ok: 'done', warn: 'moving', fail: 'overdue' } as const;
/** How often the figures are read again. */
const REFRESH_MS = 15_000;

function SystemPage() {
  const { t } = useTranslation();
  const state = useGet<SystemState>('/api/system', {}, { refetchIntervalMs: REFRESH_MS });
  const health = useGet<Health>('/api/health', {}, { refetchIntervalMs: REFRESH_MS });
  if (state.error) return <ErrorState error={state.error} retry={state.refetch} />;
  if (!state.data) return <PageSkeleton />;
  return (
    <>
      <PageHeader title={t('identity.system')} hint={t('identity.systemHint')} />
      <div className="ta-system">
        <RunningFacts state={state.data} version={health.data?.version} />
        <Section title={t('system.health')}>
          {health.error ? <ErrorState error={health.error} retry={health.refetch} /> : <Checks health={health.data} />}
        </Section>
      </div>
      <Settings settings={state.data.settings} />
    </>
  );
}

function RunningFacts({ state, version }: { state: SystemState; version: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { records, events, disk } = state;
  return (
    <Section title={state.installation ?? t('shell.name')}>
      <Facts
        facts={[
          { label: t('system.version'), value: `${version ?? '—'} · Node ${state.node}` },
          { label: t('system.environment'), value: state.environment },
          { label: t('system.uptime'), value: format.span(state.uptimeSeconds * 1000) },
          { label: t('system.memory'), value: format.bytes(state.memoryBytes) },
          {
            label: t('system.disk'),
            value: `${format.bytes(disk.freeBytes)} / ${format.bytes(disk.totalBytes)}`,
          },
          {
            label: t('system.records'),
            value: `${t(`system.${records.kind}`)} · ${format.bytes(records.bytes)}`,
          },
          {
            label: t('system.events'),
            value: `${t(`system.${events.kind}`)} · ${
              events.count === null
                ? t('system.unknown')
                : t('system.eventCount', { count: format.number(events.count) })
            }`,
          },
          { label: t('system.oldest'), value: <TimeText at={events.oldestAt} /> },
        ]}
      />
    </Section>
  );
}

function Checks({ health }: { health: Health | undefined }) {
  const { t, i18n } = useTranslation();
  return (
    <Facts
      facts={(health?.checks ?? []).map(({ check, state, sentence }) => ({
        label: t(`system.check.${check}`, { defaultValue: check }),
        value: (
          <>
            <StateTag tone={TONE[state]}>{t(`system.checkState.${state}`)}</StateTag>
            {sentence && state !== 'ok' && (
              <div className="ta-quiet">
                {t(`system.checkSaid.${check}`, { defaultValue: '' })} {i18n.language === 'en' && sentence}
              </div>
            )}
          </>
        ),
      }))}
    />
  );
}

function Settings({ settings }: { settings: readonly Setting[] }) {
  const { t } = useTranslation();
  const columns = useMemo<readonly Column<Setting>[]>(
    () => [
      { key: 'name', title: t('system.setting'), render: ({ name }) => <code>{name}</code>, phone: 'title' },
      {
        key: 'value',
        title: t('system.value'),
        render: ({ value }) => value || <span className="ta-quiet">{t('system.unset')}</span>,
      },
      { key: 'variable', title: t('system.variable'), render: ({ variable }) => <code>{variable}</code> },
    ],
    [t],
  );
  return (
    <Section title={t('system.settings')}>
      <SimpleTable<Setting>
        columns={columns}
        rows={settings}
        idOf={({ name }) => name}
        empty={<EmptyState title={t('system.unset')} />}
      />
    </Section>
  );
}

export const page: PageDefinition = {
  path: '/system',
  title: 'identity.system',
  permission: 'system.read',
  menu: { group: 'system', order: 90 },
  Page: SystemPage,
};
