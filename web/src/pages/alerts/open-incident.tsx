import { Checkbox, Form, Input, Modal, Alert as Notice, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useInvalidate } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { type Grade, GradeTag, LevelTag } from '#parts/tags.tsx';
import { Why } from '#parts/why.tsx';
import { useGo } from '#shell/link.tsx';
import type { Alert, AlertDetail, Proposal } from './answers.ts';
import { useCategoryName, useCategoryOptions } from './categories.ts';

const IMPORTANCES = ['especially_important', 'important', 'general'] as const;
const SEVERITIES = ['especially_severe', 'severe', 'considerable', 'slight'] as const;

interface Values {
  readonly title: string;
  readonly category: string;
  readonly importance: Proposal['impact']['importance'];
  readonly loss: Proposal['impact']['loss'];
  readonly harm: Proposal['impact']['harm'];
}

/** More related alerts than this are joined from the incident itself. */
const TOGETHER_MAX = 20;

/** Reads what the platform would propose for the alerts and the related ones together; `onJoin` hears the latter. */
function useProposal(alertIds: readonly string[], onJoin: (ids: readonly string[]) => void) {
  const [proposal, setProposal] = useState<Proposal>();
  const [together, setTogether] = useState<readonly Alert[]>([]);
  const [error, setError] = useState<unknown>();
  const key = alertIds.join(',');
  useEffect(() => {
    let gone = false;
    const read = async () => {
      const chosen = key.split(',');
      const first = await api.post<Proposal>('/api/alerts/proposal', { alertIds: chosen });
      const joined = first.together.slice(0, TOGETHER_MAX);
      const others = await Promise.all(joined.map((id) => api.get<AlertDetail>(`/api/alerts/${id}`)));
      const whole =
        joined.length === 0
          ? first
          : await api.post<Proposal>('/api/alerts/proposal', { alertIds: [...chosen, ...joined] });
      if (gone) return;
      setTogether(others);
      onJoin(joined);
      setProposal(whole);
    };
    read().catch((failure: unknown) => {
      if (!gone) setError(failure);
    });
    return () => {
      gone = true;
    };
  }, [key, onJoin]);
  return { proposal, together, error };
}

/** The grade that the grid of GB/T 20986 gives for what is chosen. */
function useGrade(impact: Proposal['impact'] | undefined): Grade | undefined {
  const [grade, setGrade] = useState<Grade>();
  const { importance, loss, harm } = impact ?? {};
  useEffect(() => {
    if (!importance || !loss || !harm) return;
    let gone = false;
    api
      .post<{ grade: Grade }>('/api/incidents/propose-grades', { impact: { importance, loss, harm }, facts: {} })
      .then((answer) => {
        if (!gone) setGrade(answer.grade);
      })
      .catch(() => undefined);
    return () => {
      gone = true;
    };
  }, [importance, loss, harm]);
  return grade;
}

interface OpenIncidentProps {
  readonly alertIds: readonly string[];
  onClose(): void;
}

/** Opens an incident from alerts: everything is proposed, with its reason, and may be changed. */
export function OpenIncident({ alertIds, onClose }: OpenIncidentProps) {
  const { t } = useTranslation();
  const go = useGo();
  const invalidate = useInvalidate();
  const [joined, setJoined] = useState<readonly string[]>([]);
  const { proposal, together, error } = useProposal(alertIds, setJoined);
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const open = async ({ title, category, importance, loss, harm }: Values) => {
    setBusy(true);
    setFailure(undefined);
    try {
      const { id } = await api.post<{ id: string }>('/api/incidents', {
        alertIds: [...alertIds, ...joined],
        title,
        category: category ?? '',
        impact: { importance, loss, harm },
      });
      await invalidate(['/api/alerts', '/api/incidents']);
      onClose();
      go(`/incidents/${id}`);
    } catch (refused) {
      setFailure(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open
      width={640}
      title={t('alerts.openIncidentTitle')}
      okText={t('alerts.openIncident')}
      okButtonProps={{ loading: busy, disabled: proposal === undefined }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      {error !== undefined && <ErrorState error={error} />}
      {proposal === undefined && error === undefined && <LinesSkeleton rows={6} />}
      {proposal && (
        <Form<Values>
          form={form}
          layout="vertical"
          className="ta-form"
          initialValues={{ title: proposal.title, category: proposal.category, ...proposal.impact }}
          onFinish={(values) => void open(values)}
        >
          <Notice type="info" title={t('alerts.incident.next')} />
          <IncidentFields proposal={proposal} form={form} />
          {together.length > 0 && <Together alerts={together} chosen={joined} onChoose={setJoined} />}
          {failure !== undefined && <ErrorState error={failure} />}
        </Form>
      )}
    </Modal>
  );
}

function useReasons(proposal: Proposal) {
  const { t } = useTranslation();
  const categoryName = useCategoryName();
  const label = { importance: 'importance', loss: 'loss', harm: 'harm', category: 'category' } as const;
  const value = (input: string, text: string): string => {
    if (input === 'importance') return t(`alerts.importance.${text}`);
    return input === 'category' ? categoryName(text) : t(`alerts.incident.severity.${text}`);
  };
  return proposal.reasons.flatMap(({ input, value: text, because, of }) =>
    input in label
      ? [
          {
            text: `${t(`alerts.incident.${input}`)}${t('parts.colon')}${value(input, text)}`,
            detail: t(`alerts.incident.reason.${because.replaceAll('.', '_')}`, { of }),
          },
        ]
      : [],
  );
}

function IncidentFields({ proposal, form }: { proposal: Proposal; form: ReturnType<typeof Form.useForm<Values>>[0] }) {
  const { t } = useTranslation();
  const categories = useCategoryOptions();
  const impact = Form.useWatch((values: Values) => values, form) as Values | undefined;
  const grade = useGrade(impact);
  const reasons = useReasons(proposal);
  const severities = SEVERITIES.map((value) => ({ value, label: t(`alerts.incident.severity.${value}`) }));
  return (
    <>
      <Form.Item
        name="title"
        label={t('alerts.incident.name')}
        rules={[{ required: true, min: 2, max: 200, whitespace: true }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="category" label={t('alerts.incident.category')}>
        <Select
          allowClear
          placeholder={t('alerts.incident.categoryNone')}
          showSearch={{ optionFilterProp: 'label' }}
          options={categories}
        />
      </Form.Item>
      <div className="ta-impact">
        <Form.Item name="importance" label={t('alerts.incident.importance')}>
          <Select options={IMPORTANCES.map((value) => ({ value, label: t(`alerts.importance.${value}`) }))} />
        </Form.Item>
        <Form.Item name="loss" label={t('alerts.incident.loss')}>
          <Select options={severities} />
        </Form.Item>
        <Form.Item name="harm" label={t('alerts.incident.harm')}>
          <Select options={severities} />
        </Form.Item>
      </div>
      <div className="ta-tags">
        <span className="ta-quiet">{t('alerts.incident.proposed')}</span>
        <GradeTag grade={grade} proposed />
        <Why title={t('alerts.incident.why')} reasons={reasons} />
      </div>
      <span className="ta-quiet">{t('alerts.incident.confirmLater')}</span>
    </>
  );
}

function Together(props: {
  alerts: readonly Alert[];
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
}) {
  const { t } = useTranslation();
  const local = useLocal();
  return (
    <Form.Item label={t('alerts.incident.together')} extra={t('alerts.incident.togetherHint')}>
      <Checkbox.Group
        className="ta-checks"
        value={[...props.chosen]}
        onChange={(ids) => props.onChoose(ids.map(String))}
        options={props.alerts.map((alert) => ({
          value: alert.id,
          label: (
            <>
              <LevelTag level={alert.level} /> {local(alert.title)}{' '}
              <span className="ta-quiet">{alert.entity.value}</span>
            </>
          ),
        }))}
      />
    </Form.Item>
  );
}
