import { StarOutlined } from '@ant-design/icons';
import { App, Badge, Button, Checkbox, Drawer, Form, Input, Pagination, Popconfirm, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { useMay } from '#shell/session.tsx';
import type { EventState } from '../event-query.ts';
import { useFailing } from './failing.tsx';
import { SAVED_ALL, SAVED_FAILING, type ShownSaved, useShownSaved } from './saved-address.ts';
import { ScheduleForm } from './schedule-form.tsx';

export type Saved = Answer<'/api/searches'>['items'][number];

const WIDTH = 620;
const PAGE_SIZE = 20;
const URL = '/api/searches';

/** The button that opens what was saved, and saves what is asked now. What is open is in the address, see `saved-address.ts`. */
export function SavedSearches({ state }: { state: EventState }) {
  const { t } = useTranslation();
  const { total: failing } = useFailing(true, 1);
  const shown = useShownSaved();
  const show = (saved: string | undefined) => state.patch({ saved, run: undefined });
  return (
    <>
      <Badge count={failing} title={t('saved.failingBanner', { count: failing })}>
        <Button icon={<StarOutlined />} onClick={() => show(failing > 0 ? SAVED_FAILING : SAVED_ALL)}>
          {t('saved.title')}
        </Button>
      </Badge>
      <Drawer
        open={shown !== undefined}
        size={WIDTH}
        title={t('saved.title')}
        onClose={() => show(undefined)}
        destroyOnHidden
      >
        {shown?.which === SAVED_ALL && <SaveForm state={state} />}
        {shown && shown.which !== SAVED_ALL && (
          <div className="ta-saved-shown">
            {shown.which === SAVED_FAILING && <span>{t('saved.failingOnly')}</span>}
            <Button type="link" size="small" onClick={() => show(SAVED_ALL)}>
              {t('saved.showAll')}
            </Button>
          </div>
        )}
        {shown && <SavedList key={shown.which} state={state} shown={shown} />}
      </Drawer>
    </>
  );
}

function SaveForm({ state }: { state: EventState }) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const invalidate = useInvalidate();
  const [form] = Form.useForm<{ name: string; shared?: boolean }>();
  const { query } = state.question;
  if (!may('search.manage')) return null;
  const save = async ({ name, shared = false }: { name: string; shared?: boolean }) => {
    const span = /^\d{1,3}[mhd]$/.test(state.range.preset ?? '') ? state.range.preset : undefined;
    try {
      await api.post(URL, { name, query, columns: state.columns, shared, ...(span ? { span } : {}) });
      await invalidate([URL]);
      form.resetFields();
      void message.success(t('saved.done'));
    } catch (error) {
      void message.error(errorText(error));
    }
  };
  return (
    <Section title={t('saved.save')}>
      {query === '' ? (
        <p className="ta-quiet">{t('saved.noQuery')}</p>
      ) : (
        <Form form={form} layout="vertical" onFinish={(values) => void save(values)} requiredMark={false}>
          <p>
            <code className="ta-query-fault">{query}</code>
          </p>
          <Form.Item name="name" label={t('saved.name')} rules={[{ required: true, min: 2, max: 80 }]}>
            <Input placeholder={t('saved.nameHint')} maxLength={80} />
          </Form.Item>
          <Form.Item name="shared" valuePropName="checked">
            <Checkbox>{t('saved.shared')}</Checkbox>
          </Form.Item>
          <Button type="primary" htmlType="submit">
            {t('saved.save')}
          </Button>
        </Form>
      )}
    </Section>
  );
}

function SavedList({ state, shown }: { state: EventState; shown: ShownSaved }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const { which, run } = shown;
  const only = which === SAVED_ALL ? {} : which === SAVED_FAILING ? { state: 'failing' } : { id: which };
  const asked = { page, pageSize: PAGE_SIZE, ...only };
  const { data, error, refetch } = useGet<Answer<'/api/searches'>>(URL, asked, { keepPrevious: true });
  if (error) return <ErrorState error={error} retry={refetch} />;
  if (data === undefined) return <LinesSkeleton rows={4} />;
  if (data.total === 0) {
    if (which === SAVED_ALL) return <EmptyState title={t('saved.nothing')} hint={t('saved.nothingHint')} />;
    return <EmptyState title={t(which === SAVED_FAILING ? 'saved.noneFails' : 'saved.gone')} />;
  }
  const open = ({ query, span, columns }: Saved) => {
    const cols = columns.length > 0 ? columns : undefined;
    const closed = { saved: undefined, run: undefined };
    state.patch({ q: query, with: undefined, range: span, from: undefined, to: undefined, cols, ...closed }, 'push');
  };
  // The last one of the last page may have been removed.
  const last = Math.max(1, Math.ceil(data.total / PAGE_SIZE));
  if (page > last) setPage(last);
  return (
    <>
      <ul className="ta-saved">
        {data.items.map((saved) => (
          <li key={saved.id}>
            <SavedCard saved={saved} opened={which !== SAVED_ALL} run={run} onOpen={() => open(saved)} />
          </li>
        ))}
      </ul>
      <Pagination
        size="small"
        align="end"
        hideOnSinglePage
        showSizeChanger={false}
        current={page}
        pageSize={PAGE_SIZE}
        total={data.total}
        onChange={setPage}
      />
    </>
  );
}

interface SavedCardProps {
  readonly saved: Saved;
  /** Its schedule and runs are in sight at once. */
  readonly opened: boolean;
  /** The run somebody came for. */
  readonly run: string | undefined;
  onOpen(): void;
}

function SavedCard({ saved, opened, run, onOpen }: SavedCardProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const invalidate = useInvalidate();
  const [scheduling, setScheduling] = useState(opened);
  const remove = () =>
    api.post(`${URL}/${saved.id}/remove`, { version: saved.version }).then(
      () => invalidate([URL]),
      (error: unknown) => void message.error(errorText(error)),
    );
  const mayChange = saved.own && may('search.manage');
  return (
    <Section
      title={saved.name}
      extra={
        <Button type="primary" size="small" onClick={onOpen}>
          {t('saved.run')}
        </Button>
      }
    >
      <code className="ta-query-fault">{saved.query}</code>
      <p className="ta-quiet">
        {t('saved.by', { name: saved.ownerName })} {saved.shared && <Tag>{t('saved.sharedTag')}</Tag>}
        {saved.schedule && <Tag color="blue">{t('saved.on', { count: saved.schedule.everyMinutes })}</Tag>}
        {saved.failures > 0 && <Tag color="red">{t('saved.failing', { count: saved.failures })}</Tag>}
      </p>
      {(mayChange || saved.schedule) && (
        <Button size="small" type="link" aria-expanded={scheduling} onClick={() => setScheduling(!scheduling)}>
          {t('saved.schedule')}
        </Button>
      )}
      {mayChange && (
        <Popconfirm title={t('saved.removeSure')} onConfirm={remove} okText={t('saved.remove')}>
          <Button size="small" type="link" danger>
            {t('saved.remove')}
          </Button>
        </Popconfirm>
      )}
      {scheduling && <ScheduleForm saved={saved} run={run} runsFirst={opened} />}
    </Section>
  );
}
