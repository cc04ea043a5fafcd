import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '#parts/empty-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { Section } from '#parts/section.tsx';
import { TimeText } from '#parts/time-text.tsx';
import type { RuleHit } from './answers.ts';

/** What made the rule true: field, the test in the reader's words, and the value where the test does not say it. */
function Matched({ matched }: Pick<RuleHit, 'matched'>) {
  const { t } = useTranslation();
  return (
    <ul className="ta-rule-matched">
      {Array.from(matched.entries(), ([index, { field, value, condition }]) => {
        const [word = '', ...rest] = condition.split(' ');
        return (
          <li key={index}>
            <strong>{field || t('detection.wholeEvent')}</strong>{' '}
            <span className="ta-quiet">
              {t(`detection.test.${word}`, { defaultValue: word })} {rest.join(' ')}
            </span>
            {word !== 'equals' && <div className="ta-rule-value">{value}</div>}
          </li>
        );
      })}
    </ul>
  );
}

function useColumns(): readonly Column<RuleHit>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        key: 'eventAt',
        title: t('detection.hit.eventAt'),
        width: 130,
        render: (hit) => <TimeText at={hit.eventAt} form="short" />,
      },
      {
        key: 'entity',
        title: t('detection.hit.entity'),
        width: 160,
        phone: 'title',
        render: (hit) => <span className="ta-break">{hit.entity.value}</span>,
      },
      { key: 'matched', title: t('detection.hit.matched'), render: (hit) => <Matched matched={hit.matched} /> },
    ],
    [t],
  );
}

/** Shown before somebody asks for all. */
const FIRST = 5;

/** The latest times the rule fired. @param silent it only feeds correlations */
export function RecentHits({ hits, silent }: { hits: readonly RuleHit[]; silent: boolean }) {
  const { t } = useTranslation();
  const columns = useColumns();
  const [all, setAll] = useState(false);
  const more = hits.length > FIRST && !all;
  const none = silent ? 'silentHits' : 'noHits';
  return (
    <Section
      title={t('detection.recent')}
      extra={more && <Button onClick={() => setAll(true)}>{t('detection.showAll', { count: hits.length })}</Button>}
    >
      <SimpleTable<RuleHit>
        columns={columns}
        rows={more ? hits.slice(0, FIRST) : hits}
        idOf={(hit) => hit.id}
        empty={<EmptyState title={t(`detection.${none}`)} hint={t(`detection.${none}Hint`)} />}
      />
    </Section>
  );
}
