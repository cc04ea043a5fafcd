import { Alert, Button, Form, Input, Modal, Popconfirm, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useSend } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { Masked } from '#parts/masked.tsx';
import { Section } from '#parts/section.tsx';
import { useMay } from '#shell/session.tsx';
import { DUTIES, type Duty, type Person, type UnitDetail } from './answers.ts';

interface PersonInput {
  readonly duty: Duty;
  readonly name: string;
  readonly post: string;
  readonly phone?: string;
  readonly email?: string;
}

/** Who answers for the unit. Telephone and address are masked for outsiders; revealing is recorded. */
export function UnitPersons({ unit, manages }: { unit: UnitDetail; manages: boolean }) {
  const { t } = useTranslation();
  const may = useMay();
  const [adding, setAdding] = useState(false);
  const url = `/api/units/${unit.id}/persons`;
  const remove = useSend<Person>('DELETE', (person) => `${url}/${person.id}`, {
    invalidate: ['/api/units'],
    done: t('organizations.persons.removed'),
  });
  const { mutate } = remove;
  const reveals = may('unit.reveal');
  const columns = useMemo<readonly Column<Person>[]>(() => {
    const contact = (field: 'phone' | 'email') => (person: Person) => {
      const value = person[field];
      if (value === null) return '—';
      if (!person.masked) return value;
      const reveal = async (reason: string) => {
        const shown = await api.post<Pick<Person, 'phone' | 'email'>>(`${url}/${person.id}/reveal`, { reason });
        return shown[field] ?? '—';
      };
      return <Masked masked={value} {...(reveals ? { reveal } : {})} />;
    };
    return [
      { key: 'duty', title: t('organizations.field.duty'), render: ({ duty }) => t(`organizations.duty.${duty}`) },
      { key: 'name', title: t('organizations.field.person'), render: ({ name }) => name, phone: 'title' },
      { key: 'post', title: t('organizations.field.post'), render: ({ post }) => post },
      { key: 'phone', title: t('organizations.field.phone'), render: contact('phone') },
      { key: 'email', title: t('organizations.field.email'), render: contact('email') },
      {
        key: 'end',
        title: '',
        width: 90,
        hidden: !manages,
        render: (person) => (
          <Popconfirm
            title={`${t('organizations.persons.remove')} · ${person.name}`}
            description={t('organizations.persons.removeConfirm')}
            onConfirm={() => mutate(person)}
          >
            <Button type="link" size="small">
              {t('organizations.persons.remove')}
            </Button>
          </Popconfirm>
        ),
      },
    ];
  }, [t, url, manages, reveals, mutate]);
  return (
    <Section
      title={t('organizations.persons.title')}
      extra={
        manages && (
          <Button size="small" onClick={() => setAdding(true)}>
            {t('organizations.persons.add')}
          </Button>
        )
      }
    >
      <SimpleTable<Person>
        columns={columns}
        rows={unit.persons}
        idOf={(person) => person.id}
        empty={<EmptyState title={t('organizations.persons.empty')} hint={t('organizations.persons.emptyHint')} />}
      />
      <PersonForm url={url} open={adding} onClose={() => setAdding(false)} />
    </Section>
  );
}

function PersonForm({ url, open, onClose }: { url: string; open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<PersonInput>();
  const showFaults = useFormFaults();
  const [failure, setFailure] = useState<unknown>();
  const add = useSend<PersonInput>('POST', url, {
    invalidate: ['/api/units'],
    done: t('organizations.persons.added'),
    quiet: true,
    onDone: () => {
      form.resetFields();
      onClose();
    },
  });
  const required = { required: true, message: t('organizations.form.required') };
  const submit = (input: PersonInput) => {
    setFailure(undefined);
    add.mutate(Object.assign({}, input, { phone: input.phone || undefined, email: input.email || undefined }), {
      onError: (error) => setFailure(showFaults(form, error) ? undefined : error),
    });
  };
  return (
    <Modal
      open={open}
      title={t('organizations.persons.add')}
      okText={t('organizations.form.save')}
      confirmLoading={add.isPending}
      onOk={form.submit}
      onCancel={onClose}
      destroyOnHidden
    >
      <Form<PersonInput> form={form} layout="vertical" className="ta-form" onFinish={submit}>
        <Alert type="info" title={t('organizations.persons.takeover')} />
        <Form.Item
          name="duty"
          label={t('organizations.field.duty')}
          rules={[required]}
          initialValue="first_responsible"
        >
          <Select options={DUTIES.map((value) => ({ value, label: t(`organizations.duty.${value}`) }))} />
        </Form.Item>
        <Form.Item name="name" label={t('organizations.field.person')} rules={[required]}>
          <Input maxLength={50} />
        </Form.Item>
        <Form.Item name="post" label={t('organizations.field.post')} rules={[required]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="phone" label={t('organizations.field.phone')}>
          <Input maxLength={20} inputMode="tel" />
        </Form.Item>
        <Form.Item name="email" label={t('organizations.field.email')}>
          <Input maxLength={200} inputMode="email" />
        </Form.Item>
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}
