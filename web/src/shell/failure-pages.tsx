import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { Button, Result } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from '../parts/error-state.tsx';
import { AppLink } from './link.tsx';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Result
      status="404"
      icon={<span className="ta-result-code">404</span>}
      title={t('shell.notFound.title')}
      subTitle={t('shell.notFound.hint')}
      extra={<AppLink to="/">{t('shell.toStart')}</AppLink>}
    />
  );
}

export function ForbiddenPage() {
  const { t } = useTranslation();
  return (
    <Result
      status="403"
      icon={<span className="ta-result-code">403</span>}
      title={t('shell.forbidden.title')}
      subTitle={t('shell.forbidden.hint')}
      extra={<AppLink to="/">{t('shell.toStart')}</AppLink>}
    />
  );
}

/** A page that broke while it was drawn or loaded. The menu stays usable. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  useEffect(() => {
    console.error(error);
  }, [error]);
  return (
    <ErrorState
      error={error}
      action={
        <Button
          type="primary"
          onClick={() => {
            reset();
            void router.invalidate();
          }}
        >
          {t('parts.retry')}
        </Button>
      }
    />
  );
}
