import { Alert, Button, Drawer, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { absoluteTime } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import type { SourceKinds, TriedLines } from '../answers.ts';
import { useKindName } from '../kind-name.ts';
import { useProblemText } from '../problems/problem-text.ts';
import { isGarbled } from './garbled.ts';
import { TriedSummary, takenFor } from './tried-summary.tsx';

const DRAWER_WIDTH = 760;

/** Paste lines, see what the platform makes of them. Nothing is kept. */
export function TryLines({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const local = useLocal();
  const kinds = useGet<SourceKinds>('/api/sources/kinds');
  const [text, setText] = useState('');
  const [kind, setKind] = useState<string>();
  const [only, setOnly] = useState<string>();
  const tried = useSend<{ text: string; kind: string }, TriedLines>('POST', '/api/sources/try');
  return (
    <Drawer open size={DRAWER_WIDTH} title={t('try.title')} onClose={onClose}>
      <div className="ta-try">
        <p className="ta-quiet">{t('try.hint')}</p>
        <Input.TextArea
          aria-label={t('try.lines')}
          placeholder={t('try.lines')}
          autoSize={{ minRows: 5, maxRows: 12 }}
          maxLength={200_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <div className="ta-actions">
          <Select
            allowClear
            aria-label={t('telemetry.sources.kind')}
            placeholder={t('telemetry.sources.byContent')}
            popupMatchSelectWidth={false}
            value={kind ?? null}
            onChange={(value: string | null) => setKind(value ?? undefined)}
            options={(kinds.data?.items ?? []).map(({ id, title }) => ({ value: id, label: local(title) }))}
          />
          <Button
            type="primary"
            disabled={text.trim() === ''}
            loading={tried.isPending}
            onClick={() => {
              setOnly(undefined);
              tried.mutate({ text, kind: kind ?? '' });
            }}
          >
            {t('try.run')}
          </Button>
        </div>
        {isGarbled(text) && <Alert type="warning" showIcon title={t('try.garbled')} />}
        {tried.data === undefined ? (
          <EmptyState title={t('try.empty')} />
        ) : (
          <>
            <TriedSummary tried={tried.data} asked={tried.variables.kind} only={only} onOnly={setOnly} />
            {Array.from(tried.data.items.entries(), ([index, item]) =>
              only === undefined || takenFor(item) === only ? (
                <TriedLine key={index} item={item} asked={tried.variables.kind} />
              ) : null,
            )}
          </>
        )}
      </div>
    </Drawer>
  );
}

function RulesMet({ rules }: Pick<TriedLines['items'][number], 'rules'>) {
  const { t } = useTranslation();
  const local = useLocal();
  if (rules === null) return t('watch.rulesNotAsked');
  if (rules.length === 0) return t('watch.noRules');
  return rules.map((rule) => (
    <div key={rule.id}>
      <LevelTag level={rule.level} /> <AppLink to={`/rules/${rule.id}`}>{local(rule.title)}</AppLink>
    </div>
  ));
}

/** @param asked the kind that the lines were said to be of; '' = told by their content */
function TriedLine({ item, asked }: { item: TriedLines['items'][number]; asked: string }) {
  const { t } = useTranslation();
  const kindName = useKindName();
  const problemText = useProblemText();
  const { product, category, service } = item.logsource;
  const expected = asked === '' || item.source === asked;
  const outcome = item.parsed ? (expected ? 'parsed' : 'mistaken') : 'unparsed';
  return (
    <Section
      title={item.parsed ? kindName(item.source) : t('try.unknown')}
      extra={<StateTag tone={outcome === 'parsed' ? 'done' : 'overdue'}>{t(`telemetry.health.${outcome}`)}</StateTag>}
    >
      <code className="ta-event-text">{item.raw}</code>
      {item.problem !== '' && <Alert type="warning" title={problemText(item.problem)} />}
      <Facts
        facts={[
          { label: t('columns.time'), value: absoluteTime(item.time) },
          { label: t('events.logsource'), value: [product, category, service].filter(Boolean).join(' / ') },
          {
            label: t('watch.rules'),
            value: <RulesMet rules={item.rules} />,
          },
          ...Object.entries(item.fields).map(([label, value]) => ({
            label,
            value: typeof value === 'string' ? value : value.join(', '),
          })),
        ]}
      />
    </Section>
  );
}
