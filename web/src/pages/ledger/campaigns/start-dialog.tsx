import { Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { DayInput } from '#parts/day-input.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import { PlaceSelect } from '#parts/place-select.tsx';
import { dateText } from '#parts/time.ts';
import { useModel } from '../model.ts';

interface Values {
  readonly title: string;
  readonly instructions?: string;
  readonly dueOn: string;
  readonly unit?: string;
  readonly class?: string;
  readonly gap?: string;
}

interface StartDialogProps {
  /** The gap that is asked about. */
  readonly gap: string | undefined;
  /** Path of the area or unit that is asked. */
  readonly unit: string | undefined;
  onClose(): void;
  onStarted(id: string): void;
}

const TWO_WEEKS_MS = 14 * 86_400_000;

/** Asks the units of the area to confirm their lists. */
export function StartDialog({ gap, unit, onClose, onStarted }: StartDialogProps) {
  const { t } = useTranslation();
  const local = useLocal();
  const { model } = useModel();
  const [form] = Form.useForm<Values>();
  const { data: gaps } = useGet<Answer<'/api/assets/gaps'>>('/api/assets/gaps');
  const about = gaps?.items.find((one) => one.gap === gap);
  const start = useSend<object, { id: string }>('POST', '/api/campaigns', {
    invalidate: ['/api/campaigns'],
    done: t('campaigns.started'),
    quiet: true,
    onDone: ({ id }) => onStarted(id),
  });
  const required = [{ required: true, message: t('ledger.form.required') }];
  return (
    <Modal
      open
      title={t('campaigns.start')}
      okText={t('campaigns.start')}
      okButtonProps={{ loading: start.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        key={about?.gap ?? ''}
        initialValues={{
          dueOn: dateText(Date.now() + TWO_WEEKS_MS),
          ...(gap === undefined ? {} : { gap }),
          ...(unit === undefined ? {} : { unit }),
          ...(about && {
            title: t('campaigns.aboutGap', { gap: local(about.title) }),
            instructions: local(about.request),
          }),
        }}
        onFinish={(values) => start.mutate(values)}
      >
        <p className="ta-quiet">{t('campaigns.startNext')}</p>
        <Form.Item name="title" label={t('campaigns.name')} rules={required}>
          <Input maxLength={100} placeholder={t('campaigns.namePlaceholder')} />
        </Form.Item>
        <Form.Item name="instructions" label={t('campaigns.instructions')}>
          <Input.TextArea rows={3} maxLength={2000} />
        </Form.Item>
        <div className="ta-form-row">
          <Form.Item name="dueOn" label={t('campaigns.dueOn')} rules={required}>
            <DayInput />
          </Form.Item>
          <Form.Item name="unit" label={t('campaigns.unit')}>
            <PlaceSelect placeholder={t('campaigns.unitAll')} />
          </Form.Item>
          <Form.Item name="class" label={t('campaigns.class')}>
            <Select
              allowClear
              placeholder={t('campaigns.classAll')}
              options={(model?.classes ?? []).map((one) => ({ value: one.class, label: local(one.title) }))}
            />
          </Form.Item>
        </div>
        <Form.Item name="gap" label={t('campaigns.gap')}>
          <Select
            allowClear
            placeholder={t('campaigns.gapAll')}
            options={(gaps?.items ?? []).map((one) => ({ value: one.gap, label: local(one.title) }))}
          />
        </Form.Item>
        {start.error && <ErrorState error={start.error} />}
      </Form>
    </Modal>
  );
}
