import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { absoluteTime } from '#parts/time.ts';
import { useMay } from '#shell/session.tsx';

type Doubted = NonNullable<Answer<'/api/retention'>['doubtedClock']>;

/** Says that deletion does not follow the clock, and lets whoever knows better confirm it. */
export function DoubtedClock({ doubted }: { doubted: Doubted }) {
  const { t } = useTranslation();
  const may = useMay()('retention.manage');
  const invalidate = useInvalidate();
  const [open, setOpen] = useState(false);
  const said = { clock: absoluteTime(doubted.clockAt), trusted: absoluteTime(doubted.trustedAt) };
  const confirm = async (reason: string) => {
    await api.post('/api/retention/clock', { reason });
    await invalidate(['/api/retention', '/api/health']);
    setOpen(false);
  };
  const description = (
    <>
      <p>{t('retention.doubtedSaid', said)}</p>
      {may && (
        <Button size="small" onClick={() => setOpen(true)}>
          {t('retention.confirmClock')}
        </Button>
      )}
    </>
  );
  return (
    <>
      <Alert type="warning" showIcon title={t('retention.doubted')} description={description} />
      <ConfirmWithReason
        open={open}
        danger
        title={t('retention.confirmClock')}
        consequence={t('retention.confirmClockConsequence', said)}
        confirmText={t('retention.confirmClock')}
        onConfirm={confirm}
        onCancel={() => setOpen(false)}
      />
    </>
  );
}
