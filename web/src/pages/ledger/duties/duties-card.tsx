import { Button, Form, Input, Modal, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useInvalidate, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { DayInput } from '#parts/day-input.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { StateTag } from '#parts/tags.tsx';
import { dateText } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import { type Asset, DUTY_TONE } from '../answers.ts';
import { DutyText, InheritedFrom } from './duty-text.tsx';

type Duties = Answer<'/api/assets/{id}/duties'>;
type Duty = Duties['items'][number];

const ROLES = ['supervised', 'operated', 'used'] as const;

/** Who supervises, runs and uses an asset, own or inherited, and who did before. */
export function DutiesCard({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const may = useMay();
  const [setting, setSetting] = useState(false);
  const answer = useGet<Duties>(`/api/assets/${asset.id}/duties`);
  const set = may('asset.manage') && (
    <Button size="small" onClick={() => setSetting(true)}>
      {t('duties.set')}
    </Button>
  );
  return (
    <>
      <QueryCard title={t('duties.title')} extra={set} answer={answer}>
        {({ items, past, systems }) => (
          <>
            <Systems systems={systems} />
            {items.length === 0 ? (
              <EmptyState title={t('duties.none')} />
            ) : (
              <ul className="ta-duties">
                {items.map((duty) => (
                  <DutyLine key={duty.id} duty={duty} />
                ))}
              </ul>
            )}
            {past.length > 0 && (
              <details className="ta-duties-past">
                <summary>{t('duties.past')}</summary>
                <ul className="ta-duties">
                  {past.map((duty) => (
                    <li key={duty.id}>
                      <DutyText duty={duty} />
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </>
        )}
      </QueryCard>
      {setting && <DutyDialog asset={asset} onClose={() => setSetting(false)} />}
    </>
  );
}

/** The systems that it belongs to; of several it is said which one counts, and why. */
function Systems({ systems }: Pick<Duties, 'systems'>) {
  const { t } = useTranslation();
  if (systems.length === 0) return null;
  return (
    <>
      <ul className="ta-duties">
        {systems.map(({ id, name }, at) => (
          <li key={id}>
            <span className="ta-quiet">{t('duties.systems')}</span>
            <Space size={4} wrap>
              <AppLink to={`/assets/${id}`}>{name}</AppLink>
              {systems.length > 1 && at === 0 && <StateTag tone="moving">{t('duties.mainSystem')}</StateTag>}
            </Space>
          </li>
        ))}
      </ul>
      {systems.length > 1 && <p className="ta-quiet">{t('duties.mainWhy')}</p>}
    </>
  );
}

function DutyLine({ duty }: { duty: Duty }) {
  const { t } = useTranslation();
  const may = useMay();
  const invalidate = useInvalidate();
  const [disputing, setDisputing] = useState(false);
  const decide = async (answer: 'confirm' | 'dispute', note: string) => {
    await api.post(`/api/assets/duties/${duty.id}/decide`, { answer, note });
    setDisputing(false);
    await invalidate(['/api/assets']);
  };
  return (
    <li>
      <DutyText duty={duty} />
      <Space size={4} wrap>
        <StateTag tone={DUTY_TONE[duty.state]}>{t(`duties.state.${duty.state}`)}</StateTag>
        <InheritedFrom duty={duty} />
        {!duty.from && may('asset.claim') && (
          <>
            {duty.state !== 'confirmed' && (
              <Button type="link" size="small" onClick={() => void decide('confirm', '')}>
                {t('duties.confirm')}
              </Button>
            )}
            {duty.state !== 'disputed' && (
              <Button type="link" size="small" onClick={() => setDisputing(true)}>
                {t('duties.dispute')}
              </Button>
            )}
          </>
        )}
      </Space>
      <ConfirmWithReason
        open={disputing}
        title={`${t('duties.disputeTitle')} · ${t(`duties.role.${duty.role}`)}`}
        consequence={t('duties.disputeNext')}
        confirmText={t('duties.dispute')}
        onConfirm={(reason) => decide('dispute', reason)}
        onCancel={() => setDisputing(false)}
      />
    </li>
  );
}

interface Values {
  readonly role: (typeof ROLES)[number];
  readonly holder: string;
  readonly person?: string;
  readonly fromOn: string;
  readonly untilOn?: string;
  readonly basis?: string;
}

function DutyDialog({ asset, onClose }: { asset: Asset; onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const save = useSend<object>('PUT', `/api/assets/${asset.id}/duties`, {
    invalidate: ['/api/assets'],
    done: t('duties.saved'),
    quiet: true,
    onDone: onClose,
  });
  const required = [{ required: true, message: t('ledger.form.required') }];
  return (
    <Modal
      open
      title={t('duties.set')}
      okText={t('duties.save')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{ role: 'operated', fromOn: dateText(Date.now()) }}
        onFinish={({ untilOn, ...values }) => save.mutate({ ...values, untilOn: untilOn || null })}
      >
        <p className="ta-quiet">{t('duties.setNext')}</p>
        <Form.Item name="role" label={t('duties.title')} rules={required}>
          <Select options={ROLES.map((role) => ({ value: role, label: t(`duties.role.${role}`) }))} />
        </Form.Item>
        <Form.Item name="holder" label={t('duties.holder')} rules={required}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="person" label={t('duties.person')}>
          <Input maxLength={50} />
        </Form.Item>
        <div className="ta-form-row">
          <Form.Item name="fromOn" label={t('duties.from')} rules={required}>
            <DayInput />
          </Form.Item>
          <Form.Item name="untilOn" label={t('duties.until')}>
            <DayInput />
          </Form.Item>
        </div>
        <Form.Item name="basis" label={t('duties.basis')}>
          <Input maxLength={200} />
        </Form.Item>
        {save.error && <ErrorState error={save.error} />}
      </Form>
    </Modal>
  );
}
