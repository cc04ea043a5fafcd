import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink, useGo } from '#shell/link.tsx';

interface Account {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly lastSignInAt: string | null;
}

const SHOWN = 20;

/** The accounts of a unit, for those who may read accounts. */
export function UnitAccounts({ unitId }: { unitId: string }) {
  const { t } = useTranslation();
  const go = useGo();
  const { data, error, refetch } = useGet<Paged<Account>>('/api/users', { unitId, pageSize: SHOWN });
  const columns = useMemo<readonly Column<Account>[]>(
    () => [
      { key: 'name', title: t('identity.field.name'), render: (account) => account.name, phone: 'title' },
      { key: 'account', title: t('identity.field.account'), render: (account) => account.account },
      {
        key: 'roles',
        title: t('identity.field.roles'),
        render: (account) => account.roles.map((role) => t(`shell.role.${role}`)).join(t('parts.listSeparator')) || '—',
      },
      {
        key: 'lastSignInAt',
        title: t('identity.field.lastSignInAt'),
        render: (account) => <TimeText at={account.lastSignInAt} />,
      },
    ],
    [t],
  );
  return (
    <Section
      title={t('organizations.accounts.title')}
      extra={<AppLink to="/users">{t('organizations.accounts.all')}</AppLink>}
    >
      {error && <ErrorState error={error} retry={refetch} />}
      {!data && !error && <LinesSkeleton />}
      {data && (
        <SimpleTable<Account>
          columns={columns}
          rows={data.items}
          idOf={(account) => account.id}
          onOpen={(account) => go(`/users/${account.id}`)}
          empty={<EmptyState title={t('organizations.accounts.empty')} hint={t('organizations.accounts.emptyHint')} />}
        />
      )}
    </Section>
  );
}
