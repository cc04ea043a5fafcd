/** What the event's fields do not say themselves and is made from others, for `source.ts` and the two layouts alike. */

/** Some forwarders name only the provider. */
export const channelOfProvider = (provider: string): string =>
  provider === 'Microsoft-Windows-Security-Auditing' ? 'Security' : `${provider}/Operational`;

/** Sysmon's events about the registry, pipes and WMI: only they have an EventType (Sysmon's manifest). */
const WITH_EVENT_TYPE: ReadonlySet<string> = new Set(['12', '13', '14', '17', '18', '19', '20', '21']);

/** Whether the message of such an event of Sysmon tells an EventType; in that of another one it is somebody's own text. */
export const tellsEventType = (eventId: string): boolean => WITH_EVENT_TYPE.has(eventId);

/** Sysmon's EventType as the rendered message has it. @see tellsEventType */
export const eventTypeIn = (message: string): string | undefined => /^EventType: (\w+)\r?$/m.exec(message)?.[1];

/** Security events that are told under Sigma's names too: a new process, and the log that was cleared. */
export const [PROCESS_CREATED, LOG_CLEARED] = ['4688', '1102'] as const;

/** What Sigma's process_creation calls the parts of a new process, and what the event data of 4688 does. */
export const PROCESS_FIELDS: ReadonlyMap<string, string> = new Map([
  ['Image', 'NewProcessName'],
  ['ParentImage', 'ParentProcessName'],
  ['User', 'SubjectUserName'],
  ['LogonId', 'SubjectLogonId'],
]);

/** Names of Windows' integrity levels (winnt.h). */
export const INTEGRITY: Readonly<Record<string, string>> = {
  'S-1-16-0': 'Untrusted',
  'S-1-16-4096': 'Low',
  'S-1-16-8192': 'Medium',
  'S-1-16-8448': 'Medium',
  'S-1-16-12288': 'High',
  'S-1-16-16384': 'System',
};

/** How many values a message of Windows can have: FormatMessage knows the inserts %1 to %99. */
const INSERTS_MAX = 99;

/** What forwarders call the values of an event whose provider gives them no names, as those of the classic channels. */
export const UNNAMED: ReadonlySet<string> = new Set([
  'Data',
  ...Array.from({ length: INSERTS_MAX }, (_, index) => `param${index + 1}`),
]);
