import { Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { DayInput } from '#parts/day-input.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { Timeline } from '#parts/timeline.tsx';
import type { Asset } from '../answers.ts';
import { useFieldName, useValueText } from '../model.ts';

type Change = Answer<'/api/assets/{id}/changes'>['items'][number];
type FieldChange = Change['changes'][number];

const SHOWN = 6;

/** Fields with what they were and what they became. */
function FieldChanges({ changes }: { changes: readonly FieldChange[] }) {
  const { t } = useTranslation();
  const name = useFieldName();
  const text = useValueText();
  const [all, setAll] = useState(false);
  const shown = all ? changes : changes.slice(0, SHOWN);
  return (
    <ul className="ta-import-why">
      {shown.map((change) => (
        <li key={change.field}>
          {name(change.field)}
          {t('parts.colon')}
          <span className="ta-quiet">{text(change.field, change.from)} → </span>
          {text(change.field, change.to)}
        </li>
      ))}
      {changes.length > shown.length && (
        <li>
          <Button type="link" size="small" onClick={() => setAll(true)}>
            {t('changes.more', { count: changes.length - shown.length })}
          </Button>
        </li>
      )}
    </ul>
  );
}

/** Every change of an asset, and the asset as it was on any day. */
export function HistoryCard({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const [day, setDay] = useState('');
  const answer = useGet<{ items: readonly Change[] }>(`/api/assets/${asset.id}/changes`);
  const choose = (
    <Space size={4}>
      <span className="ta-quiet">{t('changes.asOf')}</span>
      <DayInput size="small" label={t('changes.asOf')} value={day} onChange={setDay} />
    </Space>
  );
  return (
    <>
      <QueryCard title={t('changes.title')} extra={choose} answer={answer}>
        {({ items }) => (
          <Timeline
            entries={items.map((change) => ({
              key: String(change.version),
              at: change.at,
              by: change.by,
              tone: change.version === 1 ? ('done' as const) : ('moving' as const),
              title: t(change.version === 1 ? 'changes.created' : `changes.via.${change.via}`),
              detail: change.changes.length > 0 && <FieldChanges changes={change.changes} />,
            }))}
          />
        )}
      </QueryCard>
      {day && <AsOf asset={asset} day={day} onClose={() => setDay('')} />}
    </>
  );
}

const COMPARED = [
  'name',
  'class',
  'state',
  'code',
  'importance',
  'protectionLevel',
  'filingNumber',
  'criticalInfrastructure',
  'dataGrade',
  'supervisedBy',
  'operatedBy',
  'usedBy',
  'responsiblePerson',
  'product',
  'location',
  'addresses',
  'hosts',
  'domains',
  'segments',
  'remark',
] as const satisfies readonly (keyof Asset)[];

/** The asset at the end of a day; what is different now is marked. */
function AsOf({ asset, day, onClose }: { asset: Asset; day: string; onClose(): void }) {
  const { t } = useTranslation();
  const name = useFieldName();
  const text = useValueText();
  const { data, error } = useGet<Asset>(`/api/assets/${asset.id}/as-of`, { day });
  const keys = new Set([...Object.keys(asset.attributes), ...Object.keys(data?.attributes ?? {})]);
  const rows = data && [
    ...COMPARED.map((field) => ({ field: field as string, was: data[field], now: asset[field] })),
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
      {error && <EmptyState title={t('changes.notYet')} />}
      {!rows && !error && <LinesSkeleton rows={6} />}
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
