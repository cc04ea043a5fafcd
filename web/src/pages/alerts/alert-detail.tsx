import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet, useSend } from '#api/hooks.ts';
import { DetailLayout } from '#parts/detail-layout.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import { useLocal } from '#parts/local.ts';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { Timeline, type TimelineEntry } from '#parts/timeline.tsx';
import { useTrailWords } from '#parts/trail/words.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { AlertActions, MainAction } from './alert-actions.tsx';
import { AlertEvents } from './alert-events.tsx';
import { AlertRule, isOfSearch } from './alert-rule.tsx';
import { type AlertDetail, TONE } from './answers.ts';
import { useCategoryName } from './categories.ts';
import { RelatedAlerts } from './related-alerts.tsx';

/** One alert by its id, in the drawer and on its page. */
export function AlertCard({ id }: { id: string }) {
  const url = `/api/alerts/${id}`;
  const { data, error, refetch } = useGet<AlertDetail>(url);
  useLive('alert', [url]);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <AlertView alert={data} /> : <PageSkeleton />;
}

function AlertView({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const words = useTrailWords('alerts');
  const local = useLocal();
  return (
    <DetailLayout
      overline={`${t(`alerts.entityKind.${alert.entity.kind}`)} ${alert.entity.value} · ${alert.unit.name}`}
      title={local(alert.title)}
      tags={
        <>
          <LevelTag level={alert.level} />
          <StateTag tone={TONE[alert.state]}>{t(`alerts.state.${alert.state}`)}</StateTag>
          {alert.foundInHistory && <StateTag tone="waiting">{t('alerts.foundInHistory')}</StateTag>}
          {alert.verdict !== '' && <StateTag tone="done">{t(`alerts.verdict.${alert.verdict}`)}</StateTag>}
          <span className="ta-quiet">
            {t('alerts.field.assignee')} {alert.assignee?.name ?? t('alerts.nobody')}
          </span>
        </>
      }
      actions={<AlertActions alert={alert} />}
      mainAction={<MainAction alert={alert} />}
      story={
        <>
          {/* What a search counted explains its events; the text of a rule is long, and after them. */}
          {isOfSearch(alert) && <AlertRule alert={alert} />}
          <AlertEvents key={alert.id} alert={alert} />
          {!isOfSearch(alert) && <AlertRule alert={alert} />}
          <History alert={alert} />
        </>
      }
      facts={
        <>
          <AlertFacts alert={alert} />
          <PlaceFacts alert={alert} />
          <Entities alert={alert} />
        </>
      }
      related={<RelatedAlerts id={alert.id} />}
      journal={{ type: 'alert', id: alert.id, words }}
    />
  );
}

function AlertFacts({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const categoryName = useCategoryName();
  const closed = alert.state === 'closed';
  return (
    <Section title={t('alerts.facts')}>
      <Facts
        facts={[
          {
            label: t(isOfSearch(alert) && alert.spans ? 'counted.count' : 'alerts.field.count'),
            value: format.number(alert.count),
          },
          { label: t('alerts.field.firstSeenAt'), value: <TimeText at={alert.firstSeenAt} form="full" /> },
          { label: t('alerts.field.lastSeenAt'), value: <TimeText at={alert.lastSeenAt} form="full" /> },
          { label: t('alerts.field.technique'), value: alert.techniques.join(' ') },
          {
            label: t('alerts.field.tactics'),
            value: alert.tactics
              .map((name) => t(`attack.tactic.${name}`, { defaultValue: name }))
              .join(t('parts.listSeparator')),
          },
          { label: t('alerts.field.category'), value: categoryName(alert.category) },
          alert.incidentId !== null && {
            label: t('alerts.field.incident'),
            value: <AppLink to={`/incidents/${alert.incidentId}`}>{t('alerts.field.incident')}</AppLink>,
          },
          closed && { label: t('alerts.field.closedAt'), value: <TimeText at={alert.closedAt} /> },
          closed && { label: t('alerts.field.closeReason'), value: alert.closeReason },
        ]}
      />
    </Section>
  );
}

function PlaceFacts({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const { asset, assetFacts } = alert;
  const elsewhere = alert.eventUnit.path !== alert.unit.path;
  return (
    <Section title={t('alerts.place')}>
      {asset === null && <EmptyState title={t('alerts.noAsset')} hint={t('alerts.noAssetHint')} />}
      <Facts
        facts={[
          { label: t('alerts.field.unit'), value: alert.unit.name || alert.unit.path },
          elsewhere && { label: t('alerts.field.eventUnit'), value: alert.eventUnit.name || alert.eventUnit.path },
          asset !== null && {
            label: t('alerts.field.asset'),
            value: <AppLink to={`/assets/${asset.id}`}>{asset.name}</AppLink>,
          },
          alert.system !== null && {
            label: t('alerts.field.system'),
            value: <AppLink to={`/assets/${alert.system.id}`}>{alert.system.name}</AppLink>,
          },
          asset !== null && { label: t('alerts.field.foundBy'), value: <FoundBy keys={alert.assetFoundBy} /> },
          assetFacts !== null && {
            label: t('alerts.field.importance'),
            value: t(`alerts.importance.${assetFacts.importance || 'none'}`),
          },
          assetFacts !== null && {
            label: t('alerts.field.protectionLevel'),
            value: assetFacts.protectionLevel === null ? null : t(`alerts.level.${assetFacts.protectionLevel}`),
          },
          assetFacts?.criticalInfrastructure === true && { label: t('alerts.critical'), value: '✓' },
          assetFacts !== null && { label: t('alerts.field.supervisedBy'), value: assetFacts.supervisedBy },
          assetFacts !== null && { label: t('alerts.field.operatedBy'), value: assetFacts.operatedBy },
          assetFacts !== null && { label: t('alerts.field.usedBy'), value: assetFacts.usedBy },
        ]}
      />
    </Section>
  );
}

/** `host web01, address 10.1.2.3` with the kinds in the reader's words. */
function FoundBy({ keys }: { keys: string }) {
  const { t } = useTranslation();
  const named = keys.split(', ').map((key) => {
    const [kind = '', ...value] = key.split(' ');
    return `${t(`alerts.foundBy.${kind}`, { defaultValue: kind })} ${value.join(' ')}`;
  });
  return <>{named.join(t('parts.listSeparator'))}</>;
}

function Entities({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  return (
    <Section title={t('alerts.entities')}>
      <ul className="ta-entities">
        {alert.entities.map(({ kind, value }) => (
          <li key={`${kind} ${value}`}>
            <span className="ta-quiet">{t(`alerts.entityKind.${kind}`)}</span>
            <AppLink to={`/alerts?entity=${encodeURIComponent(value)}`} title={t('alerts.entitySearch')}>
              {value}
            </AppLink>
          </li>
        ))}
      </ul>
    </Section>
  );
}

type Note = AlertDetail['notes'][number];

function History({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const [text, setText] = useState('');
  const comment = useSend<{ text: string }>('POST', `/api/alerts/${alert.id}/comment`, {
    invalidate: ['/api/alerts', '/api/journal'],
    done: t('alerts.done.commented'),
    onDone: () => setText(''),
  });
  const sentence = (note: Note): string => {
    if (note.kind === 'assign') return note.text === '' ? t('alerts.note.assignNobody') : t('alerts.note.assign', note);
    if (note.kind === 'link' && note.text === '') return t('alerts.note.unlink');
    return t(`alerts.note.${note.kind}`);
  };
  const entries = alert.notes.map(
    (note): TimelineEntry => ({
      key: note.id,
      at: note.at,
      by: note.author.name,
      title: sentence(note),
      tone: note.kind === 'close' ? 'done' : note.kind === 'comment' ? 'waiting' : 'moving',
      detail: note.kind === 'assign' || note.kind === 'link' ? undefined : note.text,
    }),
  );
  return (
    <Section title={t('alerts.history')}>
      {entries.length === 0 ? <EmptyState title={t('alerts.historyNone')} /> : <Timeline entries={entries} />}
      {may('alert.comment') && (
        <div className="ta-comment">
          <Input.TextArea
            aria-label={t('alerts.comment')}
            placeholder={t('alerts.commentPlaceholder')}
            value={text}
            maxLength={4000}
            autoSize={{ minRows: 2, maxRows: 8 }}
            onChange={({ target }) => setText(target.value)}
          />
          <Button
            disabled={text.trim() === ''}
            loading={comment.isPending}
            onClick={() => comment.mutate({ text: text.trim() })}
          >
            {t('alerts.send')}
          </Button>
        </div>
      )}
    </Section>
  );
}
