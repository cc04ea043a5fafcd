import { Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { dateText } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import { ASSET_FIELDS, type Asset, DUTY_TONE } from '../answers.ts';
import { DutyText, InheritedFrom } from '../duties/duty-text.tsx';
import { useFieldName, useModel, useValueText } from '../model.ts';

type Then = Answer<'/api/assets/{id}/as-of'>;

/** The asset at the end of a day; what is different now is marked. */
export function AsOf({ asset, day, onClose }: { asset: Asset; day: string; onClose(): void }) {
  const { t } = useTranslation();
  const name = useFieldName();
  const { data, error, refetch } = useGet<Then>(`/api/assets/${asset.id}/as-of`, { day });
  const unknown = data?.unknown.map(name).join(t('parts.listSeparator'));
  return (
    <Section
      title={t('changes.asOfTitle', { day })}
      extra={
        <Button size="small" onClick={onClose}>
          {t('changes.back')}
        </Button>
      }
    >
      {error &&
        (error.reason === 'asset.not_yet' ? (
          <EmptyState title={t('changes.notYet')} />
        ) : (
          <ErrorState error={error} retry={refetch} />
        ))}
      {!data && !error && <LinesSkeleton rows={6} />}
      {data?.mergedInto && (
        <p>
          {t('changes.merged')} <AppLink to={`/assets/${data.mergedInto}`}>{t('changes.mergedInto')}</AppLink>
        </p>
      )}
      {data && unknown && (
        <p className="ta-quiet">
          {t('changes.unknown', { fields: unknown })}
          {data.knownFrom && t('changes.knownFrom', { day: dateText(data.knownFrom) })}
        </p>
      )}
      {data && (
        <>
          <Differing asset={asset} then={data} />
          <DutiesThen then={data} />
          <RelationsThen id={asset.id} day={day} />
        </>
      )}
    </Section>
  );
}

function Differing({ asset, then }: { asset: Asset; then: Then }) {
  const name = useFieldName();
  const text = useValueText();
  const keys = new Set([...Object.keys(asset.attributes), ...Object.keys(then.attributes)]);
  const rows = [
    { field: 'unit', was: then.unit.name || then.unit.path, now: asset.unit.name || asset.unit.path },
    ...(['duty', 'marks'] as const)
      .filter((field) => then[field] !== null)
      .map((field) => ({ field, was: then[field], now: asset[field] })),
    ...ASSET_FIELDS.map((field) => ({ field: field as string, was: then[field], now: asset[field] })),
    ...[...keys].map((key) => ({
      field: `attributes.${key}`,
      was: then.attributes[key] ?? '',
      now: asset.attributes[key] ?? '',
    })),
  ];
  return (
    <Facts
      facts={rows
        .filter(({ field, was, now }) => text(field, was) !== '—' || text(field, now) !== '—')
        .map(({ field, was, now }) => ({
          label: name(field),
          value:
            JSON.stringify(was) === JSON.stringify(now) ? (
              text(field, was)
            ) : (
              <mark className="ta-differs">{text(field, was)}</mark>
            ),
        }))}
    />
  );
}

/** Who answered for it on that day, own or inherited. */
function DutiesThen({ then }: { then: Then }) {
  const { t } = useTranslation();
  return (
    <>
      <h4>{t('duties.title')}</h4>
      {then.duties.length === 0 ? (
        <p className="ta-quiet">{t('changes.noDuties')}</p>
      ) : (
        <ul className="ta-duties">
          {then.duties.map((duty) => (
            <li key={duty.id}>
              <DutyText duty={duty} />
              <Space size={4} wrap>
                {duty.state === null ? (
                  <StateTag tone="waiting">{t('changes.stateUnknown')}</StateTag>
                ) : (
                  <StateTag tone={DUTY_TONE[duty.state]}>{t(`duties.state.${duty.state}`)}</StateTag>
                )}
                <InheritedFrom duty={duty} />
              </Space>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What it was directly connected with on that day. */
function RelationsThen({ id, day }: { id: string; day: string }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { model } = useModel();
  const { data } = useGet<Answer<'/api/assets/{id}/graph'>>(`/api/assets/${id}/graph`, { day });
  const own = data?.edges.filter(({ fromId, toId }) => fromId === id || toId === id) ?? [];
  if (own.length === 0) return null;
  return (
    <>
      <h4>{t('relations.title')}</h4>
      <ul className="ta-relations">
        {own.map((edge) => {
          const definition = model?.relations.find(({ kind }) => kind === edge.kind);
          const other = data?.nodes.find((node) => node.id === (edge.fromId === id ? edge.toId : edge.fromId));
          return (
            definition &&
            other && (
              <li key={edge.id}>
                <span className="ta-quiet">{local(edge.fromId === id ? definition.title : definition.back)}</span>
                <AppLink to={`/assets/${other.id}`}>{other.name}</AppLink>
                <span className="ta-quiet">{other.unit.name}</span>
              </li>
            )
          );
        })}
      </ul>
    </>
  );
}
