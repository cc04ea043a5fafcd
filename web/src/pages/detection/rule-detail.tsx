import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import { CodeView } from '#parts/code-view.tsx';
import { ConfirmWithReason } from '#parts/confirm-with-reason.tsx';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { LevelTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { type RuleDetail, rulePath, ruleUrl } from './answers.ts';
import { LedgerChart } from './ledger-chart.tsx';
import { RecentHits } from './recent-hits.tsx';
import { Remembered } from './remembered.tsx';
import { RetroHunt } from './retro-hunt.tsx';
import { LogSourceText, RuleState } from './rule-words.tsx';

/** One rule by its id, in the drawer and on its page. */
export function RuleCard({ id }: { id: string }) {
  const url = ruleUrl(id);
  const { data, error, refetch } = useGet<RuleDetail>(url);
  useLive('rule', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <RuleView rule={data} /> : <PageSkeleton />;
}

function RuleView({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const words = useTrailWords('detection');
  const local = useLocal();
  const may = useMay();
  const advice = local(rule.advice);
  return (
    <DetailLayout
      overline={<LogSourceText rule={rule} />}
      title={local(rule.title)}
      tags={
        <>
          <LevelTag level={rule.level} />
          <RuleState rule={rule} />
          {rule.techniques.map((technique) => (
            <span key={technique} className="ta-quiet">
              {technique}
            </span>
          ))}
        </>
      }
      mainAction={may('rule.manage') && <StateSwitch rule={rule} />}
      banner={<CannotFire rule={rule} />}
      story={
        <>
          <Section title={t('detection.about')}>
            <p className="ta-rule-text">{local(rule.description)}</p>
            {advice && (
              <p className="ta-rule-text">
                <strong>{t('detection.advice')}</strong> {advice}
              </p>
            )}
          </Section>
          <Section title={t('detection.text')} extra={<span className="ta-quiet ta-break">{rule.file}</span>}>
            <CodeView
              text={rule.text}
              marks={firedTests(rule)}
              lineNumbers
              label={t('detection.text')}
              heightMax={460}
            />
          </Section>
          <RecentHits hits={rule.hits} silent={rule.silent} />
        </>
      }
      facts={
        <>
          <RuleFacts rule={rule} />
          <Section title={t('detection.ledger')}>
            <LedgerChart ledger={rule.ledger} />
          </Section>
          {rule.kind === 'correlation' && <Remembered id={rule.id} />}
          <RetroHunt rule={rule} />
          <Related rule={rule} />
        </>
      }
      journal={{ type: 'rule', id: rule.id, words }}
    />
  );
}

/** Shorter values would be marked all over the text. */
const MARK_MIN = 3;

/** The values asked for that made the latest hits: marked in the rule's text. */
function firedTests(rule: RuleDetail): string[] {
  const asked = rule.hits.flatMap(({ matched }) => matched.map(({ condition }) => condition.replace(/^\S+ /, '')));
  return [...new Set(asked)].filter((value) => value.length >= MARK_MIN);
}

/** Why the rule has no chance to fire, in a sentence. */
function CannotFire({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  if (!rule.enabled && rule.change) {
    const { byName, reason } = rule.change;
    return <Alert type="warning" showIcon title={t('detection.offBecause', { name: byName, reason })} />;
  }
  if (rule.cannotFire === null) return null;
  const { reason, fields } = rule.cannotFire;
  return (
    <Alert
      type="info"
      showIcon
      title={t(`detection.cannotFire.${reason}`)}
      description={fields.length > 0 ? t('detection.cannotFire.fields', { fields: fields.join(', ') }) : undefined}
    />
  );
}

function StateSwitch({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const invalidate = useInvalidate();
  const verb = rule.enabled ? 'switchOff' : 'switchOn';
  const change = async (reason: string) => {
    await api.post(`${ruleUrl(rule.id)}/state`, { enabled: !rule.enabled, reason });
    setOpen(false);
    await invalidate(['/api/rules', '/api/journal']);
  };
  return (
    <>
      <Button danger={rule.enabled} onClick={() => setOpen(true)}>
        {t(`detection.${verb}`)}
      </Button>
      <ConfirmWithReason
        open={open}
        title={t(`detection.${verb}`)}
        consequence={t(`detection.${verb}Consequence`)}
        confirmText={t(`detection.${verb}`)}
        danger={rule.enabled}
        onConfirm={change}
        onCancel={() => setOpen(false)}
      />
    </>
  );
}

function RuleFacts({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  return (
    <Section title={t('detection.facts')}>
      <Facts
        facts={[
          { label: t('detection.field.hits'), value: format.number(rule.hits24h) },
          {
            label: t('detection.field.status'),
            value: rule.status && t(`detection.status.${rule.status}`, { defaultValue: rule.status }),
          },
          { label: t('detection.field.origin'), value: t(rule.own ? 'detection.own' : 'detection.foreign') },
          { label: t('detection.field.author'), value: rule.author },
          rule.license !== '' && { label: t('detection.field.license'), value: rule.license },
          { label: t('detection.field.date'), value: rule.modified || rule.date },
          { label: t('detection.field.fieldsRead'), value: rule.fieldsRead.join(', ') },
          rule.change !== null && { label: t('detection.field.changedAt'), value: <TimeText at={rule.change.at} /> },
          rule.falsePositives.length > 0 && {
            label: t('detection.field.falsePositives'),
            value: <TextList texts={rule.falsePositives.map(local)} />,
          },
          rule.references.length > 0 && {
            label: t('detection.field.references'),
            value: <TextList texts={rule.references} />,
          },
          { label: t('detection.field.id'), value: <span className="ta-break">{rule.id}</span> },
        ]}
      />
    </Section>
  );
}

function TextList({ texts }: { texts: readonly string[] }) {
  return (
    <ul className="ta-rule-list">
      {texts.map((text) => (
        <li key={text} className="ta-break">
          {text}
        </li>
      ))}
    </ul>
  );
}

/** Rules that a correlation counts, correlations that count this rule. */
function Related({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const groups = [
    { key: 'parts', list: rule.parts },
    { key: 'usedBy', list: rule.usedBy },
  ].filter(({ list }) => list.length > 0);
  return groups.map(({ key, list }) => (
    <Section key={key} title={t(`detection.${key}`)}>
      <ul className="ta-rule-list">
        {list.map((one) => (
          <li key={one.id}>
            <AppLink to={rulePath(one.id)}>{local(one.title)}</AppLink>
          </li>
        ))}
      </ul>
    </Section>
  ));
}
