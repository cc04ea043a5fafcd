import { Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import { IdentityKeyTag } from '../observations/parts.tsx';
import { MergeDialog } from './merge-dialog.tsx';
import { SideFacts, useApart } from './sides.tsx';

type Duplicate = Answer<'/api/assets/duplicates'>['items'][number];

const READ_AGAIN = { invalidate: ['/api/assets'] } as const;

/** Pairs that share keys and were kept apart: the same, or not. */
export function Duplicates() {
  const { t } = useTranslation();
  const answer = useGet<Paged<Duplicate>>('/api/assets/duplicates');
  return (
    <QueryCard
      title={t('workbench.tab.duplicates')}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('workbench.duplicates.none'), hint: t('workbench.duplicates.noneHint') }}
    >
      {({ items }) => (
        <ul className="ta-identity">
          {items.map((pair) => (
            <Pair key={`${pair.left.id} ${pair.right.id}`} pair={pair} />
          ))}
        </ul>
      )}
    </QueryCard>
  );
}

function Pair({ pair }: { pair: Duplicate }) {
  const { t } = useTranslation();
  const may = useMay();
  const [asking, setAsking] = useState<'merge' | 'different'>();
  const { left, right, keys, vetoes } = pair;
  return (
    <li>
      <div>
        <div className="ta-sides">
          {[[left, right] as const, [right, left] as const].map(([side, other]) => (
            <span key={side.id}>
              <AppLink to={`/assets/identity?id=${side.id}`}>{side.name}</AppLink>
              <SideFacts side={side} other={other} />
            </span>
          ))}
        </div>
        <div className="ta-keys">
          <span className="ta-quiet">{t('workbench.duplicates.shared')}</span>
          {keys.map((key) => (
            <IdentityKeyTag key={key} text={key} strong />
          ))}
        </div>
        <div className="ta-keys">
          <span className="ta-quiet">
            {t(vetoes.length > 0 ? 'workbench.duplicates.against' : 'workbench.duplicates.weak')}
          </span>
          {vetoes.map((key) => (
            <IdentityKeyTag key={key} text={key} />
          ))}
        </div>
        {may('asset.resolve') && (
          <Space wrap>
            <Button size="small" onClick={() => setAsking('merge')}>
              {t('workbench.duplicates.merge')}
            </Button>
            <Button size="small" onClick={() => setAsking('different')}>
              {t('workbench.duplicates.different')}
            </Button>
          </Space>
        )}
      </div>
      {asking === 'merge' && <MergeDialog left={left} right={right} onClose={() => setAsking(undefined)} />}
      {asking === 'different' && <Different pair={pair} onClose={() => setAsking(undefined)} />}
    </li>
  );
}

function Different({ pair: { left, right }, onClose }: { pair: Duplicate; onClose: () => void }) {
  const { t } = useTranslation();
  const apart = useApart(left, right);
  const different = useSend<{ leftId: string; rightId: string; reason: string }, { id: string }>(
    'POST',
    '/api/assets/duplicates/different',
    { ...READ_AGAIN, done: t('workbench.duplicates.kept'), quiet: true },
  );
  return (
    <ConfirmWithReason
      open
      title={t('workbench.duplicates.differentTitle')}
      consequence={t('workbench.duplicates.differentText', { left: apart(left), right: apart(right) })}
      confirmText={t('workbench.duplicates.different')}
      onCancel={onClose}
      onConfirm={async (reason) => {
        await different.mutateAsync({ leftId: left.id, rightId: right.id, reason });
        onClose();
      }}
    />
  );
}
