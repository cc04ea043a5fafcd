import { Alert, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useFormFaults } from '#parts/form-faults.ts';
import { useLocal } from '#parts/local.ts';
import { GradeTag } from '#parts/tags.tsx';
import { GRADES, type IncidentDetail, OPERATORS, type Proposal, READ_AGAIN, type Standards } from './answers.ts';

type Impact = IncidentDetail['impact'];

interface Values {
  readonly category?: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly impact: Impact;
  readonly facts?: Readonly<Record<string, number | null | undefined>>;
  readonly grade: (typeof GRADES)[number];
  readonly reportGrade: (typeof GRADES)[number];
  readonly reason?: string;
}

/** Facts that were filled in; an empty field is "not known". */
const knownFacts = (facts: Values['facts'] = {}): Record<string, number> =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([fact, value]) => (typeof value === 'number' ? [[fact, value]] : [])),
  );

const REST_MS = 250;

/** What both graders propose for what is typed, asked when typing rests. */
function useProposal(impact: Impact | undefined, facts: Values['facts']): Proposal | undefined {
  const [proposal, setProposal] = useState<Proposal>();
  const question = impact && JSON.stringify({ impact, facts: knownFacts(facts) });
  useEffect(() => {
    if (!question) return;
    let gone = false;
    const timer = setTimeout(() => {
      api
        .post<Proposal>('/api/incidents/propose-grades', JSON.parse(question))
        .then((answer) => {
          if (!gone) setProposal(answer);
        })
        .catch(() => undefined);
    }, REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [question]);
  return proposal;
}

/** Both graders side by side: inputs, proposals, and what the person confirms. */
export function GradeDialog({ incident, onClose }: { incident: IncidentDetail; onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [failure, setFailure] = useState<unknown>();
  const showFaults = useFormFaults();
  const { data: standards } = useGet<Standards>('/api/incidents/standards');
  const impact = Form.useWatch<Impact | undefined>('impact', form);
  const facts = Form.useWatch<Values['facts']>('facts', form);
  const proposal = useProposal(impact, facts);
  const save = useSend<object>('POST', `/api/incidents/${incident.id}/grade`, {
    invalidate: READ_AGAIN,
    done: t('incidents.grading.done'),
    quiet: true,
    onDone: onClose,
  });
  const submit = (values: Values) => {
    setFailure(undefined);
    const body = { ...values, facts: knownFacts(values.facts), reason: values.reason ?? '' };
    save.mutate(body, { onError: (error) => setFailure(showFaults(form, error) ? undefined : error) });
  };
  return (
    <Modal
      open
      width={720}
      title={t('incidents.grading.title')}
      okText={t('incidents.grading.confirm')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{
          ...(incident.category ? { category: incident.category } : {}),
          operator: incident.operator,
          impact: incident.impact,
          facts: incident.facts,
          grade: incident.grade ?? incident.gradeProposed,
          reportGrade: incident.reportGrade ?? incident.reportGradeProposed,
        }}
        onFinish={submit}
      >
        <Alert type="info" title={t('incidents.grading.next')} />
        <CategorySelect standards={standards} />
        <ImpactFields standards={standards} />
        <Confirmed name="grade" label={t('incidents.grading.grade')} proposed={proposal?.grade} />
        <FactFields standards={standards} />
        <Confirmed name="reportGrade" label={t('incidents.grading.reportGrade')} proposed={proposal?.reportGrade} />
        <Form.Item name="operator" label={t('incidents.grading.operator')} extra={t('incidents.grading.operatorHint')}>
          <Select options={OPERATORS.map((value) => ({ value, label: t(`incidents.operator.${value}`) }))} />
        </Form.Item>
        <Form.Item name="reason" label={t('incidents.grading.reason')} extra={t('incidents.grading.reasonHint')}>
          <Input.TextArea rows={2} maxLength={2000} />
        </Form.Item>
        {failure !== undefined && <ErrorState error={failure} />}
      </Form>
    </Modal>
  );
}

/** The sub-categories of GB/T 20986, under their category. */
export function CategorySelect({ standards }: { standards: Standards | undefined }) {
  const { t } = useTranslation();
  const local = useLocal();
  const options = (standards?.categories.categories ?? []).map((category) => ({
    label: local(category),
    options: (category.subcategories.length > 0 ? category.subcategories : [category]).map((one) => ({
      value: one.id,
      label: local(one),
    })),
  }));
  return (
    <Form.Item name="category" label={t('incidents.grading.category')}>
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={options} />
    </Form.Item>
  );
}

function ImpactFields({ standards }: { standards: Standards | undefined }) {
  const { t } = useTranslation();
  const local = useLocal();
  const choices = (list: readonly { id: string; zh: string; en: string }[] | undefined) =>
    (list ?? []).map((entry) => ({ value: entry.id, label: local(entry) }));
  return (
    <div className="ta-incident-row">
      <Form.Item name={['impact', 'importance']} label={t('incidents.grading.importance')}>
        <Select options={choices(standards?.grades.importance)} />
      </Form.Item>
      <Form.Item name={['impact', 'loss']} label={t('incidents.grading.loss')}>
        <Select options={choices(standards?.grades.severity)} />
      </Form.Item>
      <Form.Item name={['impact', 'harm']} label={t('incidents.grading.harm')}>
        <Select options={choices(standards?.grades.severity)} />
      </Form.Item>
    </div>
  );
}

function FactFields({ standards }: { standards: Standards | undefined }) {
  const { t } = useTranslation();
  const local = useLocal();
  return (
    <fieldset className="ta-incident-facts">
      <legend>{t('incidents.grading.facts')}</legend>
      <p className="ta-quiet">{t('incidents.grading.factsHint')}</p>
      <div className="ta-incident-row">
        {(standards?.criteria.criteria ?? []).map((criterion) => (
          <Form.Item key={criterion.fact} name={['facts', criterion.fact]} label={local(criterion)}>
            <InputNumber min={0} className="ta-wide" suffix={t(`incidents.unit.${criterion.unit}`)} />
          </Form.Item>
        ))}
      </div>
    </fieldset>
  );
}

function Confirmed(props: { name: 'grade' | 'reportGrade'; label: string; proposed: Proposal['grade'] | undefined }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={props.name}
      label={props.label}
      extra={props.proposed && <GradeTag grade={props.proposed} proposed />}
    >
      <Select options={GRADES.map((value) => ({ value, label: t(`parts.grade.${value}`) }))} />
    </Form.Item>
  );
}
