import { Alert, App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { UnitName } from '#parts/unit-name.tsx';
import { Why } from '#parts/why.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { CONDITION_TONE, hasSender, type SourceDetail } from './answers.ts';
import { ConnectSnippets } from './connect/connect-snippets.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { useKindName } from './kind-name.ts';
import { useProblemText } from './problems/problem-text.ts';
import { SourceChart } from './source-chart.tsx';
import { eventsOfSource } from './source-events.ts';
import { SourceEditForm } from './source-form.tsx';
import { TokenShown } from './token-shown.tsx';
import { useAlarmText } from './watch/alarms.tsx';
import { ReadingCards } from './watch/reading.tsx';
import { useSourceWords } from './watch/source-words.ts';

const REFRESH_MS = 10_000;
/** The rule by which silence is judged, sentence by sentence. */
const WHY_SILENT = ['time', 'times', 'late', 'few'] as const;

/** One source by its id, in the drawer and on its page. */
export function SourceCard({ id }: { id: string }) {
  const url = `/api/sources/${id}`;
  const { data, error, refetch } = useGet<SourceDetail>(url, {}, { refetchIntervalMs: REFRESH_MS });
  useLive('source', [url, `/api/journal/object/source/${id}`]);
  if (error && !data) return <ErrorState error={error} retry={refetch} />;
  return data ? <SourceView source={data} /> : <PageSkeleton />;
}

function SourceView({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const named = usePersonName();
  const may = useMay();
  const kindName = useKindName();
  const words = useSourceWords();
  return (
    <DetailLayout
      overline={t(`telemetry.listener.${source.listener}`)}
      title={source.name}
      tags={<StateTag tone={CONDITION_TONE[source.condition]}>{t(`telemetry.condition.${source.condition}`)}</StateTag>}
      actions={<SourceActions source={source} />}
      banner={source.condition !== 'good' && <ConditionBanner source={source} />}
      story={
        <>
          <Section
            title={t('telemetry.sources.lastDay')}
            extra={
              may('event.search') && (
                <AppLink to={eventsOfSource(source.id, source.health.lastEventAt, Date.now())}>
                  {t('telemetry.sources.itsEvents')}
                </AppLink>
              )
            }
          >
            {source.series.length === 0 ? (
              <EmptyState
                title={t('telemetry.sources.noSeries')}
                hint={t(`telemetry.sources.next.${source.listener}`)}
              />
            ) : (
              <SourceChart series={source.series} />
            )}
          </Section>
          <ReadingCards source={source} />
          <Samples source={source} />
          <Section
            title={t('telemetry.connect.title')}
            extra={<span className="ta-quiet">{t('telemetry.connect.hint')}</span>}
          >
            <ConnectSnippets listener={source.listener} token={`tis_…${source.tokenHint}`} />
          </Section>
        </>
      }
      facts={
        <>
          <HealthFacts source={source} />
          <Section title={t('telemetry.sources.about')}>
            <Facts
              facts={[
                {
                  label: t('telemetry.sources.kind'),
                  value: kindName(source.kind) || t('telemetry.sources.byContent'),
                },
                { label: t('telemetry.sources.unit'), value: <UnitName path={source.unitPath} /> },
                hasSender(source.listener) && {
                  label: t(`telemetry.sources.sender.${source.listener}`),
                  value: source.sender,
                },
                !hasSender(source.listener) && { label: t('telemetry.token.hint'), value: `tis_…${source.tokenHint}` },
                { label: t('telemetry.sources.createdAt'), value: <TimeText at={source.createdAt} form="full" /> },
                { label: t('telemetry.sources.createdBy'), value: named(source.createdByName) },
              ]}
            />
          </Section>
        </>
      }
      journal={{ type: 'source', id: source.id, words }}
    />
  );
}

/** What is wrong and since when, in figures; without an alarm yet, what its condition means. */
function ConditionBanner({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const said = useAlarmText();
  if (source.alarms.length === 0) {
    return <Alert type="info" showIcon title={t(`telemetry.conditionHint.${source.condition}`)} />;
  }
  return source.alarms.map((alarm) => (
    <Alert
      key={alarm.kind}
      type="warning"
      showIcon
      title={
        <>
          {t('watch.since', { what: said(alarm) })} <TimeText at={alarm.raisedAt} />
        </>
      }
      description={t(`telemetry.conditionHint.${alarm.kind}`)}
    />
  ));
}

function HealthFacts({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { health } = source;
  return (
    <Section title={t('telemetry.sources.lastHour')}>
      <Facts
        facts={[
          { label: t('telemetry.health.received'), value: format.number(health.received) },
          { label: t('telemetry.health.written'), value: format.number(health.written) },
          { label: t('telemetry.health.mistaken'), value: format.number(health.mistaken) },
          { label: t('telemetry.health.unparsed'), value: format.number(health.unparsed) },
          { label: t('telemetry.health.rejected'), value: format.number(health.rejected) },
          { label: t('telemetry.health.lastEvent'), value: <TimeText at={health.lastEventAt} /> },
          { label: t('telemetry.health.lastReceived'), value: <TimeText at={health.lastReceivedAt} /> },
          { label: t('telemetry.health.delay'), value: health.delayMs === null ? '' : format.span(health.delayMs) },
          source.listener !== 'import' && {
            label: t('watch.usual'),
            value: health.usual === null ? t('watch.usualUnknown') : format.number(Math.round(health.usual)),
          },
          source.listener !== 'import' && {
            label: t('watch.silentAfter'),
            value: <SilentAfter health={health} />,
          },
          {
            label: t('watch.skew'),
            value:
              health.skewMs === null
                ? t('watch.skewRight')
                : t(`watch.said.${health.skewMs > 0 ? 'clockAhead' : 'clockBehind'}`, {
                    skew: format.span(Math.abs(health.skewMs)),
                  }),
          },
          ...source.rejections.map(({ reason, lines }) => ({
            label: t('telemetry.rejected', {
              reason: t(`telemetry.rejection.${reason.replaceAll('.', '_')}`, { defaultValue: reason }),
            }),
            value: format.number(lines),
          })),
        ]}
      />
    </Section>
  );
}

/** After what pause, and how pauses are measured; the whole rule on demand. */
function SilentAfter({ health: { silentAfterMs, pauses } }: { health: SourceDetail['health'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { usualMs, regular, hours, workingDays } = pauses;
  const named = hours && rangesOf(hours).join(t('parts.listSeparator'));
  const said = [
    usualMs === null ? t('watch.pauses.unknown') : t('watch.pauses.usual', { gap: format.span(usualMs) }),
    regular && t('watch.pauses.regular'),
    named
      ? t(`watch.pauses.${workingDays ? 'both' : 'hours'}`, { hours: named })
      : workingDays && t('watch.pauses.workingDays'),
  ];
  return (
    <>
      {format.span(silentAfterMs)}{' '}
      <Why title={t('watch.silentAfter')} reasons={WHY_SILENT.map((key) => ({ text: t(`watch.pauses.why.${key}`) }))} />
      <div className="ta-quiet">{said.filter((part) => part !== false).join(t('parts.listSeparator'))}</div>
    </>
  );
}

/** `09:00–18:00` for the hours from 9 to 17. */
function rangesOf(hours: readonly number[]): string[] {
  const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
  const begins = hours.filter((hour) => !hours.includes(hour - 1));
  const ends = hours.filter((hour) => !hours.includes(hour + 1));
  return begins.map((hour, index) => `${clock(hour)}–${clock((ends[index] ?? hour) + 1)}`);
}

function Samples({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  if (source.samples === null) {
    return (
      <Section title={t('telemetry.sources.samples')}>
        <Alert type="warning" showIcon title={t('telemetry.sources.samplesUnknown')} />
      </Section>
    );
  }
  return (
    <Section
      title={t('telemetry.sources.samples')}
      extra={<span className="ta-quiet">{t('telemetry.sources.samplesHint')}</span>}
    >
      {source.samples.length === 0 ? (
        <EmptyState title={t('telemetry.sources.noSamples')} />
      ) : (
        <ul className="ta-samples">
          {source.samples.map((sample) => (
            <li key={sample.id}>
              <div className="ta-quiet">
                <TimeText at={sample.receivedAt} form="full" /> · {problemText(sample.problem)}
              </div>
              <code className="ta-event-text">{sample.raw}</code>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function SourceActions({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const { modal } = App.useApp();
  const [dialog, setDialog] = useState<'edit' | 'import'>();
  const [token, setToken] = useState<string>();
  const invalidate = ['/api/sources'];
  const change = useSend<object>('PATCH', `/api/sources/${source.id}`, {
    invalidate,
    done: t('telemetry.sources.changed'),
  });
  const renew = useSend<void, { token: string }>('POST', `/api/sources/${source.id}/token`, {
    invalidate,
    onDone: (made) => setToken(made.token),
  });
  const paused = source.state === 'paused';
  const confirm = (what: 'pause' | 'renew', run: () => void) =>
    modal.confirm({
      title: t(`telemetry.sources.${what}`),
      content: t(`telemetry.sources.${what}Consequence`),
      okText: t(`telemetry.sources.${what}`),
      onOk: run,
    });
  const setState = (state: 'active' | 'paused') => change.mutate({ version: source.version, change: { state } });
  return (
    <>
      {may('source.import') && !paused && (
        <Button onClick={() => setDialog('import')}>{t('telemetry.import.button')}</Button>
      )}
      {may('source.manage') && (
        <>
          {!hasSender(source.listener) && (
            <Button onClick={() => confirm('renew', () => renew.mutate())}>{t('telemetry.sources.renew')}</Button>
          )}
          <Button onClick={() => (paused ? setState('active') : confirm('pause', () => setState('paused')))}>
            {t(paused ? 'telemetry.sources.resume' : 'telemetry.sources.pause')}
          </Button>
          <Button type="primary" onClick={() => setDialog('edit')}>
            {t('telemetry.sources.edit')}
          </Button>
        </>
      )}
      {dialog === 'edit' && <SourceEditForm source={source} onClose={() => setDialog(undefined)} />}
      {dialog === 'import' && <ImportDialog source={source} onClose={() => setDialog(undefined)} />}
      {token !== undefined && (
        <TokenShown listener={source.listener} token={token} onClose={() => setToken(undefined)} />
      )}
    </>
  );
}
