import { Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ExportButton } from '#parts/list/export-button.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink, useGo } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { shareOf } from './share.ts';
import { StartDialog } from './start-dialog.tsx';
import '../ledger.css';
import './campaigns.css';

type Campaign = Answer<'/api/campaigns'>['items'][number];

/** What units were asked to confirm, and how far they are. */
function CampaignsPage() {
  const { t } = useTranslation();
  const go = useGo();
  const mayAsk = useMay()('asset.campaign');
  const [url, patch] = useUrlState();
  const start = first(url.start);
  const answer = useGet<Paged<Campaign>>('/api/campaigns', { pageSize: 50 });
  useLive('asset_campaign', ['/api/campaigns']);
  const button = (
    <>
      <ExportButton url="/api/campaigns/export" permission="campaign.read" />
      {mayAsk && (
        <Button type="primary" onClick={() => patch({ start: 'all' })}>
          {t('campaigns.start')}
        </Button>
      )}
    </>
  );
  return (
    <>
      <PageHeader
        title={t('campaigns.title')}
        hint={t(mayAsk ? 'campaigns.hint' : 'campaigns.hintReading')}
        actions={button}
      />
      <QueryCard
        title={t('campaigns.title')}
        answer={answer}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t('campaigns.none'), ...(mayAsk && { hint: t('campaigns.noneHint') }) }}
      >
        {({ items }) => (
          <ul className="ta-campaigns">
            {items.map((campaign) => (
              <CampaignLine key={campaign.id} campaign={campaign} />
            ))}
          </ul>
        )}
      </QueryCard>
      {start && mayAsk && (
        <StartDialog
          gap={start === 'all' ? undefined : start}
          unit={first(url.unit)}
          onClose={() => patch({ start: undefined, unit: undefined })}
          onStarted={(id) => go(`/campaigns/${id}`, { replace: true })}
        />
      )}
    </>
  );
}

function CampaignLine({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const named = usePersonName();
  const format = useFormat();
  const { progress } = campaign;
  return (
    <li>
      <div className="ta-campaign-head">
        <AppLink to={`/campaigns/${campaign.id}`}>{campaign.title}</AppLink>
        <StateTag tone={campaign.state === 'running' ? 'moving' : 'done'}>
          {t(`campaigns.state.${campaign.state}`)}
        </StateTag>
        <span className="ta-quiet">
          {t('campaigns.due', { day: campaign.dueOn })} · {named(campaign.startedBy)} ·{' '}
          <TimeText at={campaign.startedAt} />
        </span>
      </div>
      <Progress percent={shareOf(progress)} size="small" />
      <div className="ta-quiet">
        {t('campaigns.units', { done: format.number(progress.unitsDone), all: format.number(progress.units) })} ·{' '}
        {t('campaigns.assets', {
          done: format.number(progress.confirmed + progress.rejected),
          all: format.number(progress.assets),
        })}{' '}
        · {t('campaigns.rejected', { count: progress.rejected })}
      </div>
    </li>
  );
}

export const page: PageDefinition = {
  path: '/campaigns',
  title: 'campaigns.title',
  permission: 'campaign.read',
  menu: { group: 'ledger', order: 14 },
  Page: CampaignsPage,
};
