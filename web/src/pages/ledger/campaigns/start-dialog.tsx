import { Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { DayInput } from '#parts/day-input.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import { PlaceSelect } from '#parts/place-select.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
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

type Gap = Answer<'/api/assets/gaps'>['items'][number];

/** Asks the units of the area to confirm their lists. */
export function StartDialog(props: StartDialogProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useGet<Answer<'/api/assets/gaps'>>('/api/assets/gaps');
  // What is asked for a gap stands in the form from the beginning, and nothing typed is overwritten by it later.
  if (data) return <StartForm {...props} gaps={data.items} />;
  return (
    <Modal open title={t('campaigns.start')} footer={null} onCancel={props.onClose}>
      {error ? <ErrorState error={error} retry={refetch} /> : <LinesSkeleton rows={6} />}
    </Modal>
  );
}

function StartForm({ gap, unit, gaps, onClose, onStarted }: StartDialogProps & { gaps: readonly Gap[] }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { model } = useModel();
  const [form] = Form.useForm<Values>();
  const askingFor = (name: string | undefined) => {
    const about = gaps.find((one) => one.gap === name);
    return about && { title: t('campaigns.aboutGap', { gap: local(about.title) }), instructions: local(about.request) };
  };
  const [proposed, setProposed] = useState(askingFor(gap));
  // What the platform proposed for another gap gives way, what a person wrote stays.
  const propose = (name: string | undefined) => {
    const next = askingFor(name);
    for (const key of ['title', 'instructions'] as const) {
      const written: string = form.getFieldValue(key) ?? '';
      if (written === '' || written === proposed?.[key]) form.setFieldValue(key, next?.[key] ?? '');
    }
    setProposed(next);
  };
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
        initialValues={{
          dueOn: dateText(Date.now() + TWO_WEEKS_MS),
          ...(gap === undefined ? {} : { gap }),
          ...(unit === undefined ? {} : { unit }),
          ...proposed,
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
            onChange={propose}
            options={gaps.map((one) => ({ value: one.gap, label: local(one.title) }))}
          />
        </Form.Item>
        {start.error && <ErrorState error={start.error} />}
      </Form>
    </Modal>
  );
}
