import { Empty, Input, Modal } from 'antd';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGo } from './link.tsx';
import { menuOf } from './menu.ts';
import { useSession } from './session.tsx';

/** Lists that take a search as `?q=`, in the order in which somebody on duty looks. */
const SEARCHABLE = ['/alerts', '/incidents', '/orders', '/assets', '/vulnerabilities', '/units', '/events', '/rules'];

interface Target {
  readonly to: string;
  readonly label: string;
}

function useTargets(query: string): readonly Target[] {
  const { t } = useTranslation();
  const entries = menuOf(useSession()).flatMap((section) => section.entries);
  const wanted = query.trim().toLowerCase();
  const found = entries.flatMap(({ path, title }): Target[] => {
    const label = t(title);
    return label.toLowerCase().includes(wanted) ? [{ to: path, label }] : [];
  });
  if (wanted === '') return found;
  const lists = SEARCHABLE.flatMap((path): Target[] => {
    const entry = entries.find((candidate) => candidate.path === path);
    if (!entry) return [];
    const label = t('shell.search.in', { page: t(entry.title), query: query.trim() });
    return [{ to: `${path}?q=${encodeURIComponent(query.trim())}`, label }];
  });
  return [...found, ...lists];
}

/** Jump to a page or look something up, without the mouse: Ctrl K, words, arrows, Enter. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const go = useGo();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const targets = useTargets(query);
  const unitSide = useSession().scope.side === 'unit';

  const open = (target: Target | undefined) => {
    if (!target) return;
    onClose();
    go(target.to);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((index) => Math.max(0, Math.min(targets.length - 1, index + step)));
    }
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) open(targets[chosen]);
  };
  return (
    <Modal open title={t('shell.search.open')} footer={null} onCancel={onClose} width={560}>
      <Input
        autoFocus
        size="large"
        role="combobox"
        aria-expanded
        aria-controls="ta-palette"
        aria-activedescendant={`ta-palette-${chosen}`}
        placeholder={t(unitSide ? 'shell.search.placeholderMine' : 'shell.search.placeholder')}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <div id="ta-palette" role="listbox" className="ta-palette" aria-label={t('shell.search.open')}>
        {targets.map((target, index) => (
          <button
            type="button"
            role="option"
            tabIndex={-1}
            id={`ta-palette-${index}`}
            key={target.to}
            aria-selected={index === chosen}
            onMouseEnter={() => setChosen(index)}
            onClick={() => open(target)}
          >
            {target.label}
          </button>
        ))}
        {targets.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('shell.search.none')} />}
      </div>
    </Modal>
  );
}
