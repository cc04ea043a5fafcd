import { useTranslation } from 'react-i18next';
import iconUrl from './icon.svg?url';
import { AppLink } from './link.tsx';

/** The sign and name of the platform; a link to the start. */
export function Logo({ small = false }: { small?: boolean }) {
  const { t } = useTranslation();
  return (
    <AppLink to="/" className="ta-logo" aria-label={t('shell.toStart')}>
      <img src={iconUrl} alt="" width={28} height={28} />
      {!small && <strong>{t('shell.name')}</strong>}
    </AppLink>
  );
}
