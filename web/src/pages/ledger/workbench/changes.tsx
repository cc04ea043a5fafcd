import { Alert, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '#api/client.ts';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import { useApart } from './sides.tsx';

type Change = Answer<'/api/assets/identity-changes'>['items'][number];

/** Merges and splits, each with the way back. */
export function Changes() {
  const { t } = useTranslation();
  const named = usePersonName();
  const may = useMay();
  const [undoing, setUndoing] = useState<Change>();
  const answer = useGet<Paged<Change>>('/api/assets/identity-changes');
  return (
    <QueryCard
      title={t('workbench.tab.changes')}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('workbench.changes.none'), hint: t('workbench.changes.noneHint') }}
    >
      {({ items }) => (
        <ul className="ta-identity">
          {items.map((change) => (
            <li key={change.id}>
              <div>
                <AppLink to={`/assets/identity?id=${change.kept.id}`}>
                  <Said change={change} />
                </AppLink>
                <div className="ta-quiet">
                  <TimeText at={change.at} /> · {change.byRules ? t('workbench.changes.byRules') : named(change.by)} ·{' '}
                  {t('workbench.changes.observations', { count: change.observations })}
                  {change.reason !== '' && ` · ${change.reason}`}
                  {change.undoneAt !== null &&
                    ` · ${t('workbench.changes.undoneBy', { name: named(change.undoneBy) })}`}
                </div>
              </div>
              {may('asset.resolve') && change.undoneAt === null && (
                <Button size="small" onClick={() => setUndoing(change)}>
                  {t('workbench.changes.undo')}
                </Button>
              )}
            </li>
          ))}
          {undoing && <Undo change={undoing} onClose={() => setUndoing(undefined)} />}
        </ul>
      )}
    </QueryCard>
  );
}

/** What became of which, in a sentence. */
function Said({ change: { kind, kept, other } }: { change: Change }) {
  const { t } = useTranslation();
  const apart = useApart(kept, other);
  return t(`workbench.changes.${kind}`, { kept: apart(kept), other: apart(other) });
}

/** Undoing takes back what was changed at the asset since: only after that was said and confirmed. */
function Undo({ change, onClose }: { change: Change; onClose: () => void }) {
  const { t } = useTranslation();
  const undo = useSend<{ discardLater: boolean }, { id: string }>(
    'POST',
    `/api/assets/identity-changes/${change.id}/undo`,
    { invalidate: ['/api/assets'], done: t('workbench.changes.undone'), onDone: onClose, quiet: true },
  );
  const { error } = undo;
  const isChanged = error instanceof ApiError && error.reason === 'asset.undo.changed';
  return (
    <Modal
      open
      title={t('workbench.changes.undoTitle')}
      okText={t(isChanged ? 'workbench.changes.undoAnyway' : 'workbench.changes.undo')}
      okButtonProps={{ danger: isChanged, loading: undo.isPending }}
      onOk={() => undo.mutate({ discardLater: isChanged })}
      onCancel={onClose}
    >
      <p>
        <Said change={change} />
      </p>
      {isChanged && (
        <Alert
          type="warning"
          showIcon
          title={t('workbench.changes.changedTitle')}
          description={t('workbench.changes.changedText', { name: change.kept.name })}
        />
      )}
      {!isChanged && <p>{t('workbench.changes.undoText')}</p>}
      {!isChanged && error && <ErrorState error={error} />}
    </Modal>
  );
}
