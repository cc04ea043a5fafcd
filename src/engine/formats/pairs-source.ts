import type { LogSource } from '#engine/fields/event.ts';
import type { OpenedText, SourceEvent } from './define.ts';
import { type KeyValueStyle, parseKeyValue } from './kv.ts';
import { eventAt, type Fields, type Names, oneText, plainProtocol, put, putUri, rename } from './sigma-fields.ts';
import { parseDeviceTime } from './time.ts';

/** How a device writes its records: a mark, then pairs. Most firewalls and gateways differ in nothing but this. */
export interface PairsLayout {
  /** Where the pairs begin in the text: the pattern's own beginning. No match: not a text of the source. */
  readonly start: RegExp;
  readonly style: KeyValueStyle;
  /** The device's names under the platform's; `$url` and `$time` name the address asked for and the record's time. */
  readonly names: Names;
  /** The log source, from what was read. */
  readonly logsource: (fields: Readonly<Fields>) => LogSource;
  /** The device's words for values, by field: `拒绝` → `deny`. */
  readonly words?: Readonly<Record<string, Names>>;
  /** What is left to do for this device. */
  readonly finish?: (fields: Fields, opened: OpenedText) => void;
}

/**
 * Reads a record of pairs by its layout; null when the text does not bear its mark.
 *
 * @param text the text, where something had to be done to it first
 */
export function readPairs(opened: OpenedText, layout: PairsLayout, text = opened.text): SourceEvent | null {
  const { syslog, context } = opened;
  const start = layout.start.exec(text.length > 65_536 ? text.slice(0, 65_536) : text);
  if (start === null) return null;
  const { record, problems } = parseKeyValue(text.slice(start.index).trim(), layout.style);
  const fields = rename(record, layout.names);
  const { $time: time, $url: url, ...kept } = fields;
  putUri(kept, oneText(url));
  if (kept.hostname === undefined) put(kept, 'hostname', syslog.hostname);
  plainProtocol(kept);
  for (const [field, words] of Object.entries(layout.words ?? {})) {
    const word = oneText(kept[field]);
    if (word !== '') put(kept, field, words[word] ?? word);
  }
  layout.finish?.(kept, opened);
  const notable = problems.filter((problem) => problem !== WORDS_PASSED);
  return eventAt(
    layout.logsource(kept),
    [parseDeviceTime(oneText(time), context), syslog.timeMs],
    context,
    kept,
    notable,
  );
}

/** Words between the pairs are usual in device logs and no fault. */
const WORDS_PASSED = 'words that are no name and value were passed over';

/** What Chinese devices call what they did with a packet or request. */
export const CHINESE_ACTIONS: Names = {
  允许: 'allow',
  放行: 'allow',
  通过: 'allow',
  拒绝: 'deny',
  阻断: 'block',
  拦截: 'block',
  被拦截: 'block',
  丢弃: 'drop',
  告警: 'alert',
  仅告警: 'alert',
  检测: 'alert',
  重置: 'reset',
  隔离: 'quarantine',
  清除: 'clean',
  登录: 'login',
  注销: 'logout',
};

/** What Chinese devices call how grave something is. */
export const CHINESE_LEVELS: Names = {
  严重: 'critical',
  致命: 'critical',
  危急: 'critical',
  高: 'high',
  高危: 'high',
  中: 'medium',
  中危: 'medium',
  低: 'low',
  低危: 'low',
  信息: 'info',
};
