import { Checkbox, Form, Input, Modal, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { UnitChoice } from '../unit-choice.tsx';

export type Zone = Answer<'/api/assets/zones'>['items'][number];

const KINDS = ['government_extranet', 'internet', 'cloud', 'unit_network'] as const;
const ADDRESSING = ['static', 'dynamic'] as const;

interface Values {
  readonly name: string;
  readonly unitPath?: string;
  readonly kind: Zone['kind'];
  readonly addressing: Zone['addressing'];
  readonly ranges: string;
  readonly remark: string;
  readonly retired?: boolean;
}

/** One range a line; commas and spaces part them, too. */
const rangesOf = (text: string): string[] => text.split(/[\s,，;；、]+/).filter((range) => range !== '');

const FRESH: Partial<Values> = { kind: 'unit_network', addressing: 'static', ranges: '', remark: '' };

/** Declares a zone, or changes one. */
export function ZoneForm({ zone, onClose }: { zone: Zone | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [method, url] =
    zone === undefined ? (['POST', '/api/assets/zones'] as const) : (['PUT', `/api/assets/zones/${zone.id}`] as const);
  const save = useSend<object, { id: string }>(method, url, {
    invalidate: ['/api/assets/zones'],
    done: t(zone === undefined ? 'zones.added' : 'zones.changed'),
    quiet: true,
    onDone: onClose,
  });
  const required = [{ required: true, message: t('ledger.form.required') }];
  const finish = (values: Values) => {
    const said = { ...values, ranges: rangesOf(values.ranges) };
    save.mutate(zone === undefined ? said : { ...said, version: zone.version });
  };
  return (
    <Modal
      open
      title={zone === undefined ? t('zones.add') : zone.name}
      okText={t(zone === undefined ? 'zones.add' : 'zones.change')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={zone === undefined ? FRESH : { ...zone, ranges: zone.ranges.join('\n') }}
        onFinish={finish}
      >
        <p className="ta-quiet">{t('zones.next')}</p>
        <Form.Item name="name" label={t('zones.column.name')} rules={required}>
          <Input maxLength={100} />
        </Form.Item>
        {zone === undefined && (
          <Form.Item name="unitPath" label={t('zones.column.unit')} extra={t('zones.unitHint')}>
            <UnitChoice />
          </Form.Item>
        )}
        <Form.Item name="kind" label={t('zones.column.kind')} rules={required}>
          <Select options={KINDS.map((value) => ({ value, label: t(`zones.kind.${value}`) }))} />
        </Form.Item>
        <Form.Item name="addressing" label={t('zones.column.addressing')} extra={t('zones.addressingHint')}>
          <Radio.Group options={ADDRESSING.map((value) => ({ value, label: t(`zones.addressing.${value}`) }))} />
        </Form.Item>
        <Form.Item name="ranges" label={t('zones.column.ranges')} extra={t('zones.rangesHint')} rules={required}>
          <Input.TextArea rows={4} className="ta-code-text" />
        </Form.Item>
        <Form.Item name="remark" label={t('zones.column.remark')}>
          <Input maxLength={500} />
        </Form.Item>
        {zone !== undefined && (
          <Form.Item name="retired" valuePropName="checked" extra={t('zones.retireHint')}>
            <Checkbox>{t('zones.retire')}</Checkbox>
          </Form.Item>
        )}
        {save.error && <ErrorState error={save.error} />}
      </Form>
    </Modal>
  );
}
