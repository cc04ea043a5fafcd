import { useParams } from '@tanstack/react-router';
import { Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { Pager } from '#parts/pager.tsx';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton, PageSkeleton } from '#parts/skeleton.tsx';
import { StatCard } from '#parts/stat-card.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { LEVEL } from '../answers.ts';
import { type Advisory, type Match, VERDICT_TONE, VERDICTS } from './answers.ts';
import { Questions } from './questions.tsx';
import '../vulnerabilities.css';

function AdvisoryPage() {
  const { id = '' } = useParams({ strict: false });
  const url = `/api/vulnerabilities/advisories/${id}`;
  const { data, error, refetch } = useGet<Advisory>(url);
  useLive('vulnerability_advisory', ['/api/vulnerabilities/advisories', '/api/vulnerabilities/questions']);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <AdvisoryView advisory={data} /> : <PageSkeleton />;
}

const CARDS = ['affected', 'unknown', 'notAffected', 'blind', 'units', 'asked'] as const;

function AdvisoryView({ advisory }: { advisory: Advisory }) {
  const { t } = useTranslation();
  const words = useTrailWords('advisory');
  const may = useMay();
  const close = useSend('POST', `/api/vulnerabilities/advisories/${advisory.id}/close`, {
    invalidate: ['/api/vulnerabilities/advisories'],
  });
  const { counts, answered } = advisory;
  return (
    <DetailLayout
      overline={advisory.ids.join('  ')}
      title={advisory.title}
      tags={
        <>
          <StateTag tone={advisory.state === 'open' ? 'moving' : 'done'}>{t(`advisory.${advisory.state}`)}</StateTag>
          <LevelTag level={LEVEL[advisory.grade] ?? 'low'} text={t(`vulnerabilities.grade.${advisory.grade}`)} />
          {advisory.matchedAt === null && <StateTag tone="moving">{t('advisory.counting')}</StateTag>}
        </>
      }
      actions={
        may('vulnerability.advise') &&
        advisory.state === 'open' && (
          <Button loading={close.isPending} onClick={() => close.mutate()}>
            {t('advisory.close')}
          </Button>
        )
      }
      banner={
        <div className="ta-vuln-figures">
          {CARDS.map((key) => (
            <StatCard
              key={key}
              label={t(`advisory.${key}`)}
              value={String(counts[key])}
              hint={key === 'asked' ? t('advisory.answered', { answered, asked: counts.asked }) : undefined}
            />
          ))}
        </div>
      }
      story={
        <>
          <Matches id={advisory.id} />
          <Section title={t('advisory.questions')}>
            <Questions advisory={advisory.id} />
          </Section>
        </>
      }
      facts={
        <Section title={t('advisory.about')}>
          <Facts
            facts={[
              { label: t('advisory.summary'), value: advisory.summary },
              { label: t('advisory.advice'), value: advisory.advice },
              ...advisory.products.map(({ name, cpe, purl, ranges }) => ({
                label: t('advisory.product'),
                value: [
                  name || purl || cpe,
                  ...ranges.map((range) => `${range.introduced ?? '0'} → ${range.fixed ?? range.lastAffected ?? ''}`),
                ].join('  '),
              })),
            ]}
          />
        </Section>
      }
      journal={{ type: 'vulnerability_advisory', id: advisory.id, words }}
    />
  );
}

const PAGE_SIZE = 20;

function Matches({ id }: { id: string }) {
  const { t } = useTranslation();
  const [verdict, setVerdict] = useState<Match['verdict'] | ''>('');
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useGet<Paged<Match>>(
    `/api/vulnerabilities/advisories/${id}/matches`,
    { verdict, page, pageSize: PAGE_SIZE },
    { keepPrevious: true },
  );
  const columns: readonly Column<Match>[] = [
    {
      key: 'target',
      title: t('advisory.target'),
      phone: 'title',
      render: ({ target, assetId }) => (assetId ? <AppLink to={`/assets/${assetId}`}>{target}</AppLink> : target),
    },
    { key: 'unit', title: t('advisory.unit'), width: 160, render: ({ unit }) => unit.name },
    {
      key: 'verdict',
      title: t('advisory.answer'),
      width: 120,
      render: (match) => (
        <StateTag tone={VERDICT_TONE[match.verdict]}>{t(`advisory.verdict.${match.verdict}`)}</StateTag>
      ),
    },
    {
      key: 'software',
      title: t('advisory.software'),
      render: (match) => (
        <span className="ta-vuln-title">
          <span>{match.software}</span>
          <span className="ta-quiet">
            {t(`advisory.confidence.${match.confidence}`)} · {t(`advisory.reason.${match.reason}`)}
          </span>
        </span>
      ),
    },
  ];
  return (
    <Section title={t('advisory.matches')}>
      <Segmented
        value={verdict}
        onChange={(value) => {
          setVerdict(value);
          setPage(1);
        }}
        options={[
          { value: '' as const, label: t('advisory.all') },
          ...VERDICTS.map((value) => ({ value, label: t(`advisory.verdict.${value}`) })),
        ]}
      />
      {error && <ErrorState error={error} retry={refetch} />}
      {data === undefined && !error && <LinesSkeleton rows={4} />}
      {data && (
        <SimpleTable<Match>
          columns={columns}
          rows={data.items}
          idOf={(match) => `${match.unit.path} ${match.target} ${match.software}`}
          empty={<EmptyState title={t('parts.list.noMatch')} />}
        />
      )}
      {data && <Pager page={page} pageSize={PAGE_SIZE} total={data.total} onPage={setPage} />}
    </Section>
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities/advisories/$id',
  title: 'advisory.title',
  permission: 'vulnerability.read',
  Page: AdvisoryPage,
};
