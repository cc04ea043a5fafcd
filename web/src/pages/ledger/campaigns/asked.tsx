import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { AskedAlert } from '#parts/asked-alert.tsx';
import { Deadline } from '#parts/deadline.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { endOfDay } from '#parts/time.ts';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';

type Asked = Answer<'/api/campaigns/asked'>;

/** What the own unit is asked to confirm, above its list of assets. */
export function AskedNotice() {
  const { t } = useTranslation();
  const may = useMay();
  const { data, error, refetch } = useGet<Asked>(may('asset.claim') ? '/api/campaigns/asked' : null);
  useLive('asset_campaign', ['/api/campaigns']);
  // That nothing is asked is said only where it is known.
  if (error && !data) {
    return (
      <div className="ta-asked">
        <ErrorState error={error} retry={refetch} />
      </div>
    );
  }
  return data?.items.map((one) => (
    <AskedAlert
      key={one.campaignId}
      title={`${t('campaigns.asked.title')}${t('parts.colon')}${one.title}`}
      description={
        <>
          {one.instructions && <div className="ta-asked-what">{one.instructions}</div>}
          <Deadline compact dueAt={endOfDay(one.dueOn)} />
          <div>
            {t('campaigns.asked.left', { count: one.assets - one.confirmed - one.rejected })}
            {one.reminders > 0 && ` · ${t('campaigns.reminders', { count: one.reminders })}`}
          </div>
        </>
      }
      to={`/my/assets/check?id=${one.campaignId}`}
      open={t('campaigns.asked.open')}
    />
  ));
}
