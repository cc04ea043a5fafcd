import { Button, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { Pager } from '#parts/pager.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { StatCard } from '#parts/stat-card.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useGo } from '#shell/link.tsx';
import { MEANINGS, type Meaning, type ReportImport, type ReportTarget } from './answers.ts';

const CHANGES = ['create', 'update', 'reopen', 'close', 'same', 'kept'] as const;

/** What a report would change, target by target, and what could not be read. */
export function ImportPreview({ found }: { found: ReportImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts } = found;
  const kept = Object.entries(counts.keptBy).map(
    ([why, count]) => `${t(`vulnerabilities.import.keptBy.${why}`)} ${count}`,
  );
  return (
    <>
      <Section title={found.fileName}>
        <Facts
          facts={[
            { label: t('vulnerabilities.import.tool'), value: `${found.tool} (${found.format})` },
            { label: t('vulnerabilities.import.scannedAt'), value: <TimeText at={found.scannedAt} /> },
            {
              label: t('vulnerabilities.import.close'),
              value: t(found.partial ? 'vulnerabilities.import.partial' : 'vulnerabilities.import.whole'),
            },
            {
              label: t('vulnerabilities.import.targets'),
              value: `${format.number(counts.targets)} · ${t('vulnerabilities.import.inLedger')} ${format.number(counts.inLedger)}`,
            },
          ]}
        />
      </Section>
      {found.state === 'preview' && found.columns.length > 0 && <Columns found={found} />}
      <Section
        title={t(found.state === 'preview' ? 'vulnerabilities.import.changes' : 'vulnerabilities.import.changed')}
        extra={found.partial && <span className="ta-quiet">{t('vulnerabilities.import.partialWhy')}</span>}
      >
        <div className="ta-vuln-figures">
          {CHANGES.map((key) => (
            <StatCard
              key={key}
              label={t(`vulnerabilities.import.${key}`)}
              value={format.number(counts[key])}
              hint={key === 'kept' ? kept.join(' · ') : undefined}
            />
          ))}
        </div>
        <p className="ta-quiet">
          {(['information', 'repeated', 'suppress'] as const)
            .filter((key) => counts[key] > 0)
            .map((key) => `${t(`vulnerabilities.import.${key}`)} ${format.number(counts[key])}`)
            .join(' · ')}
        </p>
        {found.state === 'preview' && <Decide found={found} />}
      </Section>
      {found.problems.length > 0 && <Problems found={found} />}
      <Targets found={found} />
    </>
  );
}

function Decide({ found }: { found: ReportImport }) {
  const { t } = useTranslation();
  const url = `/api/vulnerabilities/imports/${found.id}`;
  const invalidate = ['/api/vulnerabilities'];
  const apply = useSend('POST', `${url}/apply`, { invalidate });
  const discard = useSend('POST', `${url}/discard`, { invalidate });
  const { create, update, reopen, close, suppress } = found.counts;
  const changes = create + update + reopen + close + suppress;
  return (
    <Space className="ta-vuln-end">
      <Button type="primary" loading={apply.isPending} onClick={() => apply.mutate()}>
        {t(changes === 0 ? 'vulnerabilities.import.applyAnyway' : 'vulnerabilities.import.apply')}
      </Button>
      <Button loading={discard.isPending} onClick={() => discard.mutate()}>
        {t('vulnerabilities.import.discard')}
      </Button>
    </Space>
  );
}

/** Stands for "not read" in the choice, which shows nothing for an empty value. */
const IGNORE = 'ignore';

function Columns({ found }: { found: ReportImport }) {
  const { t } = useTranslation();
  const go = useGo();
  const remap = useSend<ReportImport['options'], { id: string }>(
    'PUT',
    `/api/vulnerabilities/imports/${found.id}/options`,
    {
      invalidate: ['/api/vulnerabilities/imports'],
      onDone: ({ id }) => go(`/vulnerabilities/import?id=${id}`),
    },
  );
  const options = [
    { value: IGNORE, label: t('vulnerabilities.import.ignore') },
    ...MEANINGS.map((value) => ({ value, label: t(`vulnerabilities.import.meaning.${value}`) })),
  ];
  const change = (at: number, meaning: Meaning) =>
    remap.mutate({
      ...found.options,
      mapping: found.columns.map((column, index) => (index === at ? meaning : column.meaning)),
    });
  return (
    <Section title={t('vulnerabilities.import.columns')}>
      <p className="ta-quiet">
        {t(found.remembered ? 'vulnerabilities.import.columnsRemembered' : 'vulnerabilities.import.columnsHint')}
      </p>
      <div className="ta-vuln-columns">
        {Array.from(found.columns.entries(), ([index, { heading, meaning }]) => (
          <div key={index}>
            <span className="ta-break">{heading || `#${index + 1}`}</span>
            <Select<Meaning | typeof IGNORE>
              size="small"
              aria-label={heading || `#${index + 1}`}
              value={meaning || IGNORE}
              disabled={remap.isPending}
              showSearch={{ optionFilterProp: 'label' }}
              options={options}
              onChange={(value) => change(index, value === IGNORE ? '' : value)}
            />
          </div>
        ))}
      </div>
    </Section>
  );
}

function Problems({ found }: { found: ReportImport }) {
  const { t } = useTranslation();
  const { problems, counts } = found;
  return (
    <Section
      title={t('vulnerabilities.import.problems')}
      extra={
        counts.problems > problems.length && (
          <span className="ta-quiet">
            {t('vulnerabilities.import.problemsMore', { count: counts.problems, shown: problems.length })}
          </span>
        )
      }
    >
      <ul className="ta-vuln-lines">
        {Array.from(problems.entries(), ([index, { row, reason, detail }]) => (
          <li key={index}>
            {t('vulnerabilities.import.problemRow', { row })}
            {t('parts.colon')}
            {t(`vulnerabilities.import.reason.${reason.replaceAll('.', '_')}`)}{' '}
            <span className="ta-quiet">{detail}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const PAGE_SIZE = 20;

function Targets({ found }: { found: ReportImport }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useGet<Paged<ReportTarget>>(
    `/api/vulnerabilities/imports/${found.id}/targets`,
    { page, pageSize: PAGE_SIZE },
    { keepPrevious: true },
  );
  const columns: readonly Column<ReportTarget>[] = [
    {
      key: 'target',
      title: t('vulnerabilities.field.target'),
      width: 200,
      phone: 'title',
      render: (row) => row.target,
    },
    {
      key: 'asset',
      title: t('vulnerabilities.field.asset'),
      render: (row) =>
        row.asset ? (
          <span title={row.foundBy.join('\n')}>{row.asset.name}</span>
        ) : (
          <span className="ta-quiet">{t('vulnerabilities.notInLedger')}</span>
        ),
    },
    {
      key: 'seen',
      title: t('vulnerabilities.import.scannedAt'),
      width: 180,
      render: (row) =>
        [
          t(row.alive ? 'vulnerabilities.import.alive' : 'vulnerabilities.import.dead'),
          row.credentialed && t('vulnerabilities.import.credentialed'),
          row.ports.slice(0, 40),
        ]
          .filter(Boolean)
          .join(' · '),
    },
    ...CHANGES.filter((key) => key !== 'kept').map(
      (key): Column<ReportTarget> => ({
        key,
        title: t(`vulnerabilities.import.${key}`),
        width: 72,
        align: 'right',
        render: (row) => row.counts[key] || '—',
      }),
    ),
  ];
  return (
    <Section title={t('vulnerabilities.import.targets')}>
      {error && <ErrorState error={error} retry={refetch} />}
      {data === undefined && !error && <LinesSkeleton rows={6} />}
      {data && (
        <SimpleTable<ReportTarget>
          columns={columns}
          rows={data.items}
          idOf={(row) => String(row.position)}
          empty={<EmptyState title={t('parts.list.noMatch')} />}
        />
      )}
      {data && <Pager page={page} pageSize={PAGE_SIZE} total={data.total} onPage={setPage} />}
    </Section>
  );
}
