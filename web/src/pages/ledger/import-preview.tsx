import { Button, Select, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { useFormat } from '#parts/time.ts';
import { type AssetImport, MEANINGS } from './answers.ts';
import { ImportRows } from './import-rows.tsx';
import { useModel } from './model.ts';

/** What the columns mean and what becomes of each row; nothing is written before it is accepted. */
export function ImportPreview({ found }: { found: AssetImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const url = `/api/assets/imports/${found.id}`;
  const invalidate = ['/api/assets'];
  const apply = useSend('POST', `${url}/apply`, { invalidate });
  const discard = useSend('POST', `${url}/discard`, { invalidate });
  const writes = found.counts.create + found.counts.update;
  return (
    <>
      <Columns found={found} />
      <Section
        title={`${t('ledger.import.preview')} · ${found.fileName}`}
        extra={
          <span className="ta-quiet">
            {t('ledger.import.previewHint', { row: found.headingRow, count: found.rowCount })}
          </span>
        }
      >
        <ImportRows found={found} />
        <Space className="ta-import-end">
          <Button type="primary" disabled={writes === 0} loading={apply.isPending} onClick={() => apply.mutate()}>
            {writes === 0
              ? t('ledger.import.applyNothing')
              : t('ledger.import.apply', { count: format.number(writes) })}
          </Button>
          <Button loading={discard.isPending} onClick={() => discard.mutate()}>
            {t('ledger.import.discard')}
          </Button>
        </Space>
      </Section>
    </>
  );
}

/** Stands for "not imported" in the choice, which shows nothing for an empty value. */
const IGNORE = 'ignore';

function Columns({ found }: { found: AssetImport }) {
  const { t } = useTranslation();
  const remap = useSend<{ mapping: string[] }>('PUT', `/api/assets/imports/${found.id}/mapping`, {
    invalidate: ['/api/assets/imports'],
  });
  const local = useLocal();
  const { model } = useModel();
  const attributes = new Map((model?.classes ?? []).flatMap((one) => one.attributes).map((one) => [one.key, one]));
  const options = [
    { value: IGNORE, label: t('ledger.import.ignore') },
    ...MEANINGS.map((value) => ({ value: value as string, label: t(`ledger.field.${value}`) })),
    ...[...attributes.values()].map(({ key, title }) => ({ value: `attributes.${key}`, label: local(title) })),
  ];
  const change = (at: number, meaning: string) =>
    remap.mutate({ mapping: found.columns.map((column, index) => (index === at ? meaning : column.meaning)) });
  return (
    <Section
      title={t('ledger.import.columns')}
      extra={<span className="ta-quiet">{t('ledger.import.columnsHint')}</span>}
    >
      <div className="ta-import-columns">
        {Array.from(found.columns.entries(), ([index, { heading, meaning }]) => {
          const name = heading || t('ledger.import.noHeading', { column: index + 1 });
          return (
            <div key={index}>
              <span className="ta-break">{name}</span>
              <Select<string>
                size="small"
                aria-label={name}
                value={meaning || IGNORE}
                disabled={remap.isPending}
                showSearch={{ optionFilterProp: 'label' }}
                options={options}
                onChange={(value) => change(index, value === IGNORE ? '' : value)}
              />
            </div>
          );
        })}
      </div>
    </Section>
  );
}
