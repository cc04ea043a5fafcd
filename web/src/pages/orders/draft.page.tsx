import { Alert, Button, Card, Form, Input, InputNumber, Select, Space } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { absoluteTime } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { type UnitAt, useUnitAt } from '#parts/unit-name.tsx';
import { Why } from '#parts/why.tsx';
import { useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { first, useUrlState } from '#shell/url-state.ts';
import { GRADES, KINDS, type Kind, type OrderDetail, type Proposal, READ_AGAIN } from './answers.ts';
import { UnitSelect } from './move-fields.tsx';
import './orders.css';

interface Values {
  readonly unitId: string;
  readonly kind: Kind;
  readonly grade: (typeof GRADES)[number];
  readonly title: string;
  readonly body: string;
  readonly advice: string;
  readonly workingDays: number;
}

type GapOrder = Answer<'/api/assets/gap-order'>;

/** Code of the area at a path, such as 450100. */
const divisionAt = (path: string | undefined): string | undefined => path?.match(/\/(\d{6})\/$/)?.[1];

/** A new order, filled in from an incident when the address names one; or a draft being changed. */
function DraftPage() {
  const { t } = useTranslation();
  const [url, patchUrl] = useUrlState();
  const [incident, orderId] = [first(url.incident), first(url.order)];
  const kind = KINDS.find((value) => value === first(url.kind)) ?? 'rectification';
  const proposal = useGet<Proposal>(incident ? '/api/orders/proposal' : null, { incidentId: incident, kind });
  const draft = useGet<OrderDetail>(orderId ? `/api/orders/${orderId}` : null);
  const gap = first(url.gap);
  const place = orderId ? undefined : (first(url.unit) ?? proposal.data?.units[0]?.path);
  const unit = useUnitAt(place);
  const written = useGet<GapOrder>(gap && unit ? '/api/assets/gap-order' : null, { gap, unit: unit?.path });
  const waiting = (incident && !proposal.data) || (orderId && !draft.data);
  const failed = proposal.error ?? draft.error;
  if (failed) return <ErrorState error={failed} />;
  if (waiting) return <PageSkeleton />;
  return (
    <>
      <PageHeader title={t(orderId ? 'orders.editTitle' : 'orders.new')} hint={t('orders.newHint')} />
      <DraftForm
        key={`${kind} ${unit?.id ?? ''} ${written.data ? 'written' : ''}`}
        kind={kind}
        unit={unit}
        proposal={proposal.data}
        draft={draft.data}
        incidentId={incident}
        asked={written.data}
        division={gap && !unit ? divisionAt(place) : undefined}
        onUnit={gap ? (path) => path !== first(url.unit) && patchUrl({ unit: path }) : undefined}
        note={gap && (written.error ? t('orders.form.gapNone') : written.data ? undefined : t('orders.form.gapUnit'))}
        onKind={(value) => patchUrl({ kind: value })}
      />
    </>
  );
}

interface DraftFormProps {
  readonly kind: Kind;
  readonly unit: UnitAt | undefined;
  readonly proposal: Proposal | undefined;
  readonly draft: OrderDetail | undefined;
  readonly incidentId: string | undefined;
  /** What the order begins with where it is about a gap of the ledger and its unit is known. */
  readonly asked: GapOrder | undefined;
  /** Code of the area whose units are written to, where the unit is still to be chosen. */
  readonly division: string | undefined;
  /** Told the path of the unit that was chosen, where the text depends on it. */
  readonly onUnit: ((path: string) => unknown) | undefined;
  /** What is to be done first, or why nothing was written. */
  readonly note: string | undefined;
  onKind(kind: Kind): void;
}

function initialOf({ kind, unit, proposal, draft, asked }: DraftFormProps): Partial<Values> {
  const source = draft ?? proposal;
  return {
    kind: draft?.kind ?? kind,
    grade: source?.grade ?? 'IV',
    title: source?.title ?? asked?.title ?? '',
    body: source?.body ?? asked?.body ?? '',
    advice: source?.advice ?? asked?.advice ?? '',
    workingDays: source?.workingDays ?? 5,
    ...(unit ? { unitId: unit.id } : {}),
  };
}

function DraftForm(props: DraftFormProps) {
  const { t } = useTranslation();
  const go = useGo();
  const [form] = Form.useForm<Values>();
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const { draft, proposal, incidentId, unit, onUnit } = props;
  const evidence = draft?.evidence ?? proposal?.evidence ?? props.asked?.evidence ?? [];
  const chosen = Form.useWatch('unitId', form);
  const { data: picked } = useGet<UnitAt>(onUnit && chosen && chosen !== unit?.id ? `/api/units/${chosen}` : null);
  useEffect(() => {
    if (picked && picked.id === chosen && picked.path !== unit?.path) onUnit?.(picked.path);
  }, [picked, chosen, unit, onUnit]);
  const save = useSend<object, { id: string }>('POST', draft ? `/api/orders/${draft.id}/edit` : '/api/orders', {
    invalidate: READ_AGAIN,
    done: t('orders.saved'),
    quiet: true,
    onDone: ({ id }) => go(`/orders/${id}`, { replace: true }),
  });
  const submit = ({ unitId, kind, ...values }: Values) => {
    setFailure(undefined);
    const body = draft ? values : { ...values, unitId, kind, evidence, ...(incidentId ? { incidentId } : {}) };
    save.mutate(body, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  const required = { required: true, message: t('orders.form.required') };
  return (
    <Card variant="borderless" className="ta-draft">
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={initialOf(props)}
        onFinish={submit}
      >
        <Alert type="info" title={t('orders.form.next')} />
        {props.note && <Alert type="warning" showIcon title={props.note} />}
        <Form.Item name="kind" label={t('orders.field.kind')} rules={[required]}>
          <Select
            disabled={draft !== undefined}
            onChange={props.onKind}
            options={KINDS.map((value) => ({ value, label: t(`orders.kind.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="unitId" label={t('orders.form.unit')} rules={[required]}>
          {draft ? <span>{draft.unitName}</span> : <UnitSelect known={unit} division={props.division} />}
        </Form.Item>
        <Form.Item name="title" label={t('orders.field.title')} rules={[required, { min: 4, max: 120 }]}>
          <Input maxLength={120} showCount />
        </Form.Item>
        <Form.Item name="body" label={t('orders.what')} rules={[required, { min: 10 }]}>
          <Input.TextArea autoSize={{ minRows: 5, maxRows: 16 }} maxLength={8000} />
        </Form.Item>
        {evidence.length > 0 && (
          <Form.Item label={t('orders.evidence')} extra={t('orders.masked')}>
            <ul className="ta-order-evidence">
              {evidence.map((line) => (
                <li key={`${line.at} ${line.title} ${line.text}`}>
                  <TimeText at={line.at} form="short" />
                  <strong>{line.title}</strong>
                  <span>{line.text}</span>
                </li>
              ))}
            </ul>
          </Form.Item>
        )}
        <Form.Item name="advice" label={t('orders.advice')}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} maxLength={8000} />
        </Form.Item>
        <Form.Item name="grade" label={t('orders.field.grade')} rules={[required]}>
          <Select options={GRADES.map((value) => ({ value, label: t(`parts.grade.${value}`) }))} />
        </Form.Item>
        <DaysInput source={proposal?.workingDaysSource} />
        {failure !== undefined && <ErrorState error={failure} />}
        <Space>
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t('orders.saveDraft')}
          </Button>
          <Button onClick={() => go(-1)}>{t('orders.cancel')}</Button>
        </Space>
      </Form>
    </Card>
  );
}

interface Preview {
  readonly at: string;
  readonly provisional: boolean;
}

/** Working days, with the day they would end if the order were issued now. */
function DaysInput({ source }: { source: string | undefined }) {
  const { t } = useTranslation();
  const days = Form.useWatch<number | null>('workingDays');
  const { data } = useGet<Preview>(days ? '/api/orders/deadline' : null, { workingDays: days }, { keepPrevious: true });
  return (
    <Form.Item
      name="workingDays"
      label={t('orders.form.workingDays')}
      rules={[{ required: true, message: t('orders.form.required') }]}
      extra={
        data && (
          <>
            {t(data.provisional ? 'orders.form.endsProvisional' : 'orders.form.ends', { at: absoluteTime(data.at) })}
            {source && <Why reasons={[{ text: t('orders.form.daysWhy'), source }]} />}
          </>
        )
      }
    >
      <InputNumber min={1} max={180} precision={0} />
    </Form.Item>
  );
}

export const page: PageDefinition = {
  path: '/orders/new',
  title: 'orders.new',
  permission: 'order.draft',
  Page: DraftPage,
};
