import { Button, Drawer, Form, Input, Alert as Notice, Select, Space, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { useLocal } from '#parts/local.ts';
import { useSession } from '#shell/session.tsx';
import { readSetting, writeSetting } from '#shell/settings.ts';
import { ASSET_FIELDS, type Asset, DATA_GRADES, IMPORTANCES, LEVELS } from './answers.ts';
import { AttributeField } from './attribute-field.tsx';
import { type AssetClass, useModel } from './model.ts';
import { UnitChoice } from './unit-choice.tsx';

/** What the form sends: facts, no state, no marks and no times. */
const FACTS = [...ASSET_FIELDS.filter((field) => field !== 'state'), 'attributes'] as const;

export type Values = Partial<Pick<Asset, (typeof FACTS)[number]>> & { readonly unitPath?: string };

interface AssetFormProps {
  /** Without it a new asset is entered. */
  readonly asset?: Asset;
  /** What a new one begins with, instead of what was typed before. */
  readonly begin?: Values;
  onClose(): void;
  onSaved?(saved: { readonly id: string }): void;
}

const DRAFT = 'draft.asset';
const NEW: Values = { class: 'system' };

function readDraft(): Values | undefined {
  const text = readSetting(DRAFT);
  return text ? (JSON.parse(text) as Values) : undefined;
}

const factsOf = (asset: Asset): Values => Object.fromEntries(FACTS.map((fact) => [fact, asset[fact]]));

/** An empty choice shows its placeholder only when it has no value at all. */
function shownOf(asset: Asset): Values {
  const { importance, dataGrade, protectionLevel, ...facts } = factsOf(asset);
  return {
    ...facts,
    ...(importance ? { importance } : {}),
    ...(dataGrade ? { dataGrade } : {}),
    ...(protectionLevel ? { protectionLevel } : {}),
  };
}

/** Enters or changes an asset. What was typed for a new one survives closing the drawer. */
export function AssetForm(props: AssetFormProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      open
      onClose={props.onClose}
      size="min(640px, 100vw)"
      title={t(props.asset ? 'ledger.editTitle' : 'ledger.createTitle')}
    >
      <AssetFields {...props} />
    </Drawer>
  );
}

function AssetFields({ asset, begin, onClose, onSaved }: AssetFormProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [draft] = useState(() => (asset || begin ? undefined : readDraft()));
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const { scope } = useSession();
  const save = useSend<object, { id: string }>(
    asset ? 'PUT' : 'POST',
    asset ? `/api/assets/${asset.id}` : '/api/assets',
    {
      invalidate: ['/api/assets', '/api/journal'],
      done: t(asset ? 'ledger.form.changed' : 'ledger.form.created'),
      quiet: true,
      onDone: (saved) => {
        if (!asset && !begin) writeSetting(DRAFT, '');
        onClose();
        onSaved?.(saved);
      },
    },
  );
  const { classOf } = useModel();
  const chosen = classOf(Form.useWatch('class', form) ?? asset?.class ?? begin?.class ?? NEW.class ?? '');
  const submit = (values: Values) => {
    setFailure(undefined);
    const kept = new Set(chosen?.attributes.map(({ key }) => key));
    const all = Object.entries({ ...(asset?.attributes ?? {}), ...values.attributes });
    const facts = {
      ...values,
      attributes: Object.fromEntries(all.filter(([key]) => kept.has(key))),
      kind: chosen?.kinds.find((kind) => kind === (values.kind ?? asset?.kind)) ?? chosen?.kinds[0],
      protectionLevel: values.protectionLevel ?? null,
      importance: values.importance ?? '',
      dataGrade: values.dataGrade ?? '',
    };
    const body = asset ? { version: asset.version, facts: { ...factsOf(asset), ...facts } } : facts;
    save.mutate(body, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  return (
    <Form<Values>
      form={form}
      layout="vertical"
      className="ta-form"
      initialValues={asset ? shownOf(asset) : (begin ?? draft ?? NEW)}
      onFinish={submit}
      onValuesChange={(_, values: Values) => {
        if (!asset && !begin) writeSetting(DRAFT, JSON.stringify(values));
      }}
    >
      <Notice type="info" title={t('ledger.form.next')} />
      {draft && <Notice type="success" title={t('ledger.form.draft')} />}
      {!asset && scope.side === 'centre' && <UnitSelect />}
      <MainFields chosen={chosen} />
      {chosen && (
        <>
          <ProtectionFields chosen={chosen} />
          <KeyFields chosen={chosen} />
          <div className="ta-form-row">
            {chosen.attributes.map((attribute) => (
              <AttributeField key={attribute.key} attribute={attribute} />
            ))}
          </div>
        </>
      )}
      <ResponsibilityFields />
      <OtherFields chosen={chosen} />
      {failure !== undefined && <ErrorState error={failure} />}
      <Space>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('ledger.form.save')}
        </Button>
        <Button onClick={onClose}>{t('ledger.form.cancel')}</Button>
      </Space>
    </Form>
  );
}

function UnitSelect() {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="unitPath"
      label={t('ledger.form.unit')}
      rules={[{ required: true, message: t('ledger.form.required') }]}
    >
      <UnitChoice />
    </Form.Item>
  );
}

interface OfClass {
  readonly chosen: AssetClass | undefined;
}

const has = (chosen: AssetClass | undefined, field: AssetClass['shared'][number]): boolean =>
  chosen?.shared.includes(field) ?? false;

function MainFields({ chosen }: OfClass) {
  const { t } = useTranslation();
  const local = useLocal();
  const { model } = useModel();
  const kinds = chosen?.kinds ?? [];
  return (
    <>
      <div className="ta-form-row">
        <Form.Item
          name="class"
          label={t('ledger.field.class')}
          {...(chosen ? { extra: local(chosen.hint) } : {})}
          rules={[{ required: true, message: t('ledger.form.required') }]}
        >
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={(model?.classes ?? []).map((one) => ({ value: one.class, label: local(one.title) }))}
          />
        </Form.Item>
        {kinds.length > 1 && (
          <Form.Item name="kind" label={t('ledger.field.kind')}>
            <Select
              placeholder={t(`ledger.kind.${kinds[0] ?? 'application'}`)}
              options={kinds.map((value) => ({ value, label: t(`ledger.kind.${value}`) }))}
            />
          </Form.Item>
        )}
      </div>
      <div className="ta-form-row ta-form-wide">
        <Form.Item
          name="name"
          label={t('ledger.field.name')}
          rules={[{ required: true, whitespace: true, message: t('ledger.form.required') }]}
        >
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="code" label={t('ledger.field.code')}>
          <Input maxLength={60} />
        </Form.Item>
      </div>
    </>
  );
}

/** Form errors of the server name the list and the place in it (`/addresses/1`); they stand at the list. */
function KeyFields({ chosen }: OfClass) {
  const { t } = useTranslation();
  return (
    <>
      {(['addresses', 'hosts', 'domains', 'segments'] as const)
        .filter((name) => has(chosen, name))
        .map((name) => (
          <Form.Item key={name} name={name} label={t(`ledger.field.${name}`)} extra={t('ledger.form.many')}>
            <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ';', '，', '；', ' ']} />
          </Form.Item>
        ))}
    </>
  );
}

function ResponsibilityFields() {
  const { t } = useTranslation();
  return (
    <div className="ta-form-row">
      {(['supervisedBy', 'operatedBy', 'usedBy'] as const).map((name) => (
        <Form.Item key={name} name={name} label={t(`ledger.field.${name}`)}>
          <Input maxLength={100} />
        </Form.Item>
      ))}
      <Form.Item name="responsiblePerson" label={t('ledger.field.responsiblePerson')}>
        <Input maxLength={50} />
      </Form.Item>
    </div>
  );
}

function ProtectionFields({ chosen }: OfClass) {
  const { t } = useTranslation();
  return (
    <div className="ta-form-row">
      {has(chosen, 'protectionLevel') && (
        <Form.Item name="protectionLevel" label={t('ledger.field.protectionLevel')}>
          <Select
            allowClear
            placeholder={t('ledger.level.none')}
            options={LEVELS.map((value) => ({ value, label: t(`ledger.level.${value}`) }))}
          />
        </Form.Item>
      )}
      {has(chosen, 'filingNumber') && (
        <Form.Item name="filingNumber" label={t('ledger.field.filingNumber')}>
          <Input maxLength={60} />
        </Form.Item>
      )}
      {has(chosen, 'importance') && (
        <Form.Item name="importance" label={t('ledger.field.importance')}>
          <Select
            allowClear
            placeholder={t('ledger.importance.none')}
            options={IMPORTANCES.map((value) => ({ value, label: t(`ledger.importance.${value}`) }))}
          />
        </Form.Item>
      )}
      {has(chosen, 'dataGrade') && (
        <Form.Item name="dataGrade" label={t('ledger.field.dataGrade')}>
          <Select
            allowClear
            placeholder={t('ledger.dataGrade.none')}
            options={DATA_GRADES.map((value) => ({ value, label: t(`ledger.dataGrade.${value}`) }))}
          />
        </Form.Item>
      )}
      {has(chosen, 'criticalInfrastructure') && (
        <Form.Item
          name="criticalInfrastructure"
          label={t('ledger.field.criticalInfrastructure')}
          valuePropName="checked"
        >
          <Switch />
        </Form.Item>
      )}
    </div>
  );
}

function OtherFields({ chosen }: OfClass) {
  const { t } = useTranslation();
  return (
    <>
      <div className="ta-form-row">
        {(['product', 'location'] as const)
          .filter((name) => has(chosen, name))
          .map((name) => (
            <Form.Item key={name} name={name} label={t(`ledger.field.${name}`)}>
              <Input maxLength={200} />
            </Form.Item>
          ))}
      </div>
      <Form.Item name="remark" label={t('ledger.field.remark')}>
        <Input.TextArea rows={2} maxLength={1000} />
      </Form.Item>
    </>
  );
}
