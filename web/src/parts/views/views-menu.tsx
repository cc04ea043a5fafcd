import { StarFilled, StarOutlined } from '@ant-design/icons';
import { Button, Grid, Popover } from 'antd';
import { type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../shell/session.tsx';
import { OldViews } from './old-views.tsx';
import { SaveView } from './save-view.tsx';
import type { Views } from './use-views.ts';
import { ViewRow } from './view-row.tsx';
import './views.css';

/** The button that names the view a list shows, and opens all of them. */
export function ViewsMenu({ views }: { views: Views }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const wide = Grid.useBreakpoint().md ?? true;
  const { active } = views;
  return (
    <Popover
      trigger="click"
      // On a phone the button stands anywhere in its line: only from its middle the panel can be moved into sight.
      placement={wide ? 'bottomRight' : 'bottom'}
      open={open}
      onOpenChange={setOpen}
      // The panel stands at the end of the document: without this the keyboard would not come to it, nor back.
      afterOpenChange={(shown) => {
        if (shown) panel.current?.querySelector<HTMLElement>('button, input')?.focus();
        else if (document.activeElement === document.body) button.current?.focus();
      }}
      destroyOnHidden
      content={
        <ViewsPanel
          views={views}
          panelRef={panel}
          onOpen={(view) => {
            views.open(view);
            setOpen(false);
          }}
        />
      }
    >
      <Button
        type="text"
        ref={button}
        aria-label={active ? `${t('views.label')}: ${active.name}` : t('views.label')}
        aria-expanded={open}
        className="ta-views-button"
        icon={active ? <StarFilled /> : <StarOutlined />}
      >
        <span className="ta-views-name">{active?.name ?? t('views.button')}</span>
      </Button>
    </Popover>
  );
}

function ViewsPanel(props: { views: Views; panelRef: RefObject<HTMLDivElement | null>; onOpen: Views['open'] }) {
  const { t } = useTranslation();
  const { side } = useSession().scope;
  const { views, onOpen } = props;
  const own = views.items.filter((view) => view.own);
  const others = views.items.filter((view) => !view.own);
  const group = (title: string, items: Views['items']) =>
    items.length > 0 && (
      <section aria-label={title}>
        <h3>{title}</h3>
        <ul>
          {items.map((view) => (
            <ViewRow key={view.id} view={view} views={views} onOpen={() => onOpen(view)} />
          ))}
        </ul>
      </section>
    );
  return (
    <div ref={props.panelRef} className="ta-views">
      <OldViews list={views.list} known={own} />
      {group(t('views.mine'), own)}
      {group(t(side === 'unit' ? 'views.unit' : 'views.centre'), others)}
      {views.items.length === 0 && <p className="ta-quiet">{t('views.none')}</p>}
      <SaveView views={views} />
    </div>
  );
}
