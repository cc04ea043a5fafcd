import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { ASSET_FIELDS, type Asset } from '../answers.ts';
import { useFieldName, useValueText } from '../model.ts';

/** The asset at the end of a day; what is different now is marked. */
export function AsOf({ asset, day, onClose }: { asset: Asset; day: string; onClose(): void }) {
  const { t } = useTranslation();
  const name = useFieldName();
  const text = useValueText();
  const { data, error, refetch } = useGet<Answer<'/api/assets/{id}/as-of'>>(`/api/assets/${asset.id}/as-of`, { day });
  const keys = new Set([...Object.keys(asset.attributes), ...Object.keys(data?.attributes ?? {})]);
  const rows = data && [
    ...ASSET_FIELDS.map((field) => ({ field: field as string, was: data[field], now: asset[field] })),
    ...[...keys].map((key) => ({
      field: `attributes.${key}`,
      was: data.attributes[key] ?? '',
      now: asset.attributes[key] ?? '',
    })),
  ];
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
      {!rows && !error && <LinesSkeleton rows={6} />}
      {data && data.unknown.length > 0 && (
        <p className="ta-quiet">{t('changes.unknown', { fields: data.unknown.map(name).join('、') })}</p>
      )}
      {rows && (
        <Facts
          facts={rows
            .filter(({ was, now }) => text('', was) !== '—' || text('', now) !== '—')
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
      )}
    </Section>
  );
}
