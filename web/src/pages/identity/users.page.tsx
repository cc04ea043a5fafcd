import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { AccountState } from './account-state.tsx';
import type { Account, RoleRights } from './answers.ts';
import { UserCard } from './user-detail.tsx';
import { UserForm } from './user-form.tsx';
import './identity.css';

function useColumns(): readonly Column<Account>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: 'name', title: t('identity.field.name'), render: ({ name }) => name, phone: 'title' },
      { key: 'account', title: t('identity.field.account'), render: ({ account }) => account },
      { key: 'home', title: t('identity.field.home'), render: ({ home }) => home, width: 240 },
      {
        key: 'roles',
        title: t('identity.field.roles'),
        render: ({ roles }) =>
          roles.length > 0 ? (
            roles.map((role) => t(`shell.role.${role}`)).join(t('parts.listSeparator'))
          ) : (
            <span className="ta-quiet">{t('identity.noRoles')}</span>
          ),
      },
      {
        key: 'totp',
        title: t('identity.field.totp'),
        render: ({ totpEnabled }) => t(totpEnabled ? 'identity.on' : 'identity.off'),
        phone: 'hidden',
      },
      { key: 'state', title: t('identity.field.state'), render: (account) => <AccountState account={account} /> },
      {
        key: 'lastSignInAt',
        title: t('identity.field.lastSignInAt'),
        render: ({ lastSignInAt }) => <TimeText at={lastSignInAt} />,
      },
    ],
    [t],
  );
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  const { data } = useGet<{ items: readonly RoleRights[] }>('/api/roles');
  return useMemo(
    () => [
      {
        kind: 'select',
        key: 'role',
        label: t('identity.field.roles'),
        options: (data?.items ?? []).map(({ role }) => ({ value: role, label: t(`shell.role.${role}`) })),
      },
      {
        kind: 'select',
        key: 'state',
        label: t('identity.field.state'),
        options: (['active', 'disabled'] as const).map((value) => ({ value, label: t(`identity.state.${value}`) })),
      },
    ],
    [t, data],
  );
}

function UsersPage() {
  const { t } = useTranslation();
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const columns = useColumns();
  const filters = useFilters();
  const create = may('user.manage') && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('identity.user.create')}
    </Button>
  );
  return (
    <>
      <ListPage<Account>
        name="users"
        title={t('identity.users')}
        hint={t('identity.usersHint')}
        url="/api/users"
        search={t('identity.user.search')}
        live="account"
        idOf={(account) => account.id}
        columns={columns}
        filters={filters}
        detail={(id) => <UserCard id={id} />}
        hrefOf={(id) => `/users/${id}`}
        actions={create}
        empty={{ title: t('identity.user.empty'), hint: t('identity.user.emptyHint'), action: create }}
      />
      <UserForm open={creating} onClose={() => setCreating(false)} />
    </>
  );
}

export const page: PageDefinition = {
  path: '/users',
  title: 'identity.users',
  permission: 'user.read',
  menu: { group: 'system', order: 20 },
  Page: UsersPage,
};
