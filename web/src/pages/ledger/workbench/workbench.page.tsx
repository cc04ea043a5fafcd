import { Button, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { IdentityKeyTag } from '../observations/parts.tsx';
import { Changes } from './changes.tsx';
import { Duplicates } from './duplicates.tsx';
import '../ledger.css';

type Quarantined = Answer<'/api/assets/quarantine'>['items'][number];

function WorkbenchPage() {
  const { t } = useTranslation();
  const [url, patch] = useUrlState();
  const isCentre = useSession().scope.side === 'centre';
  const items = [
    { key: 'duplicates', label: t('workbench.tab.duplicates'), children: <Duplicates /> },
    { key: 'changes', label: t('workbench.tab.changes'), children: <Changes /> },
    ...(isCentre ? [{ key: 'quarantine', label: t('workbench.tab.quarantine'), children: <Quarantine /> }] : []),
  ];
  return (
    <>
      <PageHeader title={t('workbench.title')} hint={t('workbench.hint')} />
      <Tabs
        activeKey={first(url.tab) ?? 'duplicates'}
        onChange={(tab) => patch({ tab })}
        items={items}
        destroyOnHidden
      />
    </>
  );
}

/** Keys that say nothing any more, until a person vouches for one. */
function Quarantine() {
  const { t } = useTranslation();
  const may = useMay();
  const answer = useGet<Paged<Quarantined>>('/api/assets/quarantine');
  const [releasing, setReleasing] = useState<string>();
  const release = useSend<{ key: string; reason: string }, { key: string }>('POST', '/api/assets/quarantine/release', {
    invalidate: ['/api/assets'],
    done: t('workbench.quarantine.done'),
    quiet: true,
  });
  return (
    <QueryCard
      title={t('workbench.tab.quarantine')}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('workbench.quarantine.none'), hint: t('workbench.quarantine.noneHint') }}
    >
      {({ items }) => (
        <ul className="ta-identity">
          {items.map((one) => (
            <li key={one.key}>
              <div>
                <IdentityKeyTag text={one.key} />
                <div className="ta-quiet">
                  <TimeText at={one.foundAt} /> · {t('workbench.quarantine.holders', { count: one.holders })}
                  {one.releasedAt !== null && ` · ${t('workbench.quarantine.released', { name: one.releasedBy })}`}
                </div>
              </div>
              {may('asset.resolve') && one.releasedAt === null && (
                <Button size="small" onClick={() => setReleasing(one.key)}>
                  {t('workbench.quarantine.release')}
                </Button>
              )}
            </li>
          ))}
          <ConfirmWithReason
            open={releasing !== undefined}
            title={t('workbench.quarantine.releaseTitle')}
            consequence={t('workbench.quarantine.releaseText')}
            confirmText={t('workbench.quarantine.release')}
            onCancel={() => setReleasing(undefined)}
            onConfirm={async (reason) => {
              await release.mutateAsync({ key: releasing ?? '', reason });
              setReleasing(undefined);
            }}
          />
        </ul>
      )}
    </QueryCard>
  );
}

export const page: PageDefinition = {
  path: '/assets/workbench',
  title: 'workbench.title',
  permission: 'asset.read',
  menu: { group: 'ledger', order: 40 },
  Page: WorkbenchPage,
};
