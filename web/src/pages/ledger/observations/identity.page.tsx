import { Alert, Button, Checkbox, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { absoluteTime } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { MergeWith } from '../workbench/merge-with.tsx';
import { ObservationKeys } from './parts.tsx';
import '../ledger.css';

type Identity = Answer<'/api/assets/{id}/identity'>;

function IdentityPage() {
  const { t } = useTranslation();
  const [url] = useUrlState();
  const id = first(url.id);
  const answer = useGet<Identity>(id === undefined ? null : `/api/assets/${id}/identity`);
  const { data, error } = answer;
  const actions = data && (
    <Space wrap>
      <AppLink to={`/assets/${data.id}`}>{t('observations.identity.toAsset')}</AppLink>
      {data.mergedInto === null && <MergeWith identity={data} />}
    </Space>
  );
  return (
    <>
      <PageHeader
        title={data ? `${t('observations.identity.title')} · ${data.name}` : t('observations.identity.title')}
        hint={t('observations.identity.hint')}
        actions={actions}
      />
      {id === undefined && <EmptyState title={t('observations.identity.choose')} />}
      {error && <ErrorState error={error} retry={answer.refetch} />}
      {id !== undefined && data === undefined && !error && <PageSkeleton />}
      {data && <Parts key={data.id} identity={data} />}
    </>
  );
}

function Parts({ identity }: { identity: Identity }) {
  const { t } = useTranslation();
  return (
    <div className="ta-identity-parts">
      {identity.mergedInto !== null && (
        <Alert
          type="info"
          title={t('observations.identity.merged')}
          action={
            <AppLink to={`/assets/identity?id=${identity.mergedInto}`}>{t('observations.identity.title')}</AppLink>
          }
        />
      )}
      <Observed identity={identity} />
      <Values identity={identity} />
      <Stays identity={identity} />
      {identity.former.length > 0 && <Former identity={identity} />}
    </div>
  );
}

/** The platform's own sources in words; another system keeps its name. */
function useSourceName(): (source: string) => string {
  const { t } = useTranslation();
  return (source) => t(`observations.sourceName.${source}`, { defaultValue: source });
}

/** What it consists of, and the way to take a part of it out. */
function Observed({ identity }: { identity: Identity }) {
  const { t } = useTranslation();
  const sourceName = useSourceName();
  const may = useMay();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState<string>();
  const split = useSend<{ observationIds: readonly string[]; reason: string }, { id: string }>(
    'POST',
    `/api/assets/${identity.id}/split`,
    { invalidate: ['/api/assets'], done: t('observations.identity.splitDone'), quiet: true },
  );
  const canSplit = may('asset.resolve') && identity.observations.length > 1;
  const isOwn = (one: Identity['observations'][number]) => one.source === 'ledger' && one.nativeKey === identity.id;
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const isAll = chosen.length === identity.observations.length;
  const button = canSplit && (
    <Button size="small" disabled={chosen.length === 0 || isAll} onClick={() => setAsking(true)}>
      {t('observations.identity.split')}
    </Button>
  );
  return (
    <Section title={t('observations.identity.observations')} extra={button}>
      {made !== undefined && (
        <Alert
          type="success"
          title={t('observations.identity.splitMade')}
          action={<AppLink to={`/assets/identity?id=${made}`}>{t('observations.identity.splitOpen')}</AppLink>}
        />
      )}
      {canSplit && (
        <p className="ta-quiet">{t(isAll ? 'observations.identity.splitAll' : 'observations.identity.splitHow')}</p>
      )}
      {identity.observations.length === 0 && <EmptyState title={t('observations.identity.noObservations')} />}
      <ul className="ta-identity">
        {identity.observations.map((one) => (
          <li key={one.id}>
            {canSplit && (
              <Checkbox
                aria-label={one.nativeKey}
                disabled={isOwn(one)}
                checked={chosen.includes(one.id)}
                onChange={() => toggle(one.id)}
              />
            )}
            <div>
              <strong>{sourceName(one.source)}</strong> {one.source === 'ledger' ? '' : one.nativeKey}{' '}
              <span className="ta-quiet">
                {t(`observations.state.${one.state}`)} · {t(`observations.rule.${one.rule}`)} ·{' '}
                {t('observations.until', { from: absoluteTime(one.firstSeenAt), until: absoluteTime(one.lastSeenAt) })}
              </span>
              <ObservationKeys observation={one} />
            </div>
          </li>
        ))}
      </ul>
      <ConfirmWithReason
        open={asking}
        title={t('observations.identity.splitTitle')}
        consequence={t('observations.identity.splitText', { count: chosen.length })}
        confirmText={t('observations.identity.split')}
        onCancel={() => setAsking(false)}
        onConfirm={async (reason) => {
          const { id } = await split.mutateAsync({ observationIds: chosen, reason });
          setMade(id);
          setChosen([]);
          setAsking(false);
        }}
      />
    </Section>
  );
}

/** The values that hold, whose they are, and those that lost. */
function Values({ identity }: { identity: Identity }) {
  const { t } = useTranslation();
  const sourceName = useSourceName();
  const may = useMay();
  const lock = useSend<{ field: string; value: string | null }>('PUT', `/api/assets/${identity.id}/locks`, {
    invalidate: [`/api/assets/${identity.id}`],
    done: t('observations.identity.lockDone'),
  });
  return (
    <Section title={t('observations.identity.attributes')}>
      {identity.attributes.length === 0 && <EmptyState title={t('observations.identity.noValues')} />}
      <ul className="ta-identity">
        {identity.attributes.map(({ field, value, source, losing }) => (
          <li key={field}>
            <div>
              <span className="ta-quiet">{t(`observations.field.${field}`)}</span> <strong>{value}</strong>{' '}
              <span className="ta-quiet">
                {source === ''
                  ? t('observations.identity.locked')
                  : t('observations.identity.from', { source: sourceName(source) })}
              </span>
              {may('asset.resolve') && (
                <Button
                  type="link"
                  size="small"
                  onClick={() => lock.mutate({ field, value: source === '' ? null : value })}
                >
                  {t(source === '' ? 'observations.identity.unlock' : 'observations.identity.lock')}
                </Button>
              )}
              {losing.map((one) => (
                <div key={`${one.source} ${one.value}`} className="ta-quiet">
                  <s>{one.value}</s> {t('observations.identity.from', { source: sourceName(one.source) })}
                  {t('parts.listSeparator')}
                  {t(`observations.lost.${one.why}`)}
                </div>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Stays({ identity }: { identity: Identity }) {
  const { t } = useTranslation();
  return (
    <Section title={t('observations.identity.stays')}>
      {identity.stays.length === 0 && <EmptyState title={t('observations.identity.noStays')} />}
      <ul className="ta-identity">
        {identity.stays.map(({ address, zone, firstAt, lastAt }) => (
          <li key={`${zone} ${address} ${firstAt}`}>
            <Space wrap>
              <span className="ta-code-text">{address}</span>
              <span className="ta-quiet">
                {t('observations.until', { from: absoluteTime(firstAt), until: absoluteTime(lastAt) })}
              </span>
            </Space>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Former({ identity }: { identity: Identity }) {
  const { t } = useTranslation();
  const sourceName = useSourceName();
  return (
    <Section title={t('observations.identity.former')}>
      <ul className="ta-identity">
        {identity.former.map((one) => (
          <li key={`${one.observationId} ${one.untilAt}`}>
            <Space wrap>
              <strong>{sourceName(one.source)}</strong>
              {one.nativeKey}
              <span className="ta-quiet">
                {t('observations.until', { from: absoluteTime(one.fromAt), until: absoluteTime(one.untilAt) })} ·{' '}
                {t(`observations.ended.${one.endedBy}`)}
              </span>
            </Space>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export const page: PageDefinition = {
  path: '/assets/identity',
  title: 'observations.identity.title',
  permission: 'asset.read',
  Page: IdentityPage,
};
