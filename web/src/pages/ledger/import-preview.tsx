import { Alert, Button, Checkbox, Input, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { useFormat } from '#parts/time.ts';
import { useGo } from '#shell/link.tsx';
import { type AssetImport, MEANINGS } from './answers.ts';
import { ImportRows } from './import-rows.tsx';
import { useModel } from './model.ts';

/** What the columns mean and what becomes of each row; nothing is written before it is accepted. */
export function ImportPreview({ found }: { found: AssetImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const url = `/api/assets/imports/${found.id}`;
  const invalidate = ['/api/assets'];
  const [whole, setWhole] = useState(false);
  const apply = useSend<object>('POST', `${url}/apply`, { invalidate });
  const go = useGo();
  const writes = found.counts.create + found.counts.update;
  // Where nothing is to be written there is nothing to look at either: on to the next sheet.
  const discard = useSend('POST', `${url}/discard`, {
    invalidate,
    ...(writes === 0 && { onDone: () => go('/assets/import') }),
  });
  const left = found.counts.conflict + found.counts.skip;
  const refused = whole && left > 0;
  return (
    <>
      <Columns found={found} />
      <Section
        title={[t('import.preview'), found.fileName, found.unit.name].filter((part) => part !== '').join(' · ')}
        extra={
          <span className="ta-quiet">{t('import.previewHint', { row: found.headingRow, count: found.rowCount })}</span>
        }
      >
        <ImportRows found={found} />
        {writes === 0 && found.counts.same > 0 && (
          <Alert
            className="ta-import-end"
            type="info"
            showIcon
            title={t('import.allSame', { count: found.counts.same, formatted: format.number(found.counts.same) })}
          />
        )}
        {left > 0 && (
          <Alert
            className="ta-import-end"
            type={refused ? 'warning' : 'info'}
            showIcon
            title={t(refused ? 'import.wholeLeft' : 'import.left', { count: left })}
          />
        )}
        <Space className="ta-import-end" wrap>
          {writes > 0 && (
            <>
              <Button
                type="primary"
                disabled={refused}
                loading={apply.isPending}
                onClick={() => apply.mutate({ whole })}
              >
                {t('import.apply', { count: format.number(writes) })}
              </Button>
              <Checkbox checked={whole} onChange={(event) => setWhole(event.target.checked)}>
                {t('import.whole')}
              </Checkbox>
            </>
          )}
          <Button
            type={writes === 0 ? 'primary' : 'default'}
            loading={discard.isPending}
            onClick={() => discard.mutate()}
          >
            {t(writes === 0 ? 'import.again' : 'import.discard')}
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
    { value: IGNORE, label: t('import.ignore') },
    ...MEANINGS.map((value) => ({ value: value as string, label: t(`ledger.field.${value}`) })),
    ...[...attributes.values()].map(({ key, title }) => ({ value: `attributes.${key}`, label: local(title) })),
  ];
  const left = found.columns.flatMap(({ heading, meaning }) => (meaning === '' ? heading || [] : []));
  const isNamed = found.columns.some(({ meaning }) => meaning === 'name');
  const change = (at: number, meaning: string) =>
    remap.mutate({ mapping: found.columns.map((column, index) => (index === at ? meaning : column.meaning)) });
  return (
    <Section
      title={t('import.columns')}
      extra={
        <span className="ta-quiet">
          {found.profile !== '' && t('import.profileTaken', { name: found.profile })}
          {found.profile === '' && t(isNamed ? 'import.columnsHint' : 'import.columnsChange')}
        </span>
      }
    >
      {!isNamed && (
        <Alert
          className="ta-import-unnamed"
          type="warning"
          showIcon
          title={t('import.unnamed', { row: found.headingRow })}
          description={t('import.unnamedNext')}
        />
      )}
      <div className="ta-import-columns">
        {Array.from(found.columns.entries(), ([index, { heading, meaning, ambiguous }]) => {
          const name = heading || t('import.noHeading', { column: index + 1 });
          return (
            <div key={index}>
              <span className="ta-break">
                {name} {ambiguous && <span className="ta-quiet">{t('import.byContent')}</span>}
              </span>
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
      {left.length > 0 && (
        <p className="ta-quiet">{t('import.leftOut', { columns: left.join(t('parts.listSeparator')) })}</p>
      )}
      <Profile found={found} />
    </Section>
  );
}

/** Remembers what the columns mean, for the next sheet with the same headings. */
function Profile({ found }: { found: AssetImport }) {
  const { t } = useTranslation();
  const [name, setName] = useState(found.profile);
  const save = useSend<object>('POST', `/api/assets/imports/${found.id}/profile`, {
    invalidate: ['/api/assets/imports'],
  });
  return (
    <Space.Compact className="ta-import-end">
      <Input
        size="small"
        maxLength={60}
        placeholder={t('import.profileName')}
        aria-label={t('import.profileName')}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button
        size="small"
        disabled={name.trim() === ''}
        loading={save.isPending}
        onClick={() => save.mutate({ name: name.trim() })}
      >
        {t('import.profileSave')}
      </Button>
    </Space.Compact>
  );
}
