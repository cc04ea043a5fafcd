import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import type { UnitDetail } from './answers.ts';
import { UnitAccounts } from './unit-accounts.tsx';
import { UnitForm } from './unit-form.tsx';
import { UnitPersons } from './unit-persons.tsx';

/** One unit by its id, in the drawer and on its page. */
export function UnitCard({ id }: { id: string }) {
  const { data, error, refetch } = useGet<UnitDetail>(`/api/units/${id}`);
  useLive('unit', [`/api/units/${id}`]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <UnitView unit={data} /> : <PageSkeleton />;
}

export function UnitView({ unit }: { unit: UnitDetail }) {
  const { t } = useTranslation();
  const words = useTrailWords('organizations');
  const may = useMay();
  const manages = may('unit.manage') && unit.state === 'active';
  const [editing, setEditing] = useState(false);
  const [closing, setClosing] = useState(false);
  return (
    <>
      <DetailLayout
        overline={t(`organizations.kind.${unit.kind}`)}
        title={unit.name}
        tags={
          <StateTag tone={unit.state === 'active' ? 'done' : 'waiting'}>
            {t(`organizations.state.${unit.state}`)}
          </StateTag>
        }
        actions={
          manages && (
            <Button danger onClick={() => setClosing(true)}>
              {t('organizations.close')}
            </Button>
          )
        }
        mainAction={
          manages && (
            <Button type="primary" onClick={() => setEditing(true)}>
              {t('organizations.edit')}
            </Button>
          )
        }
        story={
          <>
            <UnitPersons unit={unit} manages={manages} />
            {may('user.read') && <UnitAccounts unitId={unit.id} />}
          </>
        }
        facts={<UnitFacts unit={unit} />}
        journal={{ type: 'unit', id: unit.id, words }}
      />
      <UnitForm open={editing} unit={unit} onClose={() => setEditing(false)} />
      <CloseUnit unit={unit} open={closing} onClose={() => setClosing(false)} />
    </>
  );
}

function UnitFacts({ unit }: { unit: UnitDetail }) {
  const { t } = useTranslation();
  const { parent } = unit;
  return (
    <Section title={t('organizations.title')}>
      <Facts
        facts={[
          { label: t('organizations.field.shortName'), value: unit.shortName },
          { label: t('organizations.field.code'), value: unit.code },
          { label: t('organizations.field.division'), value: unit.division.name },
          {
            label: t('organizations.field.sector'),
            value: t(`organizations.sector.${unit.sector}`, { defaultValue: unit.sector }),
          },
          { label: t('organizations.field.uscc'), value: unit.uscc },
          {
            label: t('organizations.field.parent'),
            value: parent ? <AppLink to={`/units/${parent.id}`}>{parent.name}</AppLink> : t('organizations.noParent'),
          },
          { label: t('organizations.field.createdAt'), value: <TimeText at={unit.createdAt} /> },
          { label: t('organizations.field.changedAt'), value: <TimeText at={unit.changedAt} /> },
          unit.closedReason !== null && { label: t('organizations.field.closedReason'), value: unit.closedReason },
        ]}
      />
    </Section>
  );
}

function CloseUnit({ unit, open, onClose }: { unit: UnitDetail; open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  return (
    <ConfirmWithReason
      open={open}
      danger
      title={`${t('organizations.close')} · ${unit.name}`}
      consequence={t('organizations.closeConfirm')}
      confirmText={t('organizations.close')}
      onCancel={onClose}
      onConfirm={async (reason) => {
        await api.post(`/api/units/${unit.id}/close`, { reason });
        await invalidate(['/api/units', '/api/divisions']);
        void message.success(t('organizations.closed'));
        onClose();
      }}
    />
  );
}
