import { useParams } from '@tanstack/react-router';
import { Button, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { type Paged, useGet, useInvalidate, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { ExportButton } from '#parts/list/export-button.tsx';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { shareOf } from './share.ts';
import '../ledger.css';
import './campaigns.css';

type Campaign = Answer<'/api/campaigns/{id}'>;
type Asked = Campaign['unitsAsked'][number];
type Item = Answer<'/api/campaigns/{id}/assets'>['items'][number];

const UNIT_TONE = { asked: 'waiting', answering: 'moving', done: 'done', closed: 'waiting' } as const;

function CampaignPage() {
  const { id } = useParams({ strict: false });
  const url = `/api/campaigns/${id}`;
  const { data, error, refetch } = useGet<Campaign>(id === undefined ? null : url);
  useLive('asset_campaign', ['/api/campaigns']);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <CampaignView campaign={data} /> : <PageSkeleton />;
}

/** How far each unit is, and what came back. */
function CampaignView({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const format = useFormat();
  const invalidate = useInvalidate();
  const [closing, setClosing] = useState(false);
  const { path } = useSession().scope;
  // A centre below the one that asked looks on.
  const mayManage = useMay()('asset.campaign') && campaign.unit.path.startsWith(path);
  const url = `/api/campaigns/${campaign.id}`;
  const remind = useSend('POST', `${url}/remind`, { invalidate: ['/api/campaigns'], done: t('campaigns.reminded') });
  const { progress } = campaign;
  const exported = (
    <ExportButton url="/api/campaigns/export" permission="campaign.read" query={{ campaign: campaign.id }} />
  );
  const actions =
    campaign.state !== 'running' || !mayManage ? (
      exported
    ) : (
      <>
        {exported}
        <Button onClick={() => setClosing(true)}>{t('campaigns.close')}</Button>
        <Button type="primary" loading={remind.isPending} onClick={() => remind.mutate()}>
          {t('campaigns.remind')}
        </Button>
      </>
    );
  return (
    <>
      <PageHeader
        title={campaign.title}
        hint={`${t(`campaigns.state.${campaign.state}`)} · ${t('campaigns.due', { day: campaign.dueOn })}`}
        actions={actions}
      />
      <div className="ta-import">
        <Section title={t('campaigns.progress')}>
          {campaign.instructions && <p>{campaign.instructions}</p>}
          <Progress percent={shareOf(progress)} />
          <p className="ta-quiet">
            {t('campaigns.units', { done: format.number(progress.unitsDone), all: format.number(progress.units) })} ·{' '}
            {t('campaigns.assets', {
              done: format.number(progress.confirmed + progress.rejected),
              all: format.number(progress.assets),
            })}{' '}
            · {t('campaigns.rejected', { count: progress.rejected })}
          </p>
        </Section>
        <Units asked={campaign.unitsAsked} />
        <Rejected id={campaign.id} />
      </div>
      <ConfirmWithReason
        open={closing}
        title={`${t('campaigns.close')} · ${campaign.title}`}
        consequence={t('campaigns.closeNext')}
        confirmText={t('campaigns.close')}
        withoutReason
        onConfirm={async () => {
          await api.post(`${url}/close`);
          setClosing(false);
          await invalidate(['/api/campaigns']);
        }}
        onCancel={() => setClosing(false)}
      />
    </>
  );
}

function Units({ asked }: { asked: readonly Asked[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: readonly Column<Asked>[] = [
    { key: 'unit', title: t('ledger.field.unit'), phone: 'title', render: ({ unit }) => unit.name },
    {
      key: 'state',
      title: t('ledger.field.state'),
      width: 110,
      render: ({ state }) => <StateTag tone={UNIT_TONE[state]}>{t(`campaigns.unitState.${state}`)}</StateTag>,
    },
    {
      key: 'progress',
      title: t('campaigns.progress'),
      width: 240,
      render: (one) => (
        <div className="ta-unit-progress">
          <Progress percent={shareOf(one)} size="small" />
          <span className="ta-quiet">
            {format.number(one.confirmed + one.rejected)} / {format.number(one.assets)}
          </span>
        </div>
      ),
    },
    {
      key: 'reminders',
      title: t('campaigns.remindedColumn'),
      width: 170,
      render: ({ reminders, remindedAt }) =>
        reminders === 0 ? null : (
          <span className="ta-quiet">
            {t('campaigns.reminders', { count: reminders })} <TimeText at={remindedAt ?? ''} />
          </span>
        ),
    },
  ];
  return (
    <Section title={t('campaigns.byUnit')}>
      <SimpleTable<Asked>
        columns={columns}
        rows={asked}
        idOf={({ unit }) => unit.path}
        empty={<EmptyState title={t('campaigns.none')} />}
      />
    </Section>
  );
}

function Rejected({ id }: { id: string }) {
  const { t } = useTranslation();
  const answer = useGet<Paged<Item>>(`/api/campaigns/${id}/assets`, { answer: 'rejected', pageSize: 100 });
  return (
    <QueryCard
      title={t('campaigns.rejectedList')}
      extra={<span className="ta-quiet">{t('campaigns.toCentre')}</span>}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('campaigns.rejectedNone') }}
    >
      {({ items }) => (
        <ul className="ta-asset-alerts">
          {items.map(({ asset, note, answeredBy }) => (
            <li key={asset.id}>
              <AppLink to={`/assets/${asset.id}`}>{asset.name}</AppLink>
              <span>{note}</span>
              <span className="ta-quiet">
                {asset.unit.name} · {answeredBy}
              </span>
            </li>
          ))}
        </ul>
      )}
    </QueryCard>
  );
}

export const page: PageDefinition = {
  path: '/campaigns/$id',
  title: 'campaigns.title',
  permission: 'campaign.read',
  Page: CampaignPage,
};
