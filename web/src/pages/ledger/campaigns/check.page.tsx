import { Button, Segmented, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { type Paged, useGet, useInvalidate, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { Deadline } from '#parts/deadline.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { useLocal } from '#parts/local.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { endOfDay } from '#parts/time.ts';
import { AppLink, useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { first, useUrlState } from '#shell/url-state.ts';
import { TONE } from '../answers.ts';
import { AssetForm } from '../asset-form.tsx';
import { useModel } from '../model.ts';
import '../ledger.css';
import './campaigns.css';

type Asked = Answer<'/api/campaigns/asked'>['items'][number];
type Item = Answer<'/api/campaigns/{id}/assets'>['items'][number];

/** What says what is asked, by when, and what is missing before the list can be sent. */
const ASKED_ID = 'check-asked';
const PAGE_SIZE = 20;
const ANSWERS = ['open', 'confirmed', 'rejected'] as const;

/** A unit goes through its list: ours and right, correct it, or not ours. */
function CheckPage() {
  const { t } = useTranslation();
  const [url] = useUrlState();
  const id = first(url.id);
  const { data, error, refetch } = useGet<{ items: readonly Asked[] }>('/api/campaigns/asked');
  if (error) return <ErrorState error={error} retry={refetch} />;
  if (data === undefined) return <PageSkeleton />;
  const asked = data.items.find((one) => one.campaignId === id) ?? data.items[0];
  if (asked) return <List key={asked.campaignId} asked={asked} />;
  return (
    <EmptyState
      title={t('campaigns.asked.done')}
      action={<AppLink to="/assets">{t('campaigns.asked.toAssets')}</AppLink>}
    />
  );
}

function List({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const go = useGo();
  const invalidate = useInvalidate();
  const [shown, setShown] = useState<(typeof ANSWERS)[number]>('open');
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<Item>();
  const [rejecting, setRejecting] = useState<Item>();
  const base = `/api/campaigns/${asked.campaignId}`;
  const answer = useGet<Paged<Item>>(`${base}/assets`, { answer: shown, pageSize: PAGE_SIZE }, { keepPrevious: true });
  const again = ['/api/campaigns', '/api/assets'];
  const confirm = useSend<object>('POST', `${base}/answer`, { invalidate: again, done: t('campaigns.asked.answered') });
  const finish = useSend('POST', `${base}/finish`, {
    invalidate: again,
    done: t('campaigns.asked.finished'),
    onDone: () => go('/assets'),
  });
  const left = asked.assets - asked.confirmed - asked.rejected;
  const items = answer.data?.items ?? [];
  return (
    <>
      <PageHeader
        title={t('campaigns.asked.page')}
        hint={asked.title}
        actions={
          <>
            <Button onClick={() => setAdding(true)}>{t('campaigns.asked.add')}</Button>
            <Button
              type={left === 0 ? 'primary' : 'default'}
              disabled={left > 0}
              aria-describedby={ASKED_ID}
              loading={finish.isPending}
              onClick={() => finish.mutate()}
            >
              {t('campaigns.asked.finish')}
            </Button>
          </>
        }
      />
      <div id={ASKED_ID} className="ta-check-asked">
        {asked.instructions && <p>{asked.instructions}</p>}
        <Deadline compact dueAt={endOfDay(asked.dueOn)} />
        <div>
          {left > 0
            ? t('campaigns.asked.leftThenFinish', { count: left, button: t('campaigns.asked.finish') })
            : t('campaigns.asked.nowFinish', { button: t('campaigns.asked.finish') })}
        </div>
      </div>
      <QueryCard
        title={
          <Segmented
            value={shown}
            onChange={setShown}
            options={ANSWERS.map((value) => ({
              value,
              label: t(`campaigns.asked.${value === 'open' ? 'all' : value}`),
            }))}
          />
        }
        extra={
          shown === 'open' &&
          items.length > 1 && (
            <Button
              size="small"
              loading={confirm.isPending}
              onClick={() => confirm.mutate({ assetIds: items.map(({ asset }) => asset.id), answer: 'confirmed' })}
            >
              {t('campaigns.asked.confirmAll', { count: items.length })}
            </Button>
          )
        }
        answer={answer}
        isEmpty={(data) => data.items.length === 0}
        empty={{ title: t('campaigns.asked.nothing'), hint: t('campaigns.asked.nothingHint') }}
      >
        {(data) => (
          <ul className="ta-check">
            {data.items.map((item) => (
              <CheckLine
                key={item.asset.id}
                item={item}
                busy={confirm.isPending}
                onConfirm={() => confirm.mutate({ assetIds: [item.asset.id], answer: 'confirmed' })}
                onCorrect={() => setEditing(item)}
                onReject={() => setRejecting(item)}
              />
            ))}
          </ul>
        )}
      </QueryCard>
      {adding && <AssetForm onClose={() => setAdding(false)} />}
      {editing && (
        <AssetForm
          asset={editing.asset}
          onClose={() => {
            setEditing(undefined);
            void invalidate(['/api/campaigns']);
          }}
        />
      )}
      <ConfirmWithReason
        open={rejecting !== undefined}
        title={`${t('campaigns.asked.reject')} · ${rejecting?.asset.name ?? ''}`}
        consequence={t('campaigns.asked.rejectNext')}
        confirmText={t('campaigns.asked.reject')}
        danger
        onConfirm={async (note) => {
          await api.post(`${base}/answer`, { assetIds: [rejecting?.asset.id], answer: 'rejected', note });
          setRejecting(undefined);
          await invalidate(again);
        }}
        onCancel={() => setRejecting(undefined)}
      />
    </>
  );
}

interface CheckLineProps {
  readonly item: Item;
  readonly busy: boolean;
  onConfirm(): void;
  onCorrect(): void;
  onReject(): void;
}

function CheckLine({ item, busy, onConfirm, onCorrect, onReject }: CheckLineProps) {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  const { asset } = item;
  const shown = classOf(asset.class);
  const keys = [...asset.hosts, ...asset.addresses, ...asset.domains, ...asset.segments];
  const holders = [asset.usedBy && `${t('ledger.field.usedBy')} ${asset.usedBy}`, asset.responsiblePerson];
  return (
    <li>
      <div>
        <AppLink to={`/assets/${asset.id}`}>{asset.name}</AppLink>{' '}
        <StateTag tone={TONE[asset.state]}>{t(`ledger.state.${asset.state}`)}</StateTag>
        <div className="ta-quiet">
          {[shown && local(shown.title), keys.slice(0, 3).join('  '), ...holders].filter(Boolean).join(' · ')}
        </div>
        {item.note && <div>{item.note}</div>}
      </div>
      <Space size={8} wrap>
        {item.answer !== 'confirmed' && (
          <Button color="primary" variant="outlined" size="small" disabled={busy} onClick={onConfirm}>
            {t('campaigns.asked.confirm')}
          </Button>
        )}
        {item.answer === '' && (
          <Button size="small" onClick={onCorrect}>
            {t('campaigns.asked.correct')}
          </Button>
        )}
        {item.answer !== 'rejected' && (
          <Button type="text" size="small" danger onClick={onReject}>
            {t('campaigns.asked.reject')}
          </Button>
        )}
      </Space>
    </li>
  );
}

export const page: PageDefinition = {
  path: '/my/assets/check',
  title: 'campaigns.asked.page',
  permission: 'asset.claim',
  Page: CheckPage,
};
