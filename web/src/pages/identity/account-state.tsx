import { useTranslation } from 'react-i18next';
import { StateTag } from '#parts/tags.tsx';
import type { Account } from './answers.ts';

/** The one word that says how an account is. */
export function AccountState({ account }: { account: Account }) {
  const { t } = useTranslation();
  if (account.state === 'disabled') return <StateTag tone="waiting">{t('identity.state.disabled')}</StateTag>;
  if (account.lockedUntil) return <StateTag tone="overdue">{t('identity.state.locked')}</StateTag>;
  if (account.mustChangePassword) return <StateTag tone="moving">{t('identity.state.first')}</StateTag>;
  return <StateTag tone="done">{t('identity.state.active')}</StateTag>;
}
