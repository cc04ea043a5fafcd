import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { Timeline } from '#parts/timeline.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { type Asset, type ImportOfAsset, TONE } from './answers.ts';
import { AssetForm } from './asset-form.tsx';

/** One asset by its id, in the drawer and on its page. */
export function AssetCard({ id }: { id: string }) {
  const url = `/api/assets/${id}`;
  const { data, error, refetch } = useGet<Asset>(url);
  useLive('asset', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <AssetView asset={data} /> : <PageSkeleton />;
}

function AssetView({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const may = useMay();
  const [editing, setEditing] = useState(false);
  return (
    <>
      <DetailLayout
        overline={`${t(`ledger.kind.${asset.kind}`)} · ${asset.unit.name}`}
        title={asset.name}
        tags={
          <>
            <StateTag tone={TONE[asset.state]}>{t(`ledger.state.${asset.state}`)}</StateTag>
            {asset.criticalInfrastructure && <StateTag tone="moving">{t('ledger.critical')}</StateTag>}
          </>
        }
        mainAction={
          may('asset.manage') && (
            <Button type="primary" onClick={() => setEditing(true)}>
              {t('ledger.edit')}
            </Button>
          )
        }
        story={
          <>
            <KeysCard asset={asset} />
            <Responsibility asset={asset} />
            {may('alert.read') && <AssetAlerts id={asset.id} />}
            <AssetImports id={asset.id} />
          </>
        }
        facts={
          <>
            <Protection asset={asset} />
            <About asset={asset} />
          </>
        }
        journal={{ type: 'asset', id: asset.id }}
      />
      {editing && <AssetForm asset={asset} onClose={() => setEditing(false)} />}
    </>
  );
}

function KeysCard({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const lists = (['hosts', 'addresses', 'domains', 'segments'] as const).filter((list) => asset[list].length > 0);
  return (
    <Section title={t('ledger.section.keys')} extra={<span className="ta-quiet">{t('ledger.section.keysHint')}</span>}>
      {lists.length === 0 ? (
        <EmptyState title={t('ledger.section.keysNone')} />
      ) : (
        <Facts facts={lists.map((list) => ({ label: t(`ledger.field.${list}`), value: asset[list].join('  ') }))} />
      )}
    </Section>
  );
}

function Responsibility({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  return (
    <Section title={t('ledger.section.responsibility')}>
      <Facts
        facts={(['unit', 'supervisedBy', 'operatedBy', 'usedBy', 'responsiblePerson'] as const).map((field) => ({
          label: t(`ledger.field.${field}`),
          value: field === 'unit' ? asset.unit.name : asset[field],
        }))}
      />
    </Section>
  );
}

function Protection({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  return (
    <Section title={t('ledger.section.protection')}>
      <Facts
        facts={[
          { label: t('ledger.field.protectionLevel'), value: t(`ledger.level.${asset.protectionLevel ?? 'none'}`) },
          { label: t('ledger.field.filingNumber'), value: asset.filingNumber },
          { label: t('ledger.field.importance'), value: t(`ledger.importance.${asset.importance || 'none'}`) },
          {
            label: t('ledger.field.criticalInfrastructure'),
            value: t(asset.criticalInfrastructure ? 'ledger.yes' : 'ledger.no'),
          },
          asset.kind === 'data' && {
            label: t('ledger.field.dataGrade'),
            value: t(`ledger.dataGrade.${asset.dataGrade || 'none'}`),
          },
        ]}
      />
    </Section>
  );
}

function About({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  return (
    <Section title={t('ledger.section.about')}>
      <Facts
        facts={[
          ...(['code', 'product', 'location', 'remark'] as const).map((field) => ({
            label: t(`ledger.field.${field}`),
            value: asset[field],
          })),
          { label: t('ledger.field.source'), value: t(`ledger.source.${asset.source}`) },
          { label: t('ledger.field.firstSeenAt'), value: <TimeText at={asset.firstSeenAt} /> },
          { label: t('ledger.field.changedAt'), value: <TimeText at={asset.changedAt} /> },
        ]}
      />
    </Section>
  );
}

/** The sheets that made or changed the asset; single changes stand in its journal. */
function AssetImports({ id }: { id: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const answer = useGet<{ items: readonly ImportOfAsset[] }>(`/api/assets/${id}/imports`);
  if (answer.data?.items.length === 0) return null;
  const sheet = ({ importId, fileName }: ImportOfAsset) =>
    may('asset.import') ? <AppLink to={`/assets/import?id=${importId}`}>{fileName}</AppLink> : fileName;
  return (
    <QueryCard title={t('ledger.imports')} answer={answer}>
      {({ items }) => (
        <Timeline
          entries={items.map((one) => ({
            key: `${one.importId} ${one.rowNumber}`,
            at: one.at,
            by: one.by,
            tone: 'done' as const,
            title: (
              <>
                {t(one.created ? 'ledger.import.verdict.create' : 'ledger.import.verdict.update')} · {sheet(one)}
              </>
            ),
            detail: (
              <>
                {t('ledger.import.rowNumber')} {one.rowNumber}
                {one.changes.length > 0 &&
                  ` · ${one.changes.map(({ field }) => t(`ledger.field.${field}`)).join(t('parts.listSeparator'))}`}
              </>
            ),
          }))}
        />
      )}
    </QueryCard>
  );
}

type Alert = Answer<'/api/alerts'>['items'][number];

function AssetAlerts({ id }: { id: string }) {
  const { t } = useTranslation();
  const local = useLocal();
  const answer = useGet<Paged<Alert>>('/api/alerts', { asset: id, pageSize: 10 });
  return (
    <QueryCard
      title={t('ledger.section.alerts')}
      answer={answer}
      isEmpty={({ items }) => items.length === 0}
      empty={{ title: t('ledger.section.alertsNone') }}
    >
      {({ items }) => (
        <ul className="ta-asset-alerts">
          {items.map((alert) => (
            <li key={alert.id}>
              <LevelTag level={alert.level} />
              <AppLink to={`/alerts/${alert.id}`}>{local(alert.title)}</AppLink>
              <span className="ta-quiet">
                <TimeText at={alert.lastSeenAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </QueryCard>
  );
}
