import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { LongText } from '#parts/long-text.tsx';
import { Pager } from '#parts/pager.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import { type AssetImport, type ImportRow, VERDICT_TONE, VERDICTS } from './answers.ts';
import { useFieldName, useValueText } from './model.ts';

const PAGE_SIZE = 20;

/** What a new asset will consist of, as the sheet says it. */
function Contents({ row, found }: { row: ImportRow; found: AssetImport }) {
  const { t } = useTranslation();
  const fieldName = useFieldName();
  const said = found.columns.flatMap(({ meaning }, at) => {
    const cell = row.cells[at] ?? '';
    return meaning === '' || meaning === 'name' || cell === '' ? [] : `${fieldName(meaning)}${t('parts.colon')}${cell}`;
  });
  return said.length === 0 ? null : <LongText text={said.join(' · ')} />;
}

/** Why a row is kept out or what was assumed, and what it changes. */
function Why({ row }: { row: ImportRow }) {
  const { t } = useTranslation();
  const text = useValueText();
  const fieldName = useFieldName();
  const field = (names: string): string =>
    names
      .split(',')
      .map((name) => ({ address: 'addresses', host: 'hosts', domain: 'domains' })[name] ?? name)
      .map(fieldName)
      .join(t('parts.listSeparator'));
  return (
    <ul className="ta-plain-lines">
      {Array.from(row.reasons.entries(), ([index, { reason, field: name, detail }]) => {
        const shown = reason === 'class.assumed' || reason === 'state.move' ? text(name, detail) : detail;
        return (
          <li key={index}>
            {t(`import.reason.${reason.replaceAll('.', '_')}`, { field: field(name), detail: shown })}
          </li>
        );
      })}
      {row.changes.map((change) => (
        <li key={change.field}>
          {field(change.field)}
          {t('parts.colon')}
          {text(change.field, change.to)}{' '}
          <span className="ta-quiet">
            {t('import.from')} {text(change.field, change.from)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The name, with the way to the asset where the row is about one that is there. */
function AssetName({ row: { name, assetId } }: { row: ImportRow }) {
  if (name === '') return '—';
  return assetId === null ? name : <AppLink to={`/assets/${assetId}`}>{name}</AppLink>;
}

/** The rows of an import by what becomes of them. */
export function ImportRows({ found }: { found: AssetImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [verdict, setVerdict] = useState<ImportRow['verdict'] | ''>('');
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useGet<Paged<ImportRow>>(
    `/api/assets/imports/${found.id}/rows`,
    { verdict, page, pageSize: PAGE_SIZE },
    { keepPrevious: true },
  );
  const columns: readonly Column<ImportRow>[] = [
    { key: 'number', title: t('import.rowNumber'), width: 72, align: 'right', render: (row) => row.number },
    {
      key: 'verdict',
      title: t('import.result'),
      width: 100,
      render: (row) => <StateTag tone={VERDICT_TONE[row.verdict]}>{t(`import.verdict.${row.verdict}`)}</StateTag>,
    },
    {
      key: 'name',
      title: t('ledger.field.name'),
      width: 220,
      phone: 'title',
      render: (row) => <AssetName row={row} />,
    },
    {
      key: 'why',
      title: t('import.why'),
      render: (row) => (
        <>
          {row.verdict === 'create' && <Contents row={row} found={found} />}
          {row.reasons.length + row.changes.length > 0 && <Why row={row} />}
        </>
      ),
    },
  ];
  return (
    <div className="ta-import-rows">
      <Segmented
        value={verdict}
        onChange={(value) => {
          setVerdict(value);
          setPage(1);
        }}
        options={[
          { value: '' as const, label: `${t('import.all')} ${format.number(found.rowCount)}` },
          ...VERDICTS.map((value) => ({
            value,
            label: `${t(`import.verdict.${value}`)} ${format.number(found.counts[value])}`,
          })),
        ]}
      />
      {error && <ErrorState error={error} retry={refetch} />}
      {data === undefined && !error && <LinesSkeleton rows={8} />}
      {data && (
        <SimpleTable<ImportRow>
          columns={columns}
          rows={data.items}
          idOf={(row) => String(row.number)}
          empty={<EmptyState title={t('parts.list.noMatch')} />}
        />
      )}
      {data && <Pager page={page} pageSize={PAGE_SIZE} total={data.total} onPage={setPage} />}
    </div>
  );
}
