import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { Button } from 'antd';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, isReachable } from '../api/client.ts';
import { useErrorText } from '../api/error-text.ts';
import { ErrorState } from '../parts/error-state.tsx';
import { AppLink } from './link.tsx';

/** A page that only says why there is none. */
function Notice(props: { code?: string; title: string; hint: string; action: ReactNode }) {
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

/** How long until an unreachable platform is asked again. */
const RETRY_MS = 5_000;

/** Nothing can be shown: it is asked again until it can. @param retry must stay the same function */
export function Unreachable({ error, retry }: { error: ApiError; retry: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  useEffect(() => {
    const timer = setInterval(retry, RETRY_MS);
    return () => clearInterval(timer);
  }, [retry]);
  const answered = error.code !== 'unreachable';
  return (
    <Notice
      title={t(answered ? 'shell.unreachable.ill' : 'shell.unreachable.title')}
      hint={answered ? t('shell.unreachable.illHint', { why: errorText(error) }) : t('shell.unreachable.hint')}
      action={<Button onClick={retry}>{t('parts.retry')}</Button>}
    />
  );
}

/** A page that could not be loaded is only loaded again with the document: a browser remembers that it failed. */
function loadAgain(): void {
  void isReachable().then((reachable) => {
    if (reachable) window.location.reload();
  });
}

/** A page that broke while it was drawn or loaded. The menu stays usable. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  useEffect(() => {
    console.error(error);
  }, [error]);
  if (error instanceof ApiError && error.code === 'unreachable') return <Unreachable error={error} retry={loadAgain} />;
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
