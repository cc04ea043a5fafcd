import { Form, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import { MomentInput } from '#parts/moment-input.tsx';
import type { MoveName, Order } from './answers.ts';

/** What a move asks for besides the click. The last word of each is how the server calls it. */
export interface MoveForm {
  /** The free text: what it is called at the server, and whether it must be given. */
  readonly text: 'note' | 'reason' | 'measures' | 'retest';
  readonly textRequired?: true;
  readonly fields?: readonly ('unitId' | 'workingDays' | 'until' | 'intoId' | 'contractor' | 'files' | 'closeReason')[];
  readonly daysRequired?: true;
  readonly danger?: true;
}

const NOTE: MoveForm = { text: 'note' };
const REASON: MoveForm = { text: 'reason', textRequired: true };

/** The dialog of every move; a move that is not here is done in another place (editing a draft). */
export const MOVE_FORMS: Partial<Record<MoveName, MoveForm>> = {
  send_for_review: NOTE,
  send_back: REASON,
  approve: NOTE,
  issue: NOTE,
  discard: { ...REASON, danger: true },
  receive: NOTE,
  start: NOTE,
  submit: { text: 'measures', fields: ['files', 'contractor'] },
  refuse: REASON,
  take_verification: NOTE,
  close: { text: 'retest', fields: ['closeReason'] },
  fail: { ...REASON, fields: ['workingDays'] },
  uphold: REASON,
  reassign: { ...REASON, fields: ['unitId', 'workingDays'] },
  request_extension: { ...REASON, fields: ['workingDays'], daysRequired: true },
  withdraw_extension: NOTE,
  grant_extension: { ...NOTE, fields: ['workingDays'] },
  deny_extension: REASON,
  suspend: { ...REASON, fields: ['until'] },
  resume: NOTE,
  merge: { ...REASON, fields: ['intoId'] },
  supersede: { ...REASON, fields: ['intoId'] },
  revoke: { ...REASON, danger: true },
  reopen: { ...REASON, fields: ['workingDays'], daysRequired: true },
};

interface UnitChoice {
  readonly id: string;
  readonly name: string;
  readonly path: string;
}

/** A unit, found by typing a part of its name. */
export function UnitSelect(props: {
  value?: string;
  onChange?: (id: string) => void;
  id?: string;
  known?: UnitChoice | undefined;
  /** Only units of this area, by its code. */
  division?: string | undefined;
}) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const { data, isFetching } = useGet<Paged<UnitChoice>>(
    '/api/units',
    { search, pageSize: 20, state: 'active', division: props.division },
    { keepPrevious: true },
  );
  const found = data?.items ?? [];
  const all = props.known && !found.some(({ id }) => id === props.known?.id) ? [props.known, ...found] : found;
  return (
    <Select
      id={props.id ?? ''}
      showSearch={{ onSearch: setSearch, filterOption: false }}
      loading={isFetching}
      placeholder={t('orders.form.unitPlaceholder')}
      value={props.value ?? null}
      onChange={(id: string) => props.onChange?.(id)}
      options={all.map((unit) => ({ value: unit.id, label: unit.name }))}
    />
  );
}

/** Another open order of the same unit. */
function OrderSelect(props: { order: Order; value?: string; onChange?: (id: string) => void; id?: string }) {
  const { t } = useTranslation();
  const { data } = useGet<Paged<Order>>('/api/orders', { path: props.order.unitPath, state: 'open', pageSize: 100 });
  const others = (data?.items ?? []).filter((other) => other.id !== props.order.id && other.number !== null);
  return (
    <Select
      id={props.id ?? ''}
      placeholder={t('orders.form.orderPlaceholder')}
      value={props.value ?? null}
      onChange={(id: string) => props.onChange?.(id)}
      options={others.map((other) => ({ value: other.id, label: `${other.number} ${other.title}` }))}
    />
  );
}

/** The fields of a dialog; the free text stands below them. */
export function MoveFields({ form, order, asked }: { form: MoveForm; order: Order; asked: number | null }) {
  const { t } = useTranslation();
  const has = (name: string) => form.fields?.some((field) => field === name) ?? false;
  const required = { required: true, message: t('orders.form.required') };
  return (
    <>
      {has('unitId') && (
        <Form.Item name="unitId" label={t('orders.form.unit')} rules={[required]}>
          <UnitSelect />
        </Form.Item>
      )}
      {has('intoId') && (
        <Form.Item name="intoId" label={t('orders.form.order')} rules={[required]}>
          <OrderSelect order={order} />
        </Form.Item>
      )}
      {has('workingDays') && (
        <Form.Item
          name="workingDays"
          label={t('orders.form.workingDays')}
          {...(asked ? { initialValue: asked } : {})}
          rules={form.daysRequired ? [required] : []}
          {...(form.daysRequired ? {} : { extra: t('orders.form.workingDaysOptional') })}
        >
          <InputNumber min={1} max={180} precision={0} />
        </Form.Item>
      )}
      {has('until') && (
        <Form.Item name="until" label={t('orders.form.until')} rules={[required]}>
          <MomentInput />
        </Form.Item>
      )}
    </>
  );
}
