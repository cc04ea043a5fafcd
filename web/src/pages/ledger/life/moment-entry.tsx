import { useTranslation } from 'react-i18next';
import { useLocal } from '#parts/local.ts';
import { usePersonName } from '#parts/person-name.ts';
import { type Grade, GradeTag, LevelTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import type { TimelineEntry } from '#parts/timeline.tsx';
import { ToObject } from '#parts/to-object.tsx';
import { AppLink } from '#shell/link.tsx';
import type { StateTone } from '#shell/theme.ts';
import { LEVEL } from '../../vulnerabilities/answers.ts';
import type { Asset } from '../answers.ts';
import { FieldChanges } from '../changes/field-changes.tsx';
import type { Moment } from './axis.ts';

/** The source of what people entered into the ledger by hand or by a sheet: its keys are numbers of ours. */
const LEDGER = 'ledger';

const GOOD = [
  'close',
  'closed',
  'pass',
  'gone',
  'resolved',
  'contained',
  'confirmed',
  'created',
  'accepted',
  'approve',
];
const BAD = ['raised', 'reopen', 'opened', 'found', 'seen_again', 'fail', 'expire', 'disputed', 'expired', 'escalate'];

const toneOf = ({ what }: Moment): StateTone =>
  GOOD.includes(what) ? 'done' : BAD.includes(what) ? 'overdue' : what === 'counted' ? 'waiting' : 'moving';

/** The day that follows: `2026-03-02` → the two instants that bound it. */
function boundsOf(day: string): { from: string; to: string } {
  const begin = Date.parse(`${day}T00:00:00+08:00`);
  return { from: new Date(begin).toISOString(), to: new Date(begin + 86_400_000).toISOString() };
}

/** How a moment stands on the axis. */
export function useMomentEntry(asset: Asset): (moment: Moment) => TimelineEntry {
  const { t } = useTranslation();
  const named = usePersonName();
  return (moment) => ({
    key: moment.key,
    at: moment.at,
    by: named(moment.by),
    tone: toneOf(moment),
    title: (
      <>
        <span className="ta-life-kind">{t(`life.kind.${moment.kind}`)}</span>
        <Said moment={moment} asset={asset} />
      </>
    ),
    detail: <Detail moment={moment} asset={asset} />,
  });
}

/** What happened, in a sentence. */
function Said({ moment, asset }: { moment: Moment; asset: Asset }) {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  const title = local(moment.title);
  switch (moment.kind) {
    case 'attribute':
      return (
        <ToObject object={moment.object}>
          {t(moment.what === 'created' ? 'changes.created' : `changes.via.${moment.what}`)}
        </ToObject>
      );
    case 'identity':
      return (
        <>
          {t(`life.what.identity.${moment.what}`)} ·{' '}
          {title === '' ? (
            t('life.nameless')
          ) : (
            <>
              {t('life.with')}
              <ToObject object={moment.object}>{title}</ToObject>
            </>
          )}
        </>
      );
    case 'observation':
      return (
        <>
          {t(`life.what.observation.${moment.what}`)} ·{' '}
          <ToObject object={moment.object}>{moment.note === LEDGER ? t('life.ledger') : moment.note}</ToObject>
        </>
      );
    case 'duty':
      return (
        <>
          <strong>{title}</strong> {t(`life.what.duty.${moment.what}`, { role: t(`life.role.${moment.level}`) })}
        </>
      );
    case 'vulnerability':
      return <SaidOfIssues moment={moment} />;
    case 'event': {
      const of = asset.class === 'system' ? 'system_id' : 'asset_id';
      const to = `/events?${new URLSearchParams({ q: `${of}:"${asset.id}"`, ...boundsOf(moment.note) })}`;
      return (
        <AppLink to={to}>
          {t('life.counted', { day: moment.note, count: format.number(moment.count) as never })}
        </AppLink>
      );
    }
    default:
      return (
        <>
          {moment.verb ? local(moment.verb) : t(`life.what.${moment.kind}.${moment.what}`)} <Level moment={moment} />{' '}
          <ToObject object={moment.object}>{title}</ToObject>
        </>
      );
  }
}

function SaidOfIssues({ moment }: { moment: Moment }) {
  const { t } = useTranslation();
  const local = useLocal();
  const verb = moment.verb ? local(moment.verb) : '';
  const [only] = moment.things;
  if (moment.count > 1) {
    return moment.what === 'found'
      ? t('life.found', { count: moment.count })
      : t('life.counts', { verb, count: moment.count });
  }
  return (
    <>
      {verb} <Level moment={moment} /> <ToObject object={moment.object}>{only?.title}</ToObject>
    </>
  );
}

/** What more there is to say. */
function Detail({ moment, asset }: { moment: Moment; asset: Asset }) {
  const { t } = useTranslation();
  switch (moment.kind) {
    case 'attribute':
      return moment.changes.length > 0 ? <FieldChanges changes={moment.changes} /> : null;
    case 'vulnerability':
      return moment.count > 1 ? <Things moment={moment} asset={asset} /> : null;
    case 'observation':
      return moment.note === LEDGER ? null : <span className="ta-quiet ta-break">{moment.title.zh}</span>;
    case 'duty':
      return moment.note === '' ? null : <span className="ta-quiet">{t('life.person', { person: moment.note })}</span>;
    case 'event':
      return null;
    case 'alert':
    case 'incident':
    case 'order':
    case 'identity':
      return moment.note === '' ? null : <span className="ta-quiet">{moment.note}</span>;
  }
}

function Level({ moment }: { moment: Moment }) {
  const { t } = useTranslation();
  if (moment.level === '') return null;
  if (moment.kind === 'alert') return <LevelTag level={moment.level} />;
  if (moment.kind === 'vulnerability') {
    return <LevelTag level={LEVEL[moment.level] ?? 'low'} text={t(`vulnerabilities.grade.${moment.level}`)} />;
  }
  return <GradeTag grade={moment.level as Grade} />;
}

/** The worst of many vulnerabilities, and the way to the others. */
function Things({ moment, asset }: { moment: Moment; asset: Asset }) {
  const { t } = useTranslation();
  return (
    <ul className="ta-asset-alerts">
      {moment.things.map(({ id, title, level, of }) => (
        <li key={id}>
          <LevelTag level={LEVEL[level] ?? 'low'} text={t(`vulnerabilities.grade.${level}`)} />
          <ToObject object={{ kind: 'vulnerability', id }}>{title}</ToObject>
          {asset.class === 'system' && <span className="ta-quiet">{of}</span>}
        </li>
      ))}
      {moment.count > moment.things.length && (
        <li>
          <AppLink to={`/vulnerabilities?asset=${asset.id}`}>{t('life.more', { count: moment.count })}</AppLink>
        </li>
      )}
    </ul>
  );
}
