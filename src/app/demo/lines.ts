/** Log lines in the true formats of their senders. Addresses of attackers are those reserved for documentation (RFC 5737). */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const OFFSET_MS = 8 * 3_600_000;
const two = (value: number): string => String(value).padStart(2, '0');

/** Wall time in Asia/Shanghai, which has no summer time. */
function wall(at: Date) {
  const local = new Date(at.getTime() + OFFSET_MS);
  const time = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  return { day: local.getUTCDate(), month: local.getUTCMonth(), year: local.getUTCFullYear(), time };
}

/** RFC 3164, facility and severity as a number. */
function syslog(at: Date, priority: number, host: string, tag: string, text: string): string {
  const { day, month, time } = wall(at);
  return `<${priority}>${MONTHS[month]} ${String(day).padStart(2, ' ')} ${time} ${host} ${tag}: ${text}`;
}

const AUTHPRIV_INFO = 86;

export const sshFailed = (at: Date, host: string, user: string, from: string, port: number): string =>
  syslog(at, AUTHPRIV_INFO, host, `sshd[${port}]`, `Failed password for ${user} from ${from} port ${port} ssh2`);

export const sshAccepted = (
  at: Date,
  host: string,
  user: string,
  from: string,
  port: number,
  method = 'publickey',
): string =>
  syslog(at, AUTHPRIV_INFO, host, `sshd[${port}]`, `Accepted ${method} for ${user} from ${from} port ${port} ssh2`);

export const sudo = (at: Date, host: string, user: string, command: string): string =>
  syslog(
    at,
    AUTHPRIV_INFO - 1,
    host,
    'sudo',
    `${user} : TTY=pts/0 ; PWD=/home/${user} ; USER=root ; COMMAND=${command}`,
  );

export interface WebRequest {
  readonly from: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly bytes: number;
  readonly agent: string;
  readonly referer?: string;
}

/** The combined format of nginx. */
export function nginx(at: Date, request: WebRequest): string {
  const { day, month, year, time } = wall(at);
  const { from, method, target, status, bytes, agent, referer = '-' } = request;
  return `${from} - - [${two(day)}/${MONTHS[month]}/${year}:${time} +0800] "${method} ${target} HTTP/1.1" ${status} ${bytes} "${referer}" "${agent}"`;
}

/** Two records of auditd for one started program, as the kernel writes them. */
export function auditExec(
  at: Date,
  host: string,
  serial: number,
  program: { uid: number; parent: string; exe: string; args: readonly string[] },
): string[] {
  const stamp = `audit(${(at.getTime() / 1000).toFixed(3)}:${serial})`;
  const name = program.exe.split('/').at(-1) ?? program.exe;
  const call = `type=SYSCALL msg=${stamp}: arch=c000003e syscall=59 success=yes exit=0 a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=2211 pid=${3000 + (serial % 900)} auid=4294967295 uid=${program.uid} gid=${program.uid} euid=${program.uid} suid=${program.uid} fsuid=${program.uid} egid=${program.uid} sgid=${program.uid} fsgid=${program.uid} tty=(none) ses=4294967295 comm="${name}" exe="${program.exe}" key="exec"`;
  const args = program.args.map((arg, index) => `a${index}="${arg}"`).join(' ');
  const exec = `type=EXECVE msg=${stamp}: argc=${program.args.length} ${args}`;
  return [call, exec].map((text) => syslog(at, 14, host, 'audispd', text));
}

/** A Windows event as Winlogbeat ships it. */
export function windows(
  at: Date,
  host: string,
  channel: string,
  eventId: number,
  data: Readonly<Record<string, string>>,
): string {
  const provider =
    channel === 'Security'
      ? 'Microsoft-Windows-Security-Auditing'
      : channel.startsWith('Microsoft-Windows-Sysmon')
        ? 'Microsoft-Windows-Sysmon'
        : 'Microsoft-Windows-Eventlog';
  return JSON.stringify({
    '@timestamp': at.toISOString(),
    agent: { type: 'winlogbeat', version: '8.15.0' },
    host: { name: host },
    winlog: {
      channel,
      provider_name: provider,
      event_id: String(eventId),
      computer_name: host,
      record_id: at.getTime() % 1_000_000,
      event_data: data,
    },
    event: { code: String(eventId), kind: 'event' },
  });
}

export interface Session {
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly action: 'permit' | 'deny';
  readonly bytes: number;
}

/** What a Huawei USG firewall logs in its documented forms: the end of a session, or a packet that its policy denied. */
export function usg(at: Date, host: string, session: Session): string {
  const { year, month, day, time } = wall(at);
  const head = `<190>${year}-${two(month + 1)}-${two(day)} ${time} ${host} %%01`;
  const { from, to, fromPort, toPort, bytes } = session;
  if (session.action === 'deny') {
    return `${head}POLICY/6/POLICYDENY(l)[${fromPort}]:vsys=public, protocol=6, source-ip=${from}, source-port=${fromPort}, destination-ip=${to}, destination-port=${toPort}, time=${year}/${month + 1}/${day} ${time}, source-zone=trust, destination-zone=untrust, application-name=, rule-name=default.`;
  }
  const endSeconds = Math.floor(at.getTime() / 1000);
  return `${head}SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=tcp,SourceIP=${from},DestinationIP=${to},SourcePort=${fromPort},DestinationPort=${toPort},BeginTime=${endSeconds - 5},EndTime=${endSeconds},SendPkts=9,SendBytes=${bytes},RcvPkts=8,RcvBytes=${bytes * 3},SourceVpnID=0,DestinationVpnID=0,SourceZone=trust,DestinationZone=untrust,PolicyName=out,UserName=,CloseReason=tcp-fin`;
}

/** One line of Suricata's EVE output. */
export function eve(at: Date, body: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    timestamp: at.toISOString().replace('Z', '+0000'),
    flow_id: at.getTime(),
    in_iface: 'eth1',
    proto: 'TCP',
    ...body,
  });
}

export interface ApiCall {
  readonly caller: string;
  readonly callerUnit: string;
  readonly from: string;
  readonly interfaceId: string;
  readonly interfaceName: string;
  readonly path: string;
  readonly query: string;
  readonly rows: number;
  readonly sensitive: Readonly<Record<string, number>>;
  readonly declared: readonly string[];
  readonly sample: string;
}

/** A call of a data interface as its gateway reports it: identifiers are counted, never sent. */
export function apiCall(at: Date, serial: number, call: ApiCall): string {
  return JSON.stringify({
    log: 'tongan-api/1',
    time: at.toISOString(),
    gateway: 'api-gw-01',
    request_id: `req-${serial}`,
    caller: { id: call.caller, name: call.caller, unit: call.callerUnit, ip: call.from },
    interface: {
      id: call.interfaceId,
      name: call.interfaceName,
      registered: true,
      state: 'active',
      data_grade: 'important',
      declared: call.declared,
    },
    method: 'GET',
    path: call.path,
    query: call.query,
    status: 200,
    duration_ms: 40 + (serial % 60),
    rows: call.rows,
    request_bytes: 420,
    response_bytes: 300 + call.rows * 180,
    sensitive: call.sensitive,
    sample: call.sample,
  });
}
