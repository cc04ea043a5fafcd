import { Alert, Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { Deadline } from '#parts/deadline.tsx';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { usePersonName } from '#parts/person-name.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { GradeTag, StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { Timeline, type TimelineEntry } from '#parts/timeline.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { deadlineOf, type OrderDetail, READ_AGAIN, toneOf } from './answers.ts';
import { useDeadlineReasons } from './deadline-why.tsx';
import { AddFile, FileList, PrintButton } from './files.tsx';
import { OrderFlow } from './flow.tsx';
import { useMoves } from './moves.tsx';
import './orders.css';

/** One order by its id, in the drawer and on its page. */
export function OrderCard({ id }: { id: string }) {
  const url = `/api/orders/${id}`;
  const { data, error, refetch } = useGet<OrderDetail>(url);
  useLive('order', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <OrderView order={data} /> : <PageSkeleton />;
}

function OrderView({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  const words = useTrailWords('orders');
  const local = useLocal();
  const { scope } = useSession();
  const ofUnit = scope.side === 'unit';
  const { mainButton, otherButtons, dialog } = useMoves(order);
  const reasons = useDeadlineReasons(order.deadlines);
  return (
    <>
      <DetailLayout
        overline={`${local(order.kindTitle)} · ${order.number ?? t('orders.noNumber')}`}
        title={order.title}
        tags={
          <>
            <StateTag tone={toneOf(order)}>{local(order.stateTitle)}</StateTag>
            <GradeTag grade={order.grade} />
            {order.round > 1 && <StateTag tone="waiting">{t('orders.round', { round: order.round })}</StateTag>}
            <Deadline {...deadlineOf(order)} pausedUntil={order.suspendedUntil} why={reasons} />
          </>
        }
        mainAction={mainButton}
        actions={
          <>
            <PrintButton order={order} />
            {otherButtons}
          </>
        }
        banner={
          <>
            <Turn order={order} ofUnit={ofUnit} hasMain={mainButton !== undefined} />
            <OrderFlow order={order} />
          </>
        }
        story={
          <>
            <What order={order} />
            <Answer order={order} />
            <History order={order} />
          </>
        }
        facts={
          <>
            <OrderFacts order={order} ofUnit={ofUnit} />
            <Files order={order} ofUnit={ofUnit} />
          </>
        }
        journal={{ type: 'order', id: order.id, words }}
      />
      {dialog}
    </>
  );
}

/** Whose turn it is, in one plain sentence. */
function Turn({ order, ofUnit, hasMain }: { order: OrderDetail; ofUnit: boolean; hasMain: boolean }) {
  const { t } = useTranslation();
  if (order.endReason !== '' && order.turn === 'nobody') {
    return <Alert type="info" title={t('orders.ended', { reason: order.endReason })} />;
  }
  if (order.state === 'extension_requested') {
    return (
      <Alert
        type="info"
        title={t('orders.asked', { count: order.extensionDays ?? 0, reason: order.extensionReason })}
      />
    );
  }
  if (hasMain) return ofUnit ? <Alert type="info" title={t(`orders.todo.${order.state}`)} /> : null;
  return <Alert type="info" title={t(`orders.turn.${order.turn}`)} />;
}

const Lines = ({ text }: { text: string }) => <p className="ta-order-text">{text}</p>;

function What({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <Section title={t('orders.what')}>
        <Lines text={order.body} />
      </Section>
      {order.evidence.length > 0 && (
        <Section title={t('orders.evidence')} extra={<span className="ta-quiet">{t('orders.masked')}</span>}>
          <ul className="ta-order-evidence">
            {order.evidence.map((line) => (
              <li key={`${line.at} ${line.title} ${line.text}`}>
                <TimeText at={line.at} form="short" />
                <strong>{line.title}</strong>
                <span>{line.text}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {order.advice !== '' && (
        <Section title={t('orders.advice')}>
          <Lines text={order.advice} />
        </Section>
      )}
    </>
  );
}

/** What the unit answered and what became of it. */
function Answer({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  if (order.measures === '' && order.retest === '') return null;
  return (
    <Section title={t('orders.answer')}>
      {order.measures !== '' && (
        <>
          <Lines text={order.measures} />
          <p className="ta-quiet">
            {order.submittedByName} · <TimeText at={order.submittedAt} />
          </p>
        </>
      )}
      {order.retest !== '' && <Alert type="success" title={t('orders.retest', { text: order.retest })} />}
    </Section>
  );
}

const TONE: Readonly<Record<string, TimelineEntry['tone']>> = {
  close: 'done',
  fail: 'overdue',
  escalate: 'overdue',
  remind: 'waiting',
  comment: 'waiting',
  attach: 'waiting',
};

function History({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  return (
    <Section title={t('orders.history')}>
      <Comment order={order} />
      <Timeline
        entries={order.history.toReversed().map((step) => ({
          key: step.id,
          at: step.at,
          title: (
            <>
              {local(step.title)} {step.internal && <span className="ta-quiet">{t('orders.internal')}</span>}
            </>
          ),
          by: step.bySide === 'system' ? t('orders.platform') : step.byName,
          tone: TONE[step.action] ?? 'moving',
          detail: step.text && <Lines text={step.text} />,
        }))}
      />
    </Section>
  );
}

function Comment({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const { scope } = useSession();
  const [text, setText] = useState('');
  const [internal, setInternal] = useState(false);
  const send = useSend<object>('POST', `/api/orders/${order.id}/comment`, {
    invalidate: READ_AGAIN,
    done: t('orders.commented'),
    onDone: () => setText(''),
  });
  if (!may('order.comment') || order.turn === 'nobody') return null;
  return (
    <div className="ta-order-comment">
      <Input.TextArea
        value={text}
        rows={2}
        maxLength={4000}
        aria-label={t('orders.comment')}
        placeholder={t('orders.commentPlaceholder')}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="ta-actions">
        {scope.side === 'centre' && (
          <Checkbox checked={internal} onChange={(event) => setInternal(event.target.checked)}>
            {t('orders.onlyCentre')}
          </Checkbox>
        )}
        <Button disabled={text.trim() === ''} loading={send.isPending} onClick={() => send.mutate({ text, internal })}>
          {t('orders.comment')}
        </Button>
      </div>
    </div>
  );
}

function OrderFacts({ order, ofUnit }: { order: OrderDetail; ofUnit: boolean }) {
  const { t } = useTranslation();
  const named = usePersonName();
  const format = useFormat();
  const minutes = (value: number | null) =>
    value === null ? null : format.workingSpan(value * 60_000, order.workingMinutesPerDay * 60_000);
  return (
    <Section title={t('orders.facts')}>
      <Facts
        facts={[
          { label: t('orders.field.unit'), value: order.unitName },
          { label: t('orders.field.authority'), value: order.authority },
          { label: t('orders.field.basis'), value: order.authorityBasis },
          !ofUnit && { label: t('orders.field.drafter'), value: named(order.draftedByName) },
          !ofUnit && { label: t('orders.field.reviewer'), value: named(order.reviewedByName) },
          { label: t('orders.field.issuer'), value: named(order.issuedByName) },
          { label: t('orders.field.issuedAt'), value: <TimeText at={order.issuedAt} form="short" /> },
          { label: t('orders.field.receiver'), value: named(order.receivedByName) },
          { label: t('orders.field.receivedAt'), value: <TimeText at={order.receivedAt} form="short" /> },
          { label: t('orders.field.workingDays'), value: t('orders.days', { count: order.workingDays }) },
          order.workingMinutesGross !== null && {
            label: t('orders.field.gross'),
            value: `${minutes(order.workingMinutesGross)} / ${minutes(order.workingMinutesNet)}`,
          },
          { label: t('orders.field.verifier'), value: order.verifierName },
          order.closedByName !== '' && { label: t('orders.field.closer'), value: named(order.closedByName) },
          order.incidentId !== null && {
            label: t('orders.field.incident'),
            value: <AppLink to={`/incidents/${order.incidentId}`}>{t('orders.openIncident')}</AppLink>,
          },
          order.joinedId !== null && {
            label: t('orders.field.joined'),
            value: <AppLink to={`/orders/${order.joinedId}`}>{t('orders.openOther')}</AppLink>,
          },
          order.repeatOf !== null && {
            label: t('orders.field.repeatOf'),
            value: <AppLink to={`/orders/${order.repeatOf}`}>{t('orders.openOther')}</AppLink>,
          },
        ]}
      />
    </Section>
  );
}

function Files({ order, ofUnit }: { order: OrderDetail; ofUnit: boolean }) {
  const { t } = useTranslation();
  const may = useMay();
  // The centre encloses while it drafts; the unit hands in evidence while it is its turn.
  const canAdd = ofUnit
    ? may('order.submit') && order.turn === 'unit'
    : may('order.draft') && order.number === null && order.turn === 'centre';
  return (
    <Section title={t('orders.files.title')} extra={canAdd && <AddFile order={order} />}>
      <FileList order={order} files={order.attachments} />
    </Section>
  );
}
