import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '#api/hooks.ts';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useMay } from '#shell/session.tsx';
import { type Retro, type RuleDetail, ruleUrl } from './answers.ts';
import { StartRun } from './history/start-run.tsx';

const HOUR_MS = 3_600_000;
const SPANS = [24, 24 * 7, 24 * 30] as const;
const SAMPLES = 10;

/** Asks what the rule would have found in stored events, without alerts; or runs it over them in the background. */
export function RetroHunt({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const may = useMay();
  const format = useFormat();
  const { id } = rule;
  const [starting, setStarting] = useState(false);
  const quick = rule.kind === 'rule' && may('event.search');
  const [hours, setHours] = useState<number>(SPANS[0]);
  const [found, setFound] = useState<Retro>();
  const run = useSend<{ from: string; to: string }, Retro>('POST', `${ruleUrl(id)}/retro`, { onDone: setFound });
  const start = () => {
    const now = Date.now();
    run.mutate({ from: new Date(now - hours * HOUR_MS).toISOString(), to: new Date(now).toISOString() });
  };
  if (!quick && !may('rule.run')) return null;
  return (
    <Section title={t('detection.retro.title')}>
      {quick && <p className="ta-quiet">{t('detection.retro.hint')}</p>}
      {quick && (
        <div className="ta-rule-retro">
          <Select
            value={hours}
            onChange={setHours}
            aria-label={t('detection.retro.span')}
            options={SPANS.map((value) => ({ value, label: t('detection.retro.days', { count: value / 24 }) }))}
          />
          <Button onClick={start} loading={run.isPending}>
            {t('detection.retro.run')}
          </Button>
        </div>
      )}
      {may('rule.run') && <Button onClick={() => setStarting(true)}>{t('history.startOne')}</Button>}
      {starting && <StartRun rule={{ id, title: local(rule.title) }} onClose={() => setStarting(false)} />}
      {found && (
        <>
          <Facts
            facts={[
              { label: t('detection.count.hits'), value: format.number(found.hits) },
              { label: t('detection.retro.hosts'), value: format.number(found.hosts) },
            ]}
          />
          <ul className="ta-rule-list">
            {found.samples.slice(0, SAMPLES).map((sample) => (
              <li key={sample.eventId}>
                <TimeText at={sample.at} form="short" /> <span className="ta-quiet">{sample.host}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}
