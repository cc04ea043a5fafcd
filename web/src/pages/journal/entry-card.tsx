import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { CodeView } from '#parts/code-view.tsx';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { absoluteTime, useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { UnitName } from '#parts/unit-name.tsx';
import type { Entry, EntryDetail, Proof } from './answers.ts';
import { useActorName, useObjectName, useVerb } from './words.ts';

type ProofState = 'proved' | 'broken' | 'unsigned';

const TONE = { proved: 'done', broken: 'overdue', unsigned: 'waiting' } as const;
const NOTICE = { proved: 'success', broken: 'error', unsigned: 'info' } as const;

const stateOf = (proof: Proof | null): ProofState => (proof === null ? 'unsigned' : proof.holds ? 'proved' : 'broken');

/** One entry: what was recorded, and why it can be trusted. */
export function EntryCard({ seq }: { seq: string }) {
  const { t } = useTranslation();
  const verb = useVerb();
  const answer = useGet<EntryDetail>(`/api/journal/${encodeURIComponent(seq)}`);
  if (answer.error) return <ErrorState error={answer.error} retry={answer.refetch} />;
  if (!answer.data) return <PageSkeleton />;
  const { entry, proof } = answer.data;
  const state = stateOf(proof);
  return (
    <DetailLayout
      overline={t('journal.entry.title', { seq: entry.seq })}
      title={verb(entry.action)}
      tags={<StateTag tone={TONE[state]}>{t(`journal.entry.${state}`)}</StateTag>}
      story={
        <>
          <Section title={t('journal.field.data')}>
            <CodeView text={JSON.stringify(entry.data, null, 2)} label={t('journal.field.data')} />
          </Section>
          <Section title={t('journal.entry.proof')}>
            <ProofInWords state={state} proof={proof} />
          </Section>
        </>
      }
      facts={
        <Section title={t('journal.entry.facts')}>
          <EntryFacts entry={entry} />
        </Section>
      }
    />
  );
}

function EntryFacts({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const format = useFormat();
  const actorName = useActorName();
  const objectName = useObjectName();
  return (
    <Facts
      facts={[
        { label: t('journal.field.at'), value: <TimeText at={entry.at} form="full" /> },
        { label: t('journal.field.actor'), value: actorName(entry) },
        { label: t('journal.field.object'), value: objectName(entry.object.type) },
        { label: t('journal.field.objectId'), value: entry.object.id },
        { label: t('journal.field.counter'), value: format.number(entry.object.counter) },
        { label: t('journal.field.unit'), value: entry.unitPath && <UnitName path={entry.unitPath} /> },
        { label: t('journal.field.side'), value: t(`journal.side.${entry.side}`) },
        { label: t('journal.field.requestId'), value: entry.requestId },
        { label: t('journal.field.leafHash'), value: <code className="ta-journal-hash">{entry.leafHash}</code> },
      ]}
    />
  );
}

function ProofInWords({ state, proof }: { state: ProofState; proof: Proof | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sentence = t(`journal.proof.${state}`, {
    count: proof?.hashes.length ?? 0,
    size: format.number(proof?.size ?? 0),
    time: proof ? absoluteTime(proof.signedAt) : '',
  });
  return (
    <>
      <Alert type={NOTICE[state]} showIcon title={sentence} />
      {proof && (
        <div className="ta-journal-proof">
          <h3>{t('journal.proof.checkpoint')}</h3>
          <CodeView text={proof.checkpoint} label={t('journal.proof.checkpoint')} />
          <h3>{t('journal.proof.hashes')}</h3>
          <CodeView text={proof.hashes.join('\n')} lineNumbers label={t('journal.proof.hashes')} heightMax={220} />
          <h3>{t('journal.proof.key')}</h3>
          <CodeView text={proof.verifierKey} label={t('journal.proof.key')} />
        </div>
      )}
    </>
  );
}
