import { QuestionCircleOutlined } from '@ant-design/icons';
import { Button, type InputRef, Popover, Tag } from 'antd';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { useMay } from '#shell/session.tsx';
import type { EventState } from '../event-query.ts';
import { rememberQuery } from './completion.ts';
import { QueryInput } from './query-input.tsx';

/** As `clause` writes it. */
const OF_SOURCE = /^source_id:"([\da-f-]{36})"$/;

const EXAMPLES = [
  'host:web01 http_status:>=500',
  '源地址:10.0.0.0/8 and not user_name:admin*',
  'Image:*\\powershell.exe CommandLine:(*-enc* or *downloadstring*)',
  'url_path:~"(?i)\\.(jsp|php|aspx)$"',
  'hash:44d88612fea8a8f36de82e1278abb02f',
  'source:unparsed',
  '勒索',
];

interface QueryBoxProps {
  readonly state: EventState;
  readonly inputRef: RefObject<InputRef | null>;
  /** The same query is asked once more: for what came since, or after it was stopped. */
  onAgain(): void;
}

/** Where a query is typed, with the conditions taken from results below it. */
export function QueryBox({ state, inputRef, onAgain }: QueryBoxProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(state.text);
  const [known, setKnown] = useState(state.text);
  if (known !== state.text) {
    setKnown(state.text);
    setTyped(state.text);
  }
  const search = (query: string) => {
    const q = query.trim();
    rememberQuery(q);
    if (q === state.text) onAgain();
    else state.patch({ q: q || undefined }, 'push');
  };
  return (
    <search className="ta-query">
      <div className="ta-query-line">
        <QueryInput state={state} inputRef={inputRef} typed={typed} onType={setTyped} onSearch={search} />
        <Syntax onPick={search} />
        <Button type="primary" size="large" onClick={() => search(typed)}>
          {t('events.search')}
        </Button>
      </div>
      {state.chips.length > 0 && (
        <div className="ta-query-chips">
          {state.chips.map((chip) => (
            <Tag
              key={chip}
              closable
              onClose={(event) => {
                event.preventDefault();
                state.patch({ with: state.chips.filter((other) => other !== chip) });
              }}
            >
              <ChipText chip={chip} />
            </Tag>
          ))}
          <Button type="link" size="small" onClick={() => state.patch({ with: undefined })}>
            {t('events.clearChips')}
          </Button>
        </div>
      )}
    </search>
  );
}

/** What a chip stands for: of a configured source its name, while the query keeps its id. */
function ChipText({ chip }: { chip: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const without = chip.startsWith('not ');
  const condition = without ? chip.slice('not '.length) : chip;
  const id = OF_SOURCE.exec(condition)?.[1];
  const { data } = useGet<Answer<'/api/sources/{id}'>>(
    id !== undefined && may('source.read') ? `/api/sources/${id}` : null,
  );
  const text = data === undefined ? condition : `${t('columns.source_id')}${t('parts.colon')}${data.name}`;
  return <span title={condition}>{without ? `${t('events.not')} ${text}` : text}</span>;
}

function Syntax({ onPick }: { onPick(query: string): void }) {
  const { t } = useTranslation();
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      title={t('events.syntax')}
      content={
        <ul className="ta-query-examples">
          {EXAMPLES.map((example) => (
            <li key={example}>
              <Button type="link" onClick={() => onPick(example)}>
                <code>{example}</code>
              </Button>
            </li>
          ))}
        </ul>
      }
    >
      <Button type="text" size="large" icon={<QuestionCircleOutlined />} aria-label={t('events.syntax')} />
    </Popover>
  );
}
