import { CopyOutlined } from '@ant-design/icons';
import { Typography } from 'antd';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

interface CodeViewProps {
  readonly text: string;
  /** Values to mark wherever they occur (case-insensitive): what a rule matched. */
  readonly marks?: readonly string[];
  readonly lineNumbers?: boolean;
  /** Height after which it scrolls, in pixels. Default 420. */
  readonly heightMax?: number;
  readonly label?: string;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Splits a text at the marked values. */
function marked(text: string, pattern: RegExp | undefined): ReactNode {
  if (!pattern) return text;
  return Array.from(text.split(pattern).entries(), ([index, piece]) =>
    index % 2 === 1 ? <mark key={index}>{piece}</mark> : piece,
  );
}

/** Text as a machine wrote it: a raw event, a rule. Copyable, with the matched values marked. */
export function CodeView({ text, marks = [], lineNumbers = false, heightMax = 420, label }: CodeViewProps) {
  const { t } = useTranslation();
  const words = marks.filter(Boolean).join('\n');
  const pattern = useMemo(() => {
    const parts = words.split('\n').filter(Boolean);
    return parts.length === 0 ? undefined : new RegExp(`(${parts.map(escaped).join('|')})`, 'gi');
  }, [words]);
  const lines = lineNumbers ? text.split('\n') : [text];
  return (
    <figure className="ta-code" aria-label={label}>
      <Typography.Text
        className="ta-code-copy"
        copyable={{
          text,
          icon: [<CopyOutlined key="copy" />, undefined],
          tooltips: [t('parts.copy'), t('parts.copied')],
        }}
      />
      <pre style={{ maxHeight: heightMax }}>
        {lineNumbers ? (
          <ol>
            {Array.from(lines.entries(), ([index, line]) => (
              <li key={index}>{marked(line, pattern)}</li>
            ))}
          </ol>
        ) : (
          marked(text, pattern)
        )}
      </pre>
    </figure>
  );
}
