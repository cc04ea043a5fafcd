import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { Facts } from '#parts/facts.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { Section } from '#parts/section.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useSession, useSessionState } from '#shell/session.tsx';
import { PasswordForm } from './password-form.tsx';
import { TotpSection } from './totp-section.tsx';
import './identity.css';

function AccountPage() {
  const { t } = useTranslation();
  const { user, mustChangePassword } = useSession();
  const { refresh } = useSessionState();
  const { message } = App.useApp();
  const roles = user.roles.map((role) => t(`shell.role.${role}`)).join(t('parts.listSeparator'));
  return (
    <div className="ta-account">
      <PageHeader title={t('identity.account')} hint={mustChangePassword && t('identity.first.hint')} />
      {!mustChangePassword && (
        <Section title={user.name}>
          <Facts
            facts={[
              { label: t('identity.field.account'), value: user.account },
              { label: t('identity.field.home'), value: user.unit?.name },
              { label: t('identity.field.roles'), value: roles || t('identity.noRoles') },
            ]}
          />
        </Section>
      )}
      <Section title={mustChangePassword ? t('identity.first.title') : t('identity.password.change')}>
        <div className="ta-narrow">
          <PasswordForm
            submit={t('identity.password.change')}
            onChanged={async () => {
              await refresh();
              void message.success(t('identity.password.changed'));
            }}
          />
        </div>
      </Section>
      {!mustChangePassword && <TotpSection />}
    </div>
  );
}

export const page: PageDefinition = {
  path: '/account',
  title: 'identity.account',
  permission: 'signed-in',
  Page: AccountPage,
};
