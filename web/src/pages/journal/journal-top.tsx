import { Alert, Button, Card } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { CodeView } from '#parts/code-view.tsx';
import { Facts } from '#parts/facts.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import type { Checkpoint, VerifyReport } from './answers.ts';

const ONE = { page: 1, pageSize: 1 };
/** As often as the platform signs. */
const REFRESH_MS = 15_000;

/** The latest signed checkpoint, and the verification of the whole journal. */
export function JournalTop() {
  const { t } = useTranslation();
  const verify = useSend<void, VerifyReport>('POST', '/api/journal/verify', {
    invalidate: ['/api/journal/checkpoints'],
  });
  return (
    <Card className="ta-section" size="small" variant="borderless">
      <div className="ta-journal-top">
        <LatestCheckpoint />
        <div>
          <Button loading={verify.isPending} onClick={() => verify.mutate()}>
            {t('journal.verify.button')}
          </Button>
          <p className="ta-quiet">{t('journal.verify.hint')}</p>
        </div>
      </div>
      {verify.data && <Verdict report={verify.data} />}
    </Card>
  );
}

function LatestCheckpoint() {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const answer = useGet<Paged<Checkpoint>>('/api/journal/checkpoints', ONE, { refetchIntervalMs: REFRESH_MS });
  const checkpoint = answer.data?.items[0];
  return (
    <div>
      <h2>{t('journal.checkpoint.title')}</h2>
      {checkpoint ? (
        <>
          <Facts
            facts={[
              {
                label: t('journal.checkpoint.size'),
                value: t('journal.checkpoint.entries', { size: format.number(checkpoint.size) }),
              },
              { label: t('journal.checkpoint.signedAt'), value: <TimeText at={checkpoint.signedAt} /> },
              {
                label: t('journal.checkpoint.key'),
                value: <code className="ta-journal-hash">{checkpoint.verifierKey}</code>,
              },
            ]}
          />
          <Button type="link" size="small" onClick={() => setOpen(!open)} aria-expanded={open}>
            {t(open ? 'journal.checkpoint.hide' : 'journal.checkpoint.show')}
          </Button>
          {open && <CodeView text={checkpoint.text} label={t('journal.checkpoint.title')} />}
          <p className="ta-quiet">{t('journal.checkpoint.keep')}</p>
        </>
      ) : (
        answer.data && <p className="ta-quiet">{t('journal.checkpoint.none')}</p>
      )}
    </div>
  );
}

function Verdict({ report }: { report: VerifyReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { fault } = report;
  const notes = [
    report.notes.includes('unsigned_tail') && t('journal.verify.unsigned'),
    report.notes.includes('key_from_journal') && t('journal.verify.keyFromJournal'),
  ].filter((note) => note !== false);
  if (!fault) {
    const detail = t('journal.verify.okDetail', {
      checkpoints: format.number(report.checkpoints),
      signed: format.number(report.signedSize),
    });
    return (
      <Alert
        type="success"
        showIcon
        title={t('journal.verify.ok', { size: format.number(report.size) })}
        description={[detail, ...notes].join(' ')}
      />
    );
  }
  const where =
    fault.seq === null
      ? ''
      : t(fault.upTo === null ? 'journal.verify.where' : 'journal.verify.whereRange', {
          seq: fault.seq,
          upTo: fault.upTo,
        });
  return (
    <Alert
      type="error"
      showIcon
      title={t('journal.verify.failed')}
      description={
        <>
          {where && <p>{where}</p>}
          <p>{t(`journal.verify.what.${fault.reason}`)}</p>
          <p>{t('journal.verify.advice')}</p>
        </>
      }
    />
  );
}
