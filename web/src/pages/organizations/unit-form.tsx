import { Alert, Button, Drawer, Form, Input, Select, Space, TreeSelect } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { readSetting, writeSetting } from '#shell/settings.ts';
import { type Division, KINDS, SECTORS, type Unit, type UnitDetail, type UnitKind } from './answers.ts';
import { divisionName } from './division-tree.tsx';
import { normaliseUscc, usccFault } from './uscc.ts';

interface UnitValues {
  readonly name?: string;
  readonly shortName?: string;
  readonly code?: string;
  readonly kind?: UnitKind;
  readonly sector?: string;
  readonly divisionCode?: string;
  readonly parentId?: string | null;
  readonly uscc?: string | null;
}

interface UnitFormProps {
  readonly open: boolean;
  /** Without it a new unit is opened. */
  readonly unit?: UnitDetail;
  onClose(): void;
  onSaved?(unit: Unit): void;
}

const DRAFT = 'draft.unit';

function readDraft(): UnitValues | undefined {
  try {
    const draft: unknown = JSON.parse(readSetting(DRAFT) || 'null');
    return typeof draft === 'object' && draft !== null ? draft : undefined;
  } catch {
    return undefined;
  }
}

/** Opens or changes a unit. What was typed for a new one survives closing the drawer. */
export function UnitForm(props: UnitFormProps) {
  const { t } = useTranslation();
  const { unit, open, onClose } = props;
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={t(unit ? 'organizations.form.editTitle' : 'organizations.form.createTitle')}
      destroyOnHidden
    >
      {open && <UnitFields {...props} />}
    </Drawer>
  );
}

function UnitFields({ unit, onClose, onSaved }: UnitFormProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<UnitValues>();
  const [draft] = useState(() => (unit ? undefined : readDraft()));
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const save = useSend<object, Unit>(unit ? 'PATCH' : 'POST', unit ? `/api/units/${unit.id}` : '/api/units', {
    invalidate: ['/api/units', '/api/divisions'],
    done: t(unit ? 'organizations.form.changed' : 'organizations.form.created'),
    quiet: true,
    onDone: (saved) => {
      if (!unit) writeSetting(DRAFT, '');
      onClose();
      onSaved?.(saved);
    },
  });
  const submit = (values: UnitValues) => {
    setFailure(undefined);
    const uscc = values.uscc ? normaliseUscc(values.uscc) : null;
    const body = unit
      ? { version: unit.version, change: { ...values, uscc, parentId: values.parentId ?? null } }
      : { ...values, uscc: uscc ?? undefined, parentId: values.parentId ?? undefined };
    save.mutate(body, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  const required = { required: true, message: t('organizations.form.required') };
  return (
    <Form<UnitValues>
      form={form}
      layout="vertical"
      className="ta-form"
      initialValues={unit ?? draft ?? {}}
      onFinish={submit}
      onValuesChange={(_, values: UnitValues) => {
        if (!unit) writeSetting(DRAFT, JSON.stringify(values));
      }}
    >
      <Alert type="info" title={t(unit ? 'organizations.form.nextEdit' : 'organizations.form.next')} />
      {draft && <Alert type="success" title={t('organizations.form.draft')} />}
      <Form.Item name="name" label={t('organizations.field.name')} rules={[required, { min: 2, max: 100 }]}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="shortName" label={t('organizations.field.shortName')} rules={[required]}>
        <Input maxLength={20} />
      </Form.Item>
      <KindSelect />
      <Form.Item name="sector" label={t('organizations.field.sector')} rules={[required]}>
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          options={SECTORS.map((value) => ({ value, label: t(`organizations.sector.${value}`) }))}
        />
      </Form.Item>
      {!unit && <PlaceFields />}
      <UsccInput />
      <ParentSelect current={unit?.parent ?? null} selfId={unit?.id} />
      {failure !== undefined && <ErrorState error={failure} />}
      <Space>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('organizations.form.save')}
        </Button>
        <Button onClick={onClose}>{t('organizations.form.cancel')}</Button>
      </Space>
    </Form>
  );
}

function KindSelect() {
  const { t } = useTranslation();
  const kind = Form.useWatch<UnitKind | undefined>('kind');
  return (
    <Form.Item
      name="kind"
      label={t('organizations.field.kind')}
      rules={[{ required: true, message: t('organizations.form.required') }]}
      extra={kind && t(`organizations.kindHint.${kind}`)}
    >
      <Select options={KINDS.map((value) => ({ value, label: t(`organizations.kind.${value}`) }))} />
    </Form.Item>
  );
}

interface DivisionNode {
  readonly value: string;
  readonly title: string;
  readonly children: DivisionNode[];
}

/** Code and division: only for a new unit, because they are its path. */
function PlaceFields() {
  const { t, i18n } = useTranslation();
  const { data } = useGet<{ items: readonly Division[] }>('/api/divisions');
  const tree = useMemo(() => {
    const nodes = new Map<string, DivisionNode>();
    const roots: DivisionNode[] = [];
    for (const division of data?.items ?? []) {
      const node = { value: division.code, title: divisionName(division, i18n.language), children: [] };
      nodes.set(division.code, node);
      const parent = division.parentCode === null ? undefined : nodes.get(division.parentCode);
      (parent?.children ?? roots).push(node);
    }
    return roots;
  }, [data, i18n.language]);
  const required = { required: true, message: t('organizations.form.required') };
  return (
    <>
      <Form.Item name="divisionCode" label={t('organizations.field.division')} rules={[required]}>
        <TreeSelect
          treeData={tree}
          showSearch={{ treeNodeFilterProp: 'title' }}
          treeDefaultExpandedKeys={tree.map((node) => node.value)}
        />
      </Form.Item>
      <Form.Item
        name="code"
        label={t('organizations.field.code')}
        extra={t('organizations.form.codeHint')}
        rules={[
          required,
          { pattern: /^\s*[A-Za-z0-9][A-Za-z0-9-]{1,30}\s*$/, message: t('organizations.form.codeHint') },
        ]}
      >
        <Input maxLength={31} autoCapitalize="off" autoCorrect="off" />
      </Form.Item>
    </>
  );
}

/** Checks the identifier while it is typed; a shorter one is a fault only when the field is left. */
function UsccInput() {
  const { t } = useTranslation();
  const value = Form.useWatch<string | null | undefined>('uscc') ?? '';
  const fault = value === '' ? undefined : usccFault(normaliseUscc(value));
  return (
    <Form.Item
      name="uscc"
      label={t('organizations.field.uscc')}
      extra={value !== '' && !fault ? t('organizations.form.usccOk') : t('organizations.form.usccHint')}
      hasFeedback={value !== ''}
      validateTrigger={fault?.reason === 'length' ? 'onBlur' : 'onChange'}
      rules={[
        {
          validator: (_, typed: string | null | undefined) => {
            const found = typed ? usccFault(normaliseUscc(typed)) : undefined;
            return found
              ? Promise.reject(new Error(t(`organizations.uscc.${found.reason}`, { ...found })))
              : Promise.resolve();
          },
        },
      ]}
    >
      <Input maxLength={24} autoCapitalize="characters" autoCorrect="off" spellCheck={false} />
    </Form.Item>
  );
}

function ParentSelect({ current, selfId }: { current: UnitDetail['parent']; selfId: string | undefined }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const { data, isFetching } = useGet<Paged<Unit>>(
    '/api/units',
    { search, state: 'active', pageSize: 20 },
    { keepPrevious: true },
  );
  const found = (data?.items ?? [])
    .filter(({ id }) => id !== selfId)
    .map(({ id, name }) => ({ value: id, label: name }));
  const listed = current && !found.some(({ value }) => value === current.id);
  return (
    <Form.Item name="parentId" label={t('organizations.field.parent')} extra={t('organizations.form.parentHint')}>
      <Select
        allowClear
        showSearch={{ filterOption: false, onSearch: setSearch }}
        loading={isFetching}
        options={listed ? [{ value: current.id, label: current.name }, ...found] : found}
      />
    </Form.Item>
  );
}
