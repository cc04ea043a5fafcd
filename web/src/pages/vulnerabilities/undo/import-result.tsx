import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { Pager } from '#parts/pager.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { Section } from '#parts/section.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { UndoImport } from '#parts/undo-import.tsx';
import { AppLink } from '#shell/link.tsx';
import { type ReportImport, TONE } from '../answers.ts';

/** What becomes of what a report said, kind by kind. */
const NEXT = ['issues', 'seen', 'stays'] as const;

/** An import that was accepted, thrown away or taken back, and what may be done with it. */
export function ImportResult({ found }: { found: ReportImport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [undoing, setUndoing] = useState(false);
  const figures = { done: format.number(found.undoneIssues), kept: format.number(found.keptIssues) };
  const seen = {
    observations: format.number(found.undoneObservations),
    assets: format.number(found.undoneAssets),
    kept: format.number(found.keptAssets),
  };
  return (
    <>
      <Section title={t(`undo.state.${found.state}`)}>
        {found.state === 'undoing' && <p aria-live="polite">{t('undo.running', figures)}</p>}
        {found.state === 'undone' && (
          <>
            <p>{t(found.keptIssues > 0 ? 'undo.overSome' : 'undo.over', figures)}</p>
            {found.undoneObservations + found.keptAssets > 0 && (
              <p>{t(found.keptAssets > 0 ? 'undo.seenSome' : 'undo.seen', seen)}</p>
            )}
          </>
        )}
        <div className="ta-vuln-head">
          <AppLink to={`/vulnerabilities?unit=${encodeURIComponent(found.unit.path)}`}>
            <Button type="primary">{t('vulnerabilities.import.see')}</Button>
          </AppLink>
          {found.state === 'applied' && found.undoable && (
            <Button onClick={() => setUndoing(true)}>{t('undo.button')}</Button>
          )}
          <AppLink to="/vulnerabilities/import">
            <Button>{t('vulnerabilities.import.another')}</Button>
          </AppLink>
        </div>
      </Section>
      <UndoImport
        open={undoing}
        url={`/api/vulnerabilities/imports/${found.id}`}
        changed="/api/vulnerabilities"
        fileName={found.fileName}
        button={t('undo.button')}
        next={NEXT.map((what) => t(`undo.next.${what}`))}
        onClose={() => setUndoing(false)}
      />
      {found.state === 'undone' && found.keptIssues > 0 && <KeptIssues id={found.id} />}
    </>
  );
}

const PAGE_SIZE = 20;

/** What stayed although its import was taken back, each with the reason. */
function KeptIssues({ id }: { id: string }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const answer = useGet<Answer<'/api/vulnerabilities/imports/{id}/kept'>>(
    `/api/vulnerabilities/imports/${id}/kept`,
    { page, pageSize: PAGE_SIZE },
    { keepPrevious: true },
  );
  return (
    <QueryCard title={t('undo.stayed')} answer={answer}>
      {({ items, total }) => (
        <>
          <ul className="ta-vuln-lines">
            {items.map(({ issue, because }) => (
              <li key={issue.id} className="ta-vuln-head">
                <StateTag tone={TONE[issue.state]}>{t(`vulnerabilities.state.${issue.state}`)}</StateTag>
                <AppLink to={`/vulnerabilities/${issue.id}`}>{issue.title}</AppLink>
                <span className="ta-quiet">
                  {issue.target} · {t(`undo.because.${because}`)}
                </span>
              </li>
            ))}
          </ul>
          <Pager page={page} pageSize={PAGE_SIZE} total={total} onPage={setPage} />
        </>
      )}
    </QueryCard>
  );
}
