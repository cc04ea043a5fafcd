import { Button, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { LongText } from '#parts/long-text.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { Timeline } from '#parts/timeline.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { type Asset, type AssetDetail, type ImportOfAsset, TONE } from './answers.ts';
import { AssetEvents } from './asset-events.tsx';
import { AssetForm } from './asset-form.tsx';
import { AssetMoves } from './asset-moves.tsx';
import { useAssetWords } from './changes/asset-words.ts';
import { DutiesCard } from './duties/duties-card.tsx';
import { LifeCard } from './life/life-card.tsx';
import { StandingCards } from './life/standing-cards.tsx';
import { useAttributeText, useFieldName, useModel } from './model.ts';
import { RelationsCard } from './relations/relations-card.tsx';
import { AssetSoftware } from './software/asset-software.tsx';

/** One asset by its id, in the drawer and on its page. */
export function AssetCard({ id }: { id: string }) {
  const url = `/api/assets/${id}`;
  const { data, error, refetch } = useGet<AssetDetail>(url);
  useLive('asset', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <AssetView asset={data} /> : <PageSkeleton />;
}

function AssetView({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const may = useMay();
  const { classOf } = useModel();
  const words = useAssetWords();
  const [editing, setEditing] = useState(false);
  const shown = classOf(asset.class);
  return (
    <>
      <DetailLayout
        overline={`${shown ? local(shown.title) : ''} · ${asset.unit.name}`}
        title={asset.name}
        tags={
          <>
            <StateTag tone={TONE[asset.state]}>{t(`ledger.state.${asset.state}`)}</StateTag>
            {asset.criticalInfrastructure && <StateTag tone="moving">{t('ledger.critical')}</StateTag>}
            <Marks asset={asset} />
          </>
        }
        actions={may('asset.manage') && <Button onClick={() => setEditing(true)}>{t('ledger.edit')}</Button>}
        mainAction={<AssetMoves asset={asset} />}
        banner={<StandingCards asset={asset} />}
        story={
          <>
            <ClassFacts asset={asset} />
            <KeysCard asset={asset} />
            <RelationsCard asset={asset} />
            <LifeCard asset={asset} />
            {may('vulnerability.read') && <AssetSoftware id={asset.id} />}
            {may('event.search') && <AssetEvents asset={asset} />}
            <AssetImports id={asset.id} />
          </>
        }
        facts={
          <>
            <DutiesCard asset={asset} />
            <Protection asset={asset} />
            <About asset={asset} />
          </>
        }
        journal={{ type: 'asset', id: asset.id, words }}
      />
      {editing && <AssetForm asset={asset} onClose={() => setEditing(false)} />}
    </>
  );
}

/** What rules say of the asset, each with what it means. */
export function Marks({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  return asset.marks.map((mark) => (
    <Tooltip key={mark} title={t(`ledger.markHint.${mark}`)}>
      <span>
        <StateTag tone="overdue">{t(`ledger.mark.${mark}`)}</StateTag>
      </span>
    </Tooltip>
  ));
}

/** The attributes of its class that have a value, and how many have none. */
function ClassFacts({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  const text = useAttributeText();
  const shown = classOf(asset.class);
  if (!shown) return null;
  const filled = shown.attributes.filter(({ key }) => asset.attributes[key] !== undefined);
  const empty = shown.attributes.length - filled.length;
  const due = shown.due !== null && asset.dueOn !== null;
  return (
    <Section
      title={t('ledger.section.ofClass', { class: local(shown.title) })}
      extra={empty > 0 && <span className="ta-quiet">{t('ledger.section.unfilled', { count: empty })}</span>}
    >
      {filled.length === 0 ? (
        <EmptyState title={t('ledger.section.ofClassNone')} />
      ) : (
        <Facts
          facts={filled.map((attribute) => ({
            label: local(attribute.title),
            value: (
              <>
                {text(attribute, asset.attributes[attribute.key])}
                {due && attribute.key === shown.due && <DueTag day={asset.dueOn ?? ''} />}
              </>
            ),
          }))}
        />
      )}
    </Section>
  );
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 60;

/** How long until a day, or how long past it. */
function DueTag({ day }: { day: string }) {
  const { t } = useTranslation();
  const days = Math.ceil((Date.parse(`${day}T23:59:59+08:00`) - Date.now()) / DAY_MS) - 1;
  if (days > SOON_DAYS) return null;
  return (
    <span className="ta-due">
      <StateTag tone={days < 0 ? 'overdue' : 'moving'}>
        {t(days < 0 ? 'ledger.due.past' : 'ledger.due.left', { count: Math.abs(days) })}
      </StateTag>
    </span>
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
        <Facts
          facts={lists.map((list) => ({
            label: t(`ledger.field.${list}`),
            value: <LongText text={asset[list].join('  ')} />,
          }))}
        />
      )}
    </Section>
  );
}

/** Level and importance, of classes that have them. */
function Protection({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const { classOf } = useModel();
  const shared = classOf(asset.class)?.shared ?? [];
  const facts = [
    shared.includes('protectionLevel') && {
      label: t('ledger.field.protectionLevel'),
      value: t(`ledger.level.${asset.protectionLevel ?? 'none'}`),
    },
    shared.includes('filingNumber') && { label: t('ledger.field.filingNumber'), value: asset.filingNumber },
    shared.includes('importance') && {
      label: t('ledger.field.importance'),
      value: t(`ledger.importance.${asset.importance || 'none'}`),
    },
    shared.includes('criticalInfrastructure') && {
      label: t('ledger.field.criticalInfrastructure'),
      value: t(asset.criticalInfrastructure ? 'ledger.yes' : 'ledger.no'),
    },
    shared.includes('dataGrade') && {
      label: t('ledger.field.dataGrade'),
      value: t(`ledger.dataGrade.${asset.dataGrade || 'none'}`),
    },
  ];
  if (facts.every((fact) => fact === false)) return null;
  return (
    <Section title={t('ledger.section.protection')}>
      <Facts facts={facts} />
    </Section>
  );
}

/** Left out where it has none: of many classes nobody expects one. */
const OPTIONAL = ['product', 'location'] as const;

function About({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const written = (field: 'code' | 'remark' | (typeof OPTIONAL)[number]) => ({
    label: t(`ledger.field.${field}`),
    value: asset[field] && <LongText text={asset[field]} />,
  });
  return (
    <Section title={t('ledger.section.about')}>
      <Facts
        facts={[
          { label: t('ledger.field.kind'), value: t(`ledger.kind.${asset.kind}`) },
          written('code'),
          ...OPTIONAL.map((field) => asset[field] !== '' && written(field)),
          written('remark'),
          { label: t('ledger.field.source'), value: t(`ledger.source.${asset.source}`) },
          { label: t('ledger.field.firstSeenAt'), value: <TimeText at={asset.firstSeenAt} /> },
          { label: t('ledger.field.lastSeenAt'), value: <TimeText at={asset.lastSeenAt} /> },
          { label: t('ledger.field.changedAt'), value: <TimeText at={asset.changedAt} /> },
        ]}
      />
    </Section>
  );
}

/** The sheets that made or changed the asset; single changes stand in its journal. */
function AssetImports({ id }: { id: string }) {
  const { t } = useTranslation();
  const named = usePersonName();
  const fieldName = useFieldName();
  const answer = useGet<{ items: readonly ImportOfAsset[] }>(`/api/assets/${id}/imports`);
  if (answer.data?.items.length === 0) return null;
  return (
    <QueryCard title={t('ledger.imports')} answer={answer}>
      {({ items }) => (
        <Timeline
          entries={items.map((one) => ({
            key: `${one.importId} ${one.rowNumber}`,
            at: one.at,
            by: named(one.by),
            tone: 'done' as const,
            title: (
              <>
                {t(one.created ? 'import.verdict.create' : 'import.verdict.update')} ·{' '}
                <AppLink to={`/assets/import?id=${one.importId}`}>{one.fileName}</AppLink>
              </>
            ),
            detail: (
              <>
                {t('import.rowNumber')} {one.rowNumber}
                {one.changes.length > 0 &&
                  ` · ${one.changes.map(({ field }) => fieldName(field)).join(t('parts.listSeparator'))}`}
              </>
            ),
          }))}
        />
      )}
    </QueryCard>
  );
}
