import { MoreOutlined } from '@ant-design/icons';
import { App, Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGo } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import { clause, quoted } from './clause.ts';

const AROUND_MS = 5 * 60_000;
/** Fields, of any source, whose values name something the ledger may know. */
const IN_LEDGER = /host|computer|domain|address|dns_question|(^|[._-]|[a-z])ip$/i;

interface ValueMenuProps {
  /** Column or name of the field. */
  readonly field: string;
  readonly value: string;
  /** When the event with it happened; without it there is no "around". */
  readonly at?: string | undefined;
  /** Puts a condition into the search that is being looked at; without one a search of its own is opened. */
  readonly onAdd?: ((chip: string) => void) | undefined;
}

/** What can be done with a value of an event: narrow the search by it, or go on with it elsewhere. */
export function ValueMenu({ field, value, at, onAdd }: ValueMenuProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const go = useGo();
  const may = useMay();
  const search = (query: string, span: Record<string, string> = { range: '24h' }) =>
    go(`/events?${new URLSearchParams({ ...span, q: query })}`);
  const narrow = onAdd ?? ((chip: string) => search(chip));
  const around = () => {
    const moment = Date.parse(at ?? '');
    const [from = '', to = ''] = [-AROUND_MS, AROUND_MS].map((shift) => new Date(moment + shift).toISOString());
    search(clause(field, value), { from, to });
  };
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => void message.success(t('query.copied')),
      () => void message.warning(t('query.copyFailed')),
    );
  const actions: Readonly<Record<string, () => void>> = {
    only: () => narrow(clause(field, value)),
    without: () => narrow(`not ${clause(field, value)}`),
    everywhere: () => search(quoted(value)),
    ...(at === undefined ? {} : { around }),
    ...(IN_LEDGER.test(field) && may('asset.read')
      ? { assets: () => go(`/assets?q=${encodeURIComponent(value)}`) }
      : {}),
    copy: () => void copy(),
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: Object.keys(actions).map((key) => ({ key, label: t(`query.${key}`) })),
        onClick: ({ key, domEvent }) => {
          domEvent.stopPropagation();
          actions[key]?.();
        },
      }}
    >
      <Button
        type="text"
        size="small"
        className="ta-value-menu"
        icon={<MoreOutlined />}
        aria-label={t('query.menu', { value })}
        onClick={(event) => event.stopPropagation()}
      />
    </Dropdown>
  );
}
