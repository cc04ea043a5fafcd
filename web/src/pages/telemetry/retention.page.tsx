import { Alert, Button, Popconfirm } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { absoluteTime } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { UnitName } from '#parts/unit-name.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { useKindName } from './kind-name.ts';
import { DoubtedClock } from './retention/doubted-clock.tsx';
import { HoldDialog } from './retention/hold-dialog.tsx';
import { RuleDialog } from './retention/rule-dialog.tsx';
import './telemetry.css';

type Retention = Answer<'/api/retention'>;
type Rule = Retention['rules'][number];
type Hold = Retention['holds'][number];

function RetentionPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useGet<Retention>('/api/retention');
  if (error && !data) return <ErrorState error={error} retry={refetch} />;
  if (!data) return <PageSkeleton />;
  return (
    <>
      <PageHeader title={t('retention.title')} hint={t('retention.hint')} />
      <div className="ta-sections">
        {data.doubtedClock && <DoubtedClock doubted={data.doubtedClock} />}
        <Rules retention={data} />
        <Holds holds={data.holds} />
      </div>
    </>
  );
}

function Rules({ retention }: { retention: Retention }) {
  const { t } = useTranslation();
  const named = usePersonName();
  const may = useMay()('retention.manage');
  const invalidate = useInvalidate();
  const kindName = useKindName();
  const [open, setOpen] = useState(false);
  const columns = useMemo<readonly Column<Rule>[]>(
    () => [
      {
        key: 'unit',
        title: t('retention.unit'),
        phone: 'title',
        render: ({ unitPath }) => <UnitName path={unitPath} />,
      },
      { key: 'kind', title: t('retention.kind'), render: ({ kind }) => kindName(kind) || t('retention.allKinds') },
      {
        key: 'days',
        title: t('retention.days'),
        phone: 'line',
        render: ({ days, belowLegalMinimum, overrideReason }) => (
          <>
            {t('retention.daysCount', { count: days })}{' '}
            {belowLegalMinimum && <StateTag tone="overdue">{t('retention.short')}</StateTag>}
            {overrideReason !== '' && <div className="ta-quiet">{overrideReason}</div>}
          </>
        ),
      },
      {
        key: 'setBy',
        title: t('retention.setBy'),
        render: ({ setByName, setAt }) => (
          <>
            {named(setByName)} <TimeText at={setAt} />
          </>
        ),
      },
      {
        key: 'act',
        title: '',
        hidden: !may,
        render: ({ unitPath, kind }) => (
          <Popconfirm
            title={t('retention.endRule')}
            description={t('retention.endConfirm')}
            onConfirm={() =>
              api.post('/api/retention/rules/end', { unitPath, kind }).then(() => invalidate(['/api/retention']))
            }
          >
            <Button size="small">{t('retention.endRule')}</Button>
          </Popconfirm>
        ),
      },
    ],
    [t, may, invalidate, kindName, named],
  );
  const { defaultDays, legalDaysMin, rules } = retention;
  const add = may && (
    <Button size="small" type="primary" onClick={() => setOpen(true)}>
      {t('retention.addRule')}
    </Button>
  );
  return (
    <Section title={t('retention.rules')} extra={add}>
      <p className="ta-quiet">{t('retention.default', { days: defaultDays })}</p>
      {defaultDays < legalDaysMin && (
        <Alert
          type="warning"
          showIcon
          className="ta-retention-short"
          title={t('retention.shortDefault', { days: legalDaysMin })}
        />
      )}
      <SimpleTable<Rule>
        columns={columns}
        rows={rules}
        idOf={({ id }) => id}
        empty={<EmptyState title={t('retention.noRules')} />}
      />
      {open && <RuleDialog defaultDays={defaultDays} legalDaysMin={legalDaysMin} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function Holds({ holds }: { holds: readonly Hold[] }) {
  const { t } = useTranslation();
  const named = usePersonName();
  const may = useMay();
  const [placing, setPlacing] = useState(false);
  const [releasing, setReleasing] = useState<Hold>();
  const mayRelease = may('hold.release');
  const kindName = useKindName();
  const columns = useMemo<readonly Column<Hold>[]>(
    () => [
      {
        key: 'what',
        title: t('retention.unit'),
        phone: 'title',
        render: ({ unitPath, kind }) => (
          <>
            <UnitName path={unitPath} />
            <div className="ta-quiet">{kindName(kind) || t('retention.allKinds')}</div>
          </>
        ),
      },
      { key: 'span', title: t('retention.span'), render: (hold) => spanOf(hold) || t('retention.allTimes') },
      {
        key: 'reason',
        title: t('retention.reason'),
        phone: 'line',
        render: ({ reason, incident }) => (
          <>
            {reason}
            {incident !== '' && <div className="ta-quiet">{incident}</div>}
          </>
        ),
      },
      {
        key: 'placedBy',
        title: t('retention.placedBy'),
        render: ({ placedByName, placedAt }) => (
          <>
            {named(placedByName)} <TimeText at={placedAt} />
          </>
        ),
      },
      { key: 'state', title: t('retention.state'), phone: 'line', render: (hold) => <HoldState hold={hold} /> },
      {
        key: 'act',
        title: '',
        hidden: !mayRelease,
        render: (hold) =>
          hold.binding &&
          (hold.own ? (
            <span className="ta-quiet">{t('retention.own')}</span>
          ) : (
            <Button size="small" onClick={() => setReleasing(hold)}>
              {t('retention.release')}
            </Button>
          )),
      },
    ],
    [t, mayRelease, kindName, named],
  );
  const add = may('hold.place') && (
    <Button size="small" type="primary" onClick={() => setPlacing(true)}>
      {t('retention.addHold')}
    </Button>
  );
  return (
    <Section title={t('retention.holds')} extra={add}>
      <p className="ta-quiet">{t('retention.holdsHint')}</p>
      <SimpleTable<Hold>
        columns={columns}
        rows={holds}
        idOf={({ id }) => id}
        empty={<EmptyState title={t('retention.noHolds')} hint={t('retention.noHoldsHint')} />}
      />
      {placing && <HoldDialog onClose={() => setPlacing(false)} />}
      {releasing && <ReleaseDialog hold={releasing} onClose={() => setReleasing(undefined)} />}
    </Section>
  );
}

function HoldState({ hold }: { hold: Hold }) {
  const { t } = useTranslation();
  const { binding, until, releasedByName, releaseReason } = hold;
  if (releasedByName !== null)
    return <span>{t('retention.released', { name: releasedByName, reason: releaseReason ?? '' })}</span>;
  return (
    <>
      <StateTag tone={binding ? 'moving' : 'done'}>{t(binding ? 'retention.binding' : 'retention.over')}</StateTag>
      <div className="ta-quiet">{until === null ? t('retention.untilReleased') : absoluteTime(until)}</div>
    </>
  );
}

function ReleaseDialog({ hold, onClose }: { hold: Hold; onClose(): void }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const release = async (reason: string) => {
    await api.post(`/api/retention/holds/${hold.id}/release`, { reason });
    await invalidate(['/api/retention']);
    onClose();
  };
  return (
    <ConfirmWithReason
      open
      danger
      title={t('retention.release')}
      consequence={t('retention.releaseConsequence')}
      confirmText={t('retention.release')}
      onConfirm={release}
      onCancel={onClose}
    />
  );
}

const spanOf = ({ from, to }: Hold): string =>
  from === null && to === null
    ? ''
    : `${from === null ? '…' : absoluteTime(from)} – ${to === null ? '…' : absoluteTime(to)}`;

export const page: PageDefinition = {
  path: '/retention',
  title: 'retention.title',
  permission: 'retention.read',
  menu: { group: 'system', order: 60 },
  Page: RetentionPage,
};
