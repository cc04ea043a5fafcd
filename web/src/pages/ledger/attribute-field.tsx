import { Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { DayInput } from '#parts/day-input.tsx';
import { useLocal } from '#parts/local.ts';
import type { Attribute } from './model.ts';

/** The field of one attribute in a form, as its description says. */
export function AttributeField({ attribute }: { attribute: Attribute }) {
  const { t } = useTranslation();
  const local = useLocal();
  const hint = [attribute.hint && local(attribute.hint), attribute.source].filter(Boolean).join(' · ');
  return (
    <Form.Item
      name={['attributes', attribute.key]}
      label={local(attribute.title)}
      {...(hint ? { tooltip: hint } : {})}
      rules={attribute.required ? [{ required: true, message: t('ledger.form.required') }] : []}
    >
      <AttributeInput attribute={attribute} />
    </Form.Item>
  );
}

/** Form.Item hands value and change on to what it holds. */
function AttributeInput({ attribute, ...field }: { attribute: Attribute }) {
  const { t } = useTranslation();
  const local = useLocal();
  const options = attribute.choices.map(({ value, title }) => ({ value, label: local(title) }));
  switch (attribute.type) {
    case 'text':
      return <Input maxLength={200} {...field} />;
    case 'date':
      return <DayInput {...field} />;
    case 'integer':
    case 'number':
      return (
        <InputNumber
          min={0}
          style={{ width: '100%' }}
          {...(attribute.type === 'integer' ? { precision: 0 } : {})}
          {...(attribute.unit ? { suffix: local(attribute.unit) } : {})}
          {...field}
        />
      );
    case 'boolean':
      return (
        <Select
          allowClear
          placeholder={t('ledger.missing')}
          options={[
            { value: true, label: t('ledger.yes') },
            { value: false, label: t('ledger.no') },
          ]}
          {...field}
        />
      );
    case 'choice':
      return <Select allowClear placeholder={t('ledger.missing')} options={options} {...field} />;
    case 'choices':
      return <Select mode="multiple" allowClear placeholder={t('ledger.missing')} options={options} {...field} />;
    case 'list':
      return <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ';', '，', '；']} {...field} />;
  }
}
