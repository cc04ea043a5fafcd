import { App, Form, Input, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { PRIORITIES } from '../answers.ts';

type PolicyAnswer = Answer<'/api/vulnerabilities/policy'>;

interface Values {
  readonly days: Readonly<Record<string, number>>;
  /** In percent: nobody thinks of 0.1. */
  readonly likelyPercent: number;
  readonly protectionLevelFrom: number;
  readonly acceptanceMonthsMax: number;
  readonly reason: string;
}

const DAYS_MAX = 365;
const MONTHS_MAX = 36;
const LEVEL_MAX = 5;
const PERCENT = 100;
const REASON_MIN = 4;

/** Changes the policy, with a reason; says before what will happen. */
export function PolicyForm({ answer, onClose }: { answer: PolicyAnswer; onClose(): void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { policy } = answer;
  const save = async ({ days, likelyPercent, protectionLevelFrom, acceptanceMonthsMax, reason }: Values) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await api.put('/api/vulnerabilities/policy', {
        revision: answer.revision,
        reason,
        policy: {
          workingDays: Object.fromEntries(PRIORITIES.map((priority) => [priority, days[priority]])),
          likelyFrom: Number((likelyPercent / PERCENT).toFixed(4)),
          protectionLevelFrom,
          acceptanceMonthsMax,
        },
      });
      await invalidate(['/api/vulnerabilities']);
      void message.success(t('policy.saved'));
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const whole = (min: number, max: number) => ({
    required: true,
    type: 'integer' as const,
    min,
    max,
    message: t('policy.range', { min, max }),
  });
  return (
    <Modal
      open
      title={t('policy.edit')}
      okText={t('policy.save')}
      okButtonProps={{ loading: busy }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{
          ...policy,
          days: policy.workingDays,
          likelyPercent: Number((policy.likelyFrom * PERCENT).toFixed(2)),
        }}
        onFinish={(values) => void save(values)}
      >
        <p className="ta-quiet">{t('policy.next')}</p>
        <div className="ta-policy-days">
          {PRIORITIES.map((priority) => (
            <Form.Item
              key={priority}
              name={['days', String(priority)]}
              label={t(`vulnerabilities.priority.${priority}`)}
              rules={[whole(1, DAYS_MAX)]}
            >
              <InputNumber min={1} max={DAYS_MAX} precision={0} suffix={t('policy.unit.days')} />
            </Form.Item>
          ))}
        </div>
        <Form.Item
          name="likelyPercent"
          label={t('policy.field.likelyFrom')}
          rules={[{ required: true, type: 'number', min: 0.1, max: PERCENT }]}
        >
          <InputNumber min={0.1} max={PERCENT} step={1} suffix={t('policy.unit.percent')} />
        </Form.Item>
        <Form.Item
          name="protectionLevelFrom"
          label={t('policy.field.protectionLevelFrom')}
          rules={[whole(1, LEVEL_MAX)]}
        >
          <InputNumber min={1} max={LEVEL_MAX} precision={0} />
        </Form.Item>
        <Form.Item
          name="acceptanceMonthsMax"
          label={t('policy.field.acceptanceMonthsMax')}
          rules={[whole(1, MONTHS_MAX)]}
        >
          <InputNumber style={{ width: 160 }} min={1} max={MONTHS_MAX} precision={0} suffix={t('policy.unit.months')} />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t('policy.reason')}
          extra={t('policy.reasonHint')}
          rules={[{ required: true, min: REASON_MIN, whitespace: true, message: t('policy.reasonShort') }]}
        >
          <Input.TextArea rows={2} maxLength={500} />
        </Form.Item>
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}
