import { Alert, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { MomentInput } from '#parts/moment-input.tsx';
import { useGo } from '#shell/link.tsx';
import { OPERATORS, READ_AGAIN, type Standards } from './answers.ts';
import { CategorySelect } from './grade-dialog.tsx';

interface Values {
  readonly title: string;
  readonly summary?: string;
  readonly category?: string;
  readonly unitPath: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly discoveredAt?: string;
}

interface UnitChoice {
  readonly path: string;
  readonly name: string;
}

/** An incident that no rule found: reported by telephone, by another authority, by a unit. */
export function RegisterDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const go = useGo();
  const [form] = Form.useForm<Values>();
  const [search, setSearch] = useState('');
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const { data: standards } = useGet<Standards>('/api/incidents/standards');
  const units = useGet<Paged<UnitChoice>>('/api/units', { search, pageSize: 20 }, { keepPrevious: true });
  const save = useSend<object, { id: string }>('POST', '/api/incidents', {
    invalidate: READ_AGAIN,
    done: t('incidents.register.done'),
    quiet: true,
    onDone: ({ id }) => {
      onClose();
      go(`/incidents/${id}`);
    },
  });
  const submit = ({ discoveredAt, category, ...values }: Values) => {
    setFailure(undefined);
    const body = {
      ...values,
      category: category ?? '',
      ...(discoveredAt ? { discoveredAt } : {}),
    };
    save.mutate(body, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  const required = { required: true, message: t('incidents.register.required') };
  return (
    <Modal
      open
      title={t('incidents.register.title')}
      okText={t('incidents.register.confirm')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{ operator: 'other' }}
        onFinish={submit}
      >
        <Alert type="info" title={t('incidents.register.next')} />
        <Form.Item name="title" label={t('incidents.field.title')} rules={[required, { min: 2 }]}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="unitPath" label={t('incidents.field.units')} rules={[required]}>
          <Select
            showSearch={{ onSearch: setSearch, filterOption: false }}
            options={(units.data?.items ?? []).map(({ path, name }) => ({ value: path, label: name }))}
          />
        </Form.Item>
        <Form.Item name="summary" label={t('incidents.summary')}>
          <Input.TextArea rows={3} maxLength={4000} />
        </Form.Item>
        <CategorySelect standards={standards} />
        <Form.Item name="operator" label={t('incidents.grading.operator')} extra={t('incidents.grading.operatorHint')}>
          <Select options={OPERATORS.map((value) => ({ value, label: t(`incidents.operator.${value}`) }))} />
        </Form.Item>
        <Form.Item
          name="discoveredAt"
          label={t('incidents.field.discoveredAt')}
          extra={t('incidents.register.discovered')}
        >
          <MomentInput past />
        </Form.Item>
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}
