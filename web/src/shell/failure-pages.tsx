import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { Button } from 'antd';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from '../parts/error-state.tsx';
import { AppLink } from './link.tsx';

/** A page that only says why there is none. */
export function Notice(props: { code?: string; title: string; hint: string; action: ReactNode }) {
  return (
    <section className="ta-notice">
      {props.code && <span className="ta-notice-code">{props.code}</span>}
      <h1>{props.title}</h1>
      <p className="ta-quiet">{props.hint}</p>
      {props.action}
    </section>
  );
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Notice
      code="404"
      title={t('shell.notFound.title')}
      hint={t('shell.notFound.hint')}
      action={<AppLink to="/">{t('shell.toStart')}</AppLink>}
    />
  );
}

export function ForbiddenPage() {
  const { t } = useTranslation();
  return (
    <Notice
      code="403"
      title={t('shell.forbidden.title')}
      hint={t('shell.forbidden.hint')}
      action={<AppLink to="/">{t('shell.toStart')}</AppLink>}
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
