import { Alert, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { GRADES } from '../answers.ts';

interface Fields {
  readonly title: string;
  readonly ids?: string;
  readonly grade: (typeof GRADES)[number];
  readonly summary?: string;
  readonly advice?: string;
  readonly product?: string;
  readonly cpe?: string;
  readonly purl?: string;
  readonly ecosystem?: string;
  readonly introduced?: string;
  readonly fixed?: string;
  readonly lastAffected?: string;
}

/** What the endpoint takes: a product with at most one range; more products and ranges come over the API. */
function bodyOf({ title, ids = '', grade, summary = '', advice = '', ...rest }: Fields) {
  const { product = '', cpe = '', purl = '', ecosystem = '', introduced, fixed, lastAffected } = rest;
  const range = {
    ...(introduced ? { introduced } : {}),
    ...(fixed ? { fixed } : {}),
    ...(lastAffected ? { lastAffected } : {}),
  };
  const ranges = Object.keys(range).length > 0 ? [range] : [];
  return {
    title,
    ids: ids.split(/[\s,，;；]+/).filter(Boolean),
    grade,
    summary,
    advice,
    products: [{ name: product, cpe, purl, ecosystem, ranges }],
  };
}

/** Names of software for machines, and versions, each with an example. */
const NAMES = {
  cpe: 'cpe:2.3:a:apache:log4j:*:*:*:*:*:*:*:*',
  purl: 'pkg:maven/org.apache.logging.log4j/log4j-core',
  ecosystem: 'maven',
} as const;
const VERSIONS = { introduced: '2.0', fixed: '2.17.1', lastAffected: '2.17.0' } as const;

/** Fields for one line of text each, side by side where there is room. */
function Lines({ examples }: { examples: Readonly<Partial<Record<keyof Fields, string>>> }) {
  const { t } = useTranslation();
  return (
    <div className="ta-advisory-lines">
      {Object.entries(examples).map(([name, example]) => (
        <Form.Item key={name} name={name} label={t(`advisory.${name}`)}>
          <Input maxLength={300} placeholder={example} />
        </Form.Item>
      ))}
    </div>
  );
}

/** Enters an advisory about one product. */
export function AdvisoryForm({ onClose, onSaved }: { onClose: () => void; onSaved: (id: string) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const send = useSend<ReturnType<typeof bodyOf>, { id: string }>('POST', '/api/vulnerabilities/advisories', {
    invalidate: ['/api/vulnerabilities/advisories'],
    quiet: true,
    onDone: ({ id }) => onSaved(id),
  });
  return (
    <Modal
      open
      title={t('advisory.create')}
      okText={t('advisory.create')}
      okButtonProps={{ loading: send.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
      destroyOnHidden
      width={720}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        className="ta-form"
        initialValues={{ grade: 'high' }}
        onFinish={(fields) => send.mutate(bodyOf(fields))}
      >
        <Alert type="info" title={t('advisory.createNext')} />
        <Form.Item name="title" label={t('advisory.name')} rules={[{ required: true, min: 4 }]}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="ids" label={t('advisory.ids')} extra={t('advisory.idsHint')}>
          <Input maxLength={1000} />
        </Form.Item>
        <Form.Item name="grade" label={t('advisory.grade')}>
          <Select options={GRADES.map((value) => ({ value, label: t(`vulnerabilities.grade.${value}`) }))} />
        </Form.Item>
        <Form.Item name="product" label={t('advisory.product')} extra={t('advisory.productHint')}>
          <Input maxLength={300} />
        </Form.Item>
        <Lines examples={NAMES} />
        <Lines examples={VERSIONS} />
        <Form.Item name="summary" label={t('advisory.summary')}>
          <Input.TextArea rows={3} maxLength={4000} />
        </Form.Item>
        <Form.Item name="advice" label={t('advisory.advice')}>
          <Input.TextArea rows={3} maxLength={4000} />
        </Form.Item>
        {send.error && <ErrorState error={send.error} />}
      </Form>
    </Modal>
  );
}
