import { Button, Card, Pagination, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import { Deadline } from '#parts/deadline.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { GradeTag, StateTag } from '#parts/tags.tsx';
import { AppLink, useGo } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { AskedNotice } from '../ledger/campaigns/asked.tsx';
import { QuestionsNotice } from '../vulnerabilities/advisory/asked.tsx';
import { deadlineOf, type Task, toneOf } from './answers.ts';
import './orders.css';

const PAGE_SIZE = 20;

/** What waits for this unit: lists to confirm, questions, then orders, the most urgent first; one button each. */
function TasksPage() {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const [page, setPage] = useState(1);
  const answer = useGet<Paged<Task>>(
    '/api/tasks',
    { page, pageSize: PAGE_SIZE, all: String(all) },
    { keepPrevious: true },
  );
  useLive('order', ['/api/tasks']);
  const { data, error, refetch } = answer;
  return (
    <>
      <PageHeader
        title={t('orders.tasks.title')}
        hint={t('orders.tasks.hint')}
        actions={
          <Segmented
            value={all ? 'all' : 'mine'}
            onChange={(value) => {
              setAll(value === 'all');
              setPage(1);
            }}
            options={[
              { value: 'mine', label: t('orders.tasks.mine') },
              { value: 'all', label: t('orders.tasks.all') },
            ]}
          />
        }
      />
      <AskedNotice />
      <QuestionsNotice />
      {error && !data && <ErrorState error={error} retry={refetch} />}
      {!data && !error && <LinesSkeleton rows={6} />}
      {data?.items.length === 0 && <EmptyState title={t('orders.tasks.empty')} hint={t('orders.tasks.emptyHint')} />}
      <ul className="ta-tasks">
        {data?.items.map((task) => (
          <li key={task.id}>
            <TaskCard task={task} />
          </li>
        ))}
      </ul>
      {data && data.total > PAGE_SIZE && (
        <Pagination current={page} pageSize={PAGE_SIZE} total={data.total} onChange={setPage} showSizeChanger={false} />
      )}
    </>
  );
}

function TaskCard({ task }: { task: Task }) {
  const { t } = useTranslation();
  const local = useLocal();
  const go = useGo();
  return (
    <Card variant="borderless">
      <article className="ta-task">
        <div className="ta-quiet">
          {local(task.kindTitle)} · {task.number}
        </div>
        <h2>
          <AppLink to={`/orders/${task.id}`}>{task.title}</AppLink>
        </h2>
        <div className="ta-tags">
          <StateTag tone={toneOf(task)}>{local(task.stateTitle)}</StateTag>
          <GradeTag grade={task.grade} />
        </div>
        <div className="ta-task-end">
          <Deadline compact {...deadlineOf(task)} />
          {task.next ? (
            <Button type="primary" size="large" onClick={() => go(`/orders/${task.id}`)}>
              {t('orders.tasks.go', { action: local(task.next.title) })}
            </Button>
          ) : (
            <span className="ta-quiet">{t(`orders.turn.${task.turn}`)}</span>
          )}
        </div>
      </article>
    </Card>
  );
}

export const page: PageDefinition = {
  path: '/tasks',
  title: 'orders.tasks.title',
  permission: 'order.receive',
  menu: { group: 'mine', order: 10 },
  Page: TasksPage,
};
