import { PlusOutlined } from '@ant-design/icons';
import { Button, Popconfirm } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import type { Column } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import type { Token } from './answers.ts';
import { TokenForm } from './token-form.tsx';
import './identity.css';

function TokenState({ token }: { token: Token }) {
  const { t } = useTranslation();
  if (token.revokedAt) return <StateTag tone="waiting">{t('identity.state.revoked')}</StateTag>;
  if (new Date(token.expiresAt) < new Date()) return <StateTag tone="waiting">{t('identity.state.expired')}</StateTag>;
  return <StateTag tone="done">{t('identity.token.live')}</StateTag>;
}

function useColumns(): readonly Column<Token>[] {
  const { t } = useTranslation();
  const { mutate } = useSend<Token>('DELETE', (token) => `/api/tokens/${token.id}`, {
    invalidate: ['/api/tokens'],
    done: t('identity.token.revoked'),
  });
  return useMemo(
    () => [
      { key: 'name', title: t('identity.field.tokenName'), render: ({ name }) => name, phone: 'title' },
      { key: 'account', title: t('identity.field.tokenAccount'), render: ({ accountName }) => accountName },
      {
        key: 'permissions',
        title: t('identity.field.permissions'),
        width: 280,
        render: ({ permissions }) =>
          permissions
            .map((permission) => t(`rights.${permission}`, { defaultValue: permission }))
            .join(t('parts.listSeparator')),
      },
      { key: 'state', title: t('identity.field.state'), render: (token) => <TokenState token={token} /> },
      {
        key: 'expiresAt',
        title: t('identity.field.expiresAt'),
        render: ({ expiresAt }) => <TimeText at={expiresAt} form="short" />,
      },
      {
        key: 'lastUsedAt',
        title: t('identity.field.lastUsedAt'),
        render: ({ lastUsedAt }) => <TimeText at={lastUsedAt} />,
      },
      { key: 'createdBy', title: t('identity.field.createdBy'), render: ({ createdBy }) => createdBy, hidden: true },
      {
        key: 'revoke',
        title: '',
        width: 90,
        render: (token) =>
          token.revokedAt === null && (
            <Popconfirm
              title={`${t('identity.token.revoke')} · ${token.name}`}
              description={t('identity.token.revokeConfirm')}
              okText={t('identity.token.revoke')}
              okButtonProps={{ danger: true }}
              onConfirm={() => mutate(token)}
            >
              <Button type="link" size="small" danger>
                {t('identity.token.revoke')}
              </Button>
            </Popconfirm>
          ),
      },
    ],
    [t, mutate],
  );
}

function TokensPage() {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  const columns = useColumns();
  const create = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('identity.token.create')}
    </Button>
  );
  return (
    <>
      <ListPage<Token>
        name="tokens"
        title={t('identity.tokens')}
        hint={t('identity.tokensHint')}
        url="/api/tokens"
        idOf={(token) => token.id}
        columns={columns}
        actions={create}
        empty={{ title: t('identity.token.empty'), hint: t('identity.token.emptyHint'), action: create }}
      />
      <TokenForm open={creating} onClose={() => setCreating(false)} />
    </>
  );
}

export const page: PageDefinition = {
  path: '/tokens',
  title: 'identity.tokens',
  permission: 'token.manage',
  menu: { group: 'system', order: 30 },
  Page: TokensPage,
};
