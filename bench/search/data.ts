import type { EventStore } from '#platform/eventstore/open.ts';
import { eventSql, rawSql } from '#platform/eventstore/sql.ts';

/** What is hidden among the events, so that a search for it must find exactly these. */
export const NEEDLES = { latin: 'mimikatz', chinese: '勒索病毒', latinEvery: 200_000, chineseEvery: 50_000 } as const;

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

const DAY_MS = 86_400_000;

/** Uniform 0…1 from the row's number and a salt: the same data every time. */
const chance = (salt: string): string => `(intHash32(n * 1000003 + ${salt}) / 4294967296.0)`;
/** A whole number below `count`; small ones far more often than large ones, as with hosts, people and programs. */
const few = (salt: string, count: number): string => `toUInt32(floor(pow(${chance(salt)}, 3) * ${count}))`;
const below = (salt: string, count: number): string => `toUInt32(floor(${chance(salt)} * ${count}))`;
const pick = (salt: string, values: readonly string[]): string =>
  `arrayElement([${values.map((value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`).join(', ')}], 1 + ${few(salt, values.length)})`;

const PROGRAMS = [
  'C:\\Windows\\System32\\svchost.exe',
  'C:\\Windows\\System32\\cmd.exe',
  'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Windows\\System32\\conhost.exe',
  'C:\\Program Files (x86)\\WPS Office\\wps.exe',
  'C:\\Windows\\System32\\rundll32.exe',
  'C:\\Windows\\explorer.exe',
  'C:\\ProgramData\\Qianxin\\agent.exe',
  'C:\\Windows\\System32\\wbem\\WmiPrvSE.exe',
];
const ARGUMENTS = [
  '-k netsvcs -p -s Schedule',
  '/c whoami /all',
  '-NoProfile -ExecutionPolicy Bypass -File C:\\Scripts\\inventory.ps1',
  '--type=renderer --lang=zh-CN --enable-features=NetworkService',
  '0xffffffff -ForceV1',
  '"D:\\公文\\关于印发网络安全工作要点的通知.docx"',
  'C:\\Windows\\System32\\shell32.dll,Control_RunDLL',
  '-Embedding',
];
const SENTENCES = [
  '防火墙策略命中，会话被允许通过，未发现异常行为',
  '用户登录成功，来源地址属于政务外网办公区',
  '检测到口令错误，账号连续失败，已按策略锁定',
  '文件完整性检查完成，未发现被篡改的系统文件',
  '数据库审计：执行查询语句，返回记录数在正常范围内',
  '终端安全软件更新病毒库成功，版本已同步至最新',
];

/**
 * Fills table `event` inside the store, one statement a day, each original text kept as the collector keeps it, a template over its columns: endpoint, sign-in, web, firewall and audit events in the
 * proportions of an office network, with names that repeat as they do there.
 *
 * @param events how many in all, evenly over `days` days that end at `to`
 */
export async function fill(store: EventStore, options: { events: number; days: number; to: Date }): Promise<Span> {
  const perDay = Math.ceil(options.events / options.days);
  const from = new Date(options.to.getTime() - options.days * DAY_MS);
  for (let day = 0; day < options.days; day += 1) {
    const rows = Math.min(perDay, options.events - day * perDay);
    if (rows <= 0) break;
    await store.maintain(daySql({ first: day * perDay, rows, startMs: from.getTime() + day * DAY_MS }));
  }
  return { from, to: options.to };
}

function daySql(day: { readonly first: number; readonly rows: number; readonly startMs: number }) {
  const is = (kind: number) => `kind = ${kind}`;
  const by = (
    windows: string,
    logon: string,
    network: string,
    linux: string,
    web: string,
    wall: string,
    audit: string,
  ) =>
    `multiIf(${[windows, logon, network, linux, web, wall].map((text, index) => `${is(index)}, ${text}`).join(', ')}, ${audit})`;
  const none = "''";
  /** A place of the original text that holds the value of a column, as the collector writes it (see the template's ADR). */
  const mark = (column: string) => `\\x01${column}\\x02`;
  const json = (members: Readonly<Record<string, string>>) =>
    `'{"${Object.entries(members)
      .map(([name, value]) => `${name}":"${value.length < 3 && value !== '@t' ? value : mark(value)}`)
      .join('","')}"}'`;
  const clock = (form: string) => `formatDateTime(time, '${form}')`;
  const address = `concat('10.', toString(64 + ${below('11', 20)}), '.', toString(${below('12', 250)}), '.', toString(1 + ${few('13', 250)}))`;
  const target = `concat('100.', toString(64 + ${few('14', 60)}), '.', toString(${few('15', 250)}), '.', toString(1 + ${below('16', 250)}))`;
  const command = `concat('"', program, '" ', ${pick('21', ARGUMENTS)}, ' ', toString(${below('22', 100_000)}), if(n % ${NEEDLES.latinEvery} = 7, ' sekurlsa ${NEEDLES.latin[0]?.toUpperCase()}${NEEDLES.latin.slice(1)}.exe', ''))`;
  const sentence = `concat(${pick('31', SENTENCES)}, '，会话编号', toString(${below('32', 1_000_000)}), if(n % ${NEEDLES.chineseEvery} = 11, '，主机疑似感染${NEEDLES.chinese}并对外传播', ''), '。')`;
  const text = `
    SELECT concat('bench.', toString(n)) AS event_id, time, addMilliseconds(time, 1500) AS received_at,
      ${by("'microsoft-windows'", "'microsoft-windows'", "'microsoft-windows'", "'linux-sshd'", "'nginx-access'", "'huawei-usg'", "'kylin-audit'")} AS source,
      concat('source-', toString(intHash32(host_number) % 60)) AS source_id,
      ${by("'windows'", "'windows'", "'windows'", "'linux'", "'nginx'", "'huawei'", "'kylin'")} AS product,
      ${by("'process_creation'", none, "'network_connection'", none, "'webserver'", "'firewall'", none)} AS category,
      ${by("'sysmon'", "'security'", "'sysmon'", "'sshd'", none, none, "'audit'")} AS service,
      concat('/450000/4501', toString(10 + host_number % 14), '/') AS unit_path,
      host,
      ${by("'1'", "['4624', '4625', '4688', '4634'][1 + n % 4]", "'3'", none, none, none, none)} AS event_code,
      ${by(none, none, none, none, none, sentence, sentence)} AS message_text,
      ${by(none, none, none, "if(n % 5 = 0, 'failed', 'accepted')", none, "if(n % 10 = 0, 'deny', 'permit')", "'open'")} AS event_action,
      if(kind IN (0, 2), program, '') AS process_executable,
      if(kind = 0, ${command}, '') AS process_command_line,
      if(kind IN (0, 2), concat('{', lower(hex(sipHash128(n))), '}'), '') AS process_guid,
      if(kind = 0, concat('SHA256=', upper(hex(sipHash128(few_program))), upper(hex(sipHash128(few_program + 1)))), '') AS hashes,
      if(kind IN (0, 1, 2, 3, 6), user, '') AS user_name,
      if(kind IN (1, 2, 3, 4, 5), ${address}, '') AS source_ip,
      if(kind = 3, toString(20000 + n % 40000), '') AS source_port,
      if(kind = 1, 'Kerberos', '') AS logon_process,
      if(kind = 1, 'Negotiate', '') AS authentication_package,
      if(kind IN (2, 5), ${target}, '') AS destination_ip,
      if(kind IN (2, 5), ['443', '80', '53', '8080', '22'][1 + ${few('41', 5)}], '') AS destination_port,
      if(kind = 4, concat('/bsfw/item/', toString(${few('51', 5000)})), '') AS url_path,
      if(kind = 4, ['200', '304', '404', '500'][1 + ${few('52', 4)}], '') AS http_status,
      if(kind = 4, 'GET', '') AS http_method,
      if(kind = 4, toString(n % 40000), '') AS http_bytes,
      if(kind = 4, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36', '') AS user_agent,
      if(kind = 6, concat('{"session":"', toString(n % 1000), '"}'), '') AS rest,
      ${by(
        json({
          EventID: '1',
          Computer: 'host',
          UtcTime: '@t',
          Image: 'process_executable',
          CommandLine: 'process_command_line',
          ProcessGuid: 'process_guid',
          Hashes: 'hashes',
          User: 'user_name',
        }),
        json({
          EventID: 'event_code',
          Computer: 'host',
          TimeCreated: '@t',
          TargetUserName: 'user_name',
          IpAddress: 'source_ip',
          LogonProcessName: 'logon_process',
          AuthenticationPackageName: 'authentication_package',
        }),
        json({
          EventID: '3',
          Computer: 'host',
          UtcTime: '@t',
          Image: 'process_executable',
          ProcessGuid: 'process_guid',
          SourceIp: 'source_ip',
          DestinationIp: 'destination_ip',
          DestinationPort: 'destination_port',
          User: 'user_name',
        }),
        `concat('<86>', ${clock('%b %d %H:%i:%S')}, ' ${mark('host')} sshd[', toString(n % 65536), ']: ', if(event_action = 'failed', 'Failed password for ', 'Accepted publickey for '), '${mark('user_name')} from ${mark('source_ip')} port ${mark('source_port')} ssh2')`,
        `concat('${mark('source_ip')} - - [', ${clock('%d/%b/%Y:%H:%i:%S')}, ' +0000] "${mark('http_method')} ${mark('url_path')} HTTP/1.1" ${mark('http_status')} ${mark('http_bytes')} "-" "${mark('user_agent')}"')`,
        `concat('<189>', ${clock('%b %d %Y %H:%i:%S')}, ' ${mark('host')} %%01SECLOG/6/SESSION(l): srcip=${mark('source_ip')} dstip=${mark('destination_ip')} dstport=${mark('destination_port')} action=${mark('event_action')} msg=${mark('message_text')}')`,
        `concat('type=SYSCALL msg=audit(', toString(toUnixTimestamp(time)), ':', toString(n % 100000), ') host=${mark('host')} acct=${mark('user_name')} desc=${mark('message_text')}')`,
      )} AS template
    FROM (
      SELECT number + ${day.first} AS n,
        fromUnixTimestamp64Milli(${day.startMs} + toInt64(number * ${DAY_MS} / ${day.rows}), 'UTC') AS time,
        multiIf(intHash32(n) % 100 < 35, 0, intHash32(n) % 100 < 50, 1, intHash32(n) % 100 < 65, 2, intHash32(n) % 100 < 75, 3, intHash32(n) % 100 < 85, 4, intHash32(n) % 100 < 95, 5, 6) AS kind,
        ${few('1', 2000)} AS host_number,
        concat(['WIN', 'WIN', 'WIN', 'LNX', 'WEB', 'FW', 'KY'][kind + 1], '-', leftPad(toString(host_number), 5, '0')) AS host,
        concat('GOV\\\\', ['zhang', 'wang', 'li', 'chen', 'liu', 'huang', 'wei', 'qin'][1 + ${below('2', 8)}], toString(${few('3', 600)})) AS user,
        ${few('4', 40)} AS few_program,
        concat(${pick('5', PROGRAMS)}, '') AS program
      FROM numbers(${day.rows}))`;
  return eventSql`INSERT INTO event (event_id, time, received_at, source, source_id, product, category, service, unit_path, host,
    event_code, message_text, event_action, process_executable, process_command_line, process_guid, hashes, user_name, source_ip,
    source_port, logon_process, authentication_package, destination_ip, destination_port, url_path, http_status, http_method, http_bytes, user_agent, rest, template) ${rawSql(text)} SETTINGS max_insert_threads = 2`;
}
