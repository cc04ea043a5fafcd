import { DownloadOutlined } from '@ant-design/icons';
import { App, Button, Tooltip } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { download } from '#api/client.ts';
import { useErrorText } from '#api/error-text.ts';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay } from '#shell/session.tsx';
import { type Entry, OBJECT_TYPES } from './answers.ts';
import { EntryCard } from './entry-card.tsx';
import { JournalTop } from './journal-top.tsx';
import { useActorName, useObjectName, useVerb } from './words.ts';
import './journal.css';

function useColumns(): readonly Column<Entry>[] {
  const { t } = useTranslation();
  const verb = useVerb();
  const actorName = useActorName();
  const objectName = useObjectName();
  return useMemo(
    () => [
      {
        key: 'seq',
        title: t('journal.field.seq'),
        render: ({ seq }) => seq,
        width: 90,
        align: 'right',
        sortable: true,
      },
      { key: 'at', title: t('journal.field.at'), render: ({ at }) => <TimeText at={at} />, width: 150 },
      { key: 'actor', title: t('journal.field.actor'), render: actorName },
      { key: 'action', title: t('journal.field.action'), render: ({ action }) => verb(action), phone: 'title' },
      {
        key: 'object',
        title: t('journal.field.object'),
        render: (entry) => <ObjectOf kind={objectName(entry.object.type)} name={nameIn(entry.data)} />,
        width: 420,
      },
      {
        key: 'objectId',
        title: t('journal.field.objectId'),
        render: ({ object }) => <code>{object.id}</code>,
        hidden: true,
      },
      { key: 'unitPath', title: t('journal.field.unitPath'), render: ({ unitPath }) => unitPath, hidden: true },
      { key: 'side', title: t('journal.field.side'), render: ({ side }) => t(`journal.side.${side}`), hidden: true },
    ],
    [t, verb, actorName, objectName],
  );
}

/** What the object was called, where the recorded facts say so. */
function nameIn(data: unknown): string {
  if (typeof data !== 'object' || data === null) return '';
  const { title, name, number } = data as Readonly<Record<string, unknown>>;
  return [number, title, name].find((text) => typeof text === 'string') ?? '';
}

function ObjectOf({ kind, name }: { kind: string; name: string }) {
  return (
    <>
      {kind} <span className="ta-quiet">{name}</span>
    </>
  );
}

function useFilters(): readonly Filter[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const verbs: unknown = i18n.getResource(i18n.language, 'translation', 'parts.verb');
    return [
      { kind: 'select', key: 'action', label: t('journal.field.action'), options: verbOptions(verbs) },
      {
        kind: 'select',
        key: 'objectType',
        label: t('journal.field.object'),
        options: OBJECT_TYPES.map((value) => ({ value, label: t(`journal.object.${value}`) })),
      },
      { kind: 'text', key: 'objectId', label: t('journal.field.objectId') },
      { kind: 'text', key: 'unitPath', label: t('journal.field.unitPath') },
      { kind: 'time', key: 'range', label: t('journal.field.at') },
    ];
  }, [t, i18n]);
}

/** The verbs of the texts, two levels deep, as choices: `order` → `issue` becomes `order.issue`. */
function verbOptions(verbs: unknown): { value: string; label: string }[] {
  if (typeof verbs !== 'object' || verbs === null) return [];
  return Object.entries(verbs).flatMap(([noun, words]) =>
    Object.entries(words as Record<string, string>).map(([verb, label]) => ({ value: `${noun}.${verb}`, label })),
  );
}

function ExportJournal() {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  if (!may('journal.export')) return null;
  const run = async () => {
    setBusy(true);
    try {
      await download('/api/journal/export', {}, 'journal.ndjson');
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Tooltip title={t('journal.export.hint')}>
      <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void run()}>
        {t('journal.export.button')}
      </Button>
    </Tooltip>
  );
}

function JournalPage() {
  const { t } = useTranslation();
  const columns = useColumns();
  const filters = useFilters();
  return (
    <ListPage<Entry>
      name="journal"
      title={t('journal.title')}
      hint={t('journal.hint')}
      url="/api/journal"
      search={t('journal.search')}
      searchName="actor"
      idOf={({ seq }) => String(seq)}
      columns={columns}
      filters={filters}
      detail={(seq) => <EntryCard seq={seq} />}
      hrefOf={(seq) => `/journal/${seq}`}
      actions={<ExportJournal />}
      above={<JournalTop />}
      empty={{ title: t('journal.empty'), hint: t('journal.emptyHint') }}
    />
  );
}

export const page: PageDefinition = {
  path: '/journal',
  title: 'journal.title',
  permission: 'journal.read',
  menu: { group: 'supervision', order: 10 },
  Page: JournalPage,
};
