import { Button, Form } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { Deadline } from '#parts/deadline.tsx';
import { useLocal } from '#parts/local.ts';
import { MomentInput } from '#parts/moment-input.tsx';
import { Section } from '#parts/section.tsx';
import { StateTag } from '#parts/tags.tsx';
import { absoluteTime } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { Why } from '#parts/why.tsx';
import { useMay } from '#shell/session.tsx';
import { type IncidentDetail, READ_AGAIN, type Report, type Standards } from './answers.ts';

const TONE = {
  waiting: 'waiting',
  running: 'moving',
  overdue: 'overdue',
  in_time: 'done',
  late: 'overdue',
  lifted: 'waiting',
} as const;

/** The duty to report: who to whom, by when in wall time, and whether it was done. */
export function LegalClock({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation();
  const { data } = useGet<Standards>('/api/incidents/standards');
  const [marking, setMarking] = useState<Report>();
  const shown = incident.reports.filter(({ state }) => state !== 'lifted' || incident.mustBeReported);
  return (
    <Section
      title={t('incidents.clock.title')}
      extra={
        <Why
          reasons={[
            {
              text: t('incidents.clock.why', { at: absoluteTime(incident.discoveredAt) }),
              detail: data?.legalClocks.confidence,
              source: data?.legalClocks.source,
            },
          ]}
        />
      }
    >
      {shown.length === 0 && <p className="ta-quiet">{t('incidents.clock.none')}</p>}
      <ul className="ta-incident-reports">
        {shown.map((report) => (
          <ReportLine key={report.dutyId} report={report} onMark={() => setMarking(report)} />
        ))}
      </ul>
      {marking && <MarkDialog incident={incident} report={marking} onClose={() => setMarking(undefined)} />}
    </Section>
  );
}

function ReportLine({ report, onMark }: { report: Report; onMark(): void }) {
  const { t } = useTranslation();
  const local = useLocal();
  const may = useMay();
  const open = report.state === 'running' || report.state === 'overdue' || report.state === 'waiting';
  return (
    <li>
      <div>{t('incidents.clock.line', { by: local(report.by), to: local(report.to) })}</div>
      <div className="ta-tags">
        <StateTag tone={TONE[report.state]}>{t(`incidents.clock.state.${report.state}`)}</StateTag>
        {report.dueAt && open && <Deadline compact dueAt={report.dueAt} />}
        {report.reportedAt && (
          <span className="ta-quiet">
            {report.reportedByName} · <TimeText at={report.reportedAt} form="short" /> · {report.note}
          </span>
        )}
      </div>
      {open && report.state !== 'waiting' && may('incident.manage') && (
        <Button size="small" onClick={onMark}>
          {t('incidents.clock.mark')}
        </Button>
      )}
    </li>
  );
}

function MarkDialog({ incident, report, onClose }: { incident: IncidentDetail; report: Report; onClose(): void }) {
  const { t } = useTranslation();
  const local = useLocal();
  const invalidate = useInvalidate();
  const [at, setAt] = useState<string>();
  return (
    <ConfirmWithReason
      open
      title={t('incidents.clock.markTitle', { to: local(report.to) })}
      consequence={t('incidents.clock.markNext')}
      confirmText={t('incidents.clock.mark')}
      reasonLabel={t('incidents.clock.note')}
      onConfirm={async (note) => {
        const reportedAt = at ? { reportedAt: at } : {};
        await api.post(`/api/incidents/${incident.id}/reports`, { dutyId: report.dutyId, note, ...reportedAt });
        await invalidate(READ_AGAIN);
        onClose();
      }}
      onCancel={onClose}
    >
      <Form.Item label={t('incidents.clock.at')} extra={t('incidents.clock.atHint')}>
        <MomentInput past label={t('incidents.clock.at')} value={at} onChange={setAt} />
      </Form.Item>
    </ConfirmWithReason>
  );
}
