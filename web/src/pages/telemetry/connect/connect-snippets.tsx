import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { CodeView } from '#parts/code-view.tsx';
import type { Source, SourceKinds } from '../answers.ts';
import { snippetsFor, type Target } from './snippets.ts';

const HTTPS_PORT = 443;
const HTTP_PORT = 80;

function useTarget(token: string): Target {
  const { data } = useGet<SourceKinds>('/api/sources/kinds');
  const { origin, hostname, port, protocol } = window.location;
  const isTls = protocol === 'https:';
  const number = port === '' ? (isTls ? HTTPS_PORT : HTTP_PORT) : Number(port);
  return { origin, host: hostname, port: number, isTls, token, ports: data?.listeners ?? null };
}

/** How a sender is set up to deliver to a source: choose the program, copy its configuration. */
export function ConnectSnippets({ listener, token }: { listener: Source['listener']; token: string }) {
  const { t } = useTranslation();
  const target = useTarget(token);
  const snippets = snippetsFor(listener, target);
  const [agent, setAgent] = useState<string>();
  const shown = snippets.find((snippet) => snippet.agent === agent) ?? snippets[0];
  if (listener === 'netflow' && target.ports !== null && target.ports.netflow === null) {
    return <p className="ta-quiet">{t('telemetry.connect.noNetflow')}</p>;
  }
  if (shown === undefined) return <p className="ta-quiet">{t(`telemetry.sources.next.${listener}`)}</p>;
  return (
    <div className="ta-form">
      <Select
        aria-label={t('telemetry.connect.agent')}
        value={shown.agent}
        onChange={setAgent}
        options={snippets.map((snippet) => ({ value: snippet.agent, label: snippet.agent }))}
      />
      <CodeView text={shown.text} label={shown.agent} heightMax={280} />
    </div>
  );
}
