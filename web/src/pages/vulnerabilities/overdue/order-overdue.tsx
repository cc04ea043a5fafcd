import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import { useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { AppLink, useGo } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import '../vulnerabilities.css';

type Drafts = Answer<'/api/vulnerabilities/overdue/order', 'post'>['drafts'];

/** Which overdue vulnerabilities are meant. */
interface Choice {
  readonly issueIds?: readonly string[];
  readonly assetId?: string;
}

/** Drafts orders and leads to the one draft, or tells of several. @returns the function to call, and what to show */
export function useOrderOverdue() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const invalidate = useInvalidate();
  const go = useGo();
  const [drafts, setDrafts] = useState<Drafts>();
  const draft = async (choice: Choice): Promise<void> => {
    try {
      const answer = await api.post<{ drafts: Drafts }>('/api/vulnerabilities/overdue/order', choice);
      await invalidate(['/api/vulnerabilities', '/api/orders', '/api/assets']);
      const [first, ...others] = answer.drafts;
      if (first === undefined) void message.info(t('overdue.none'), 6);
      else if (others.length === 0) {
        void message.success(t('overdue.one', { unit: first.unitName, count: first.issues }), 6);
        go(`/orders/${first.orderId}`);
      } else setDrafts(answer.drafts);
    } catch (error) {
      void message.error(errorText(error), 6);
    }
  };
  const dialog = drafts && (
    <Modal
      open
      title={t('overdue.several', { count: drafts.length })}
      footer={<Button onClick={() => setDrafts(undefined)}>{t('overdue.close')}</Button>}
      onCancel={() => setDrafts(undefined)}
    >
      <p className="ta-quiet">{t('overdue.next')}</p>
      <ul className="ta-drafts">
        {drafts.map(({ orderId, unitName, issues }) => (
          <li key={orderId}>
            <AppLink to={`/orders/${orderId}`}>{unitName}</AppLink>
            <span className="ta-quiet">{t('overdue.issues', { count: issues })}</span>
          </li>
        ))}
      </ul>
    </Modal>
  );
  return { draft, dialog };
}

/** The button of somebody who drafts orders; says first what will happen. `count` is how many wait for an order. */
export function OrderOverdue({ choice, count }: { choice: Choice; count: number }) {
  const { t } = useTranslation();
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const { draft, dialog } = useOrderOverdue();
  if (!may('vulnerability.order')) return null;
  const run = async () => {
    setBusy(true);
    await draft(choice);
    setBusy(false);
    setAsking(false);
  };
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t('overdue.button', { count })}</Button>
      {dialog}
      {asking && (
        <Modal
          open
          title={t('overdue.title')}
          okText={t('overdue.confirm')}
          okButtonProps={{ loading: busy }}
          onOk={() => void run()}
          onCancel={() => setAsking(false)}
        >
          <p>{t('overdue.consequence', { count })}</p>
        </Modal>
      )}
    </>
  );
}
