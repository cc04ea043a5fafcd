import { Button, Space } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { dateText } from '#parts/time.ts';
import type { PageDefinition } from '#shell/page.ts';
import { type Acceptance, LEVEL } from '../answers.ts';
import { TONE } from './tone.ts';
import '../vulnerabilities.css';

const STATES = ['asked', 'approved', 'denied', 'withdrawn', 'expired', 'ended'] as const;

type Verdict = 'approve' | 'deny';

function AcceptancesPage() {
  const { t } = useTranslation();
  const local = useLocal();
  const [deciding, setDeciding] = useState<{ request: Acceptance; verdict: Verdict }>();
  const columns = useMemo<readonly Column<Acceptance>[]>(
    () => [
      {
        key: 'title',
        title: t('vulnerabilities.field.title'),
        width: 260,
        phone: 'title',
        render: (request) => (
          <span className="ta-vuln-title">
            <span>{request.title}</span>
            <span className="ta-quiet">{local(request.why)}</span>
          </span>
        ),
      },
      {
        key: 'grade',
        title: t('vulnerabilities.field.grade'),
        width: 96,
        render: (request) => (
          <LevelTag level={LEVEL[request.grade] ?? 'low'} text={t(`vulnerabilities.grade.${request.grade}`)} />
        ),
      },
      {
        key: 'asset',
        title: t('vulnerabilities.field.asset'),
        width: 170,
        render: (request) => (
          <span className="ta-vuln-title">
            <span>{request.assetName}</span>
            <span className="ta-quiet">{request.unitName}</span>
          </span>
        ),
      },
      {
        key: 'reason',
        title: t('acceptance.compensation'),
        width: 220,
        render: (request) => (
          <span className="ta-vuln-title">
            <span>{request.compensation}</span>
            <span className="ta-quiet">
              {t('acceptance.why')}
              {t('parts.colon')}
              {request.reason}
            </span>
          </span>
        ),
      },
      {
        key: 'expiresAt',
        title: t('acceptance.expiresAt'),
        width: 110,
        render: (request) => dateText(request.expiresAt),
      },
      {
        key: 'state',
        title: t('vulnerabilities.field.state'),
        width: 200,
        render: (request) =>
          request.decidable ? (
            <Space size="small">
              <Button size="small" type="primary" onClick={() => setDeciding({ request, verdict: 'approve' })}>
                {t('acceptance.approve')}
              </Button>
              <Button size="small" onClick={() => setDeciding({ request, verdict: 'deny' })}>
                {t('acceptance.deny')}
              </Button>
            </Space>
          ) : (
            <span className="ta-vuln-title">
              <StateTag tone={TONE[request.state]}>{t(`acceptance.state.${request.state}`)}</StateTag>
              <span className="ta-quiet">
                {request.decidedBy
                  ? `${request.decidedBy}${t('parts.colon')}${request.decision}`
                  : `${t('acceptance.approver')}${t('parts.colon')}${request.approver}`}
              </span>
            </span>
          ),
      },
    ],
    [t, local],
  );
  const filters = useMemo<readonly Filter[]>(
    () => [
      {
        kind: 'select',
        key: 'state',
        label: t('vulnerabilities.field.state'),
        options: STATES.map((value) => ({ value, label: t(`acceptance.state.${value}`) })),
      },
      { kind: 'switch', key: 'mine', label: t('acceptance.mine') },
    ],
    [t],
  );
  return (
    <>
      <ListPage<Acceptance>
        name="acceptances"
        title={t('acceptance.title')}
        hint={t('acceptance.hint')}
        url="/api/vulnerabilities/acceptances"
        live="vulnerability"
        idOf={(request) => request.id}
        columns={columns}
        filters={filters}
        empty={{ title: t('acceptance.none') }}
      />
      {deciding && <Decide {...deciding} onClose={() => setDeciding(undefined)} />}
    </>
  );
}

function Decide({ request, verdict, onClose }: { request: Acceptance; verdict: Verdict; onClose: () => void }) {
  const { t } = useTranslation();
  const send = useSend<{ reason: string }>('POST', `/api/vulnerabilities/acceptances/${request.id}/${verdict}`, {
    invalidate: ['/api/vulnerabilities'],
    quiet: true,
  });
  return (
    <ConfirmWithReason
      open
      title={`${t(`acceptance.${verdict}`)}${t('parts.colon')}${request.title}`}
      consequence={t(`acceptance.${verdict}Consequence`)}
      confirmText={t(`acceptance.${verdict}`)}
      danger={verdict === 'approve'}
      reasonLabel={t('acceptance.opinion')}
      onConfirm={async (reason) => {
        await send.mutateAsync({ reason });
        onClose();
      }}
      onCancel={onClose}
    />
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities/acceptances',
  title: 'acceptance.title',
  permission: 'vulnerability.read',
  Page: AcceptancesPage,
};
