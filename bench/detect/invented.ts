import { seededChance } from '../../src/app/demo/random.ts';

const PROGRAMS = [
  'svchost.exe',
  'powershell.exe',
  'cmd.exe',
  'msiexec.exe',
  'chrome.exe',
  'wps.exe',
  'lsass.exe',
  'rundll32.exe',
];
const ARGUMENTS = [
  '-k netsvcs -p',
  '/c dir C:\\Users',
  '/i update.msi /quiet',
  '--type=renderer --lang=zh-CN',
  'shell32.dll,Control_RunDLL',
  '-NoProfile -File report.ps1',
];
const FOLDERS = [
  'C:\\Windows\\System32',
  'C:\\Program Files\\Office',
  'C:\\Users\\张三\\AppData\\Local\\Temp',
  'C:\\ProgramData',
];
const KEYS = [
  'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater',
  'HKU\\S-1-5-21\\Software\\Classes',
  'HKLM\\System\\CurrentControlSet\\Services\\bam',
];
const SCRIPTS = [
  'Get-ChildItem -Path $env:TEMP | Remove-Item -Recurse',
  'function Get-Report { param($Name) Write-Output ("{0}: {1}" -f $Name, (Get-Date)) }',
  '$wc = New-Object System.Net.WebClient; $wc.Headers.Add("User-Agent", "report"); Import-Csv data.csv | Group-Object city',
];

/** Windows events in the flat layout of NXLog, in a mix such as a monitored domain has. The same on every call. */
export function inventedLines(count: number): string[] {
  const chance = seededChance(29);
  const path = () => `${chance.pick(FOLDERS)}\\${chance.pick(PROGRAMS)}`;
  const command = () => `"${path()}" ${chance.pick(ARGUMENTS)}`;
  const sysmon = (id: number, data: Record<string, unknown>) => event('Microsoft-Windows-Sysmon/Operational', id, data);
  const event = (channel: string, id: number, data: Record<string, unknown>) => ({
    EventID: id,
    Channel: channel,
    Hostname: `WS-${chance.below(200)}.gx.local`,
    EventTime: '2026-05-20 09:00:00',
    RecordNumber: chance.below(1e6),
    ...data,
    Message: Object.entries(data)
      .map(([name, value]) => `${name}: ${String(value)}`)
      .join('\r\n'),
    SourceModuleName: 'eventlog',
    tags: ['bench'],
  });
  const makers: (() => Record<string, unknown>)[] = [
    () =>
      sysmon(10, {
        SourceImage: path(),
        TargetImage: path(),
        GrantedAccess: '0x1000',
        CallTrace: `${path()}+9c534|${path()}+2726e`,
      }),
    () =>
      sysmon(10, { SourceImage: path(), TargetImage: path(), GrantedAccess: '0x1410', CallTrace: `${path()}+9c534` }),
    () => sysmon(12, { EventType: 'CreateKey', Image: path(), TargetObject: chance.pick(KEYS) }),
    () => sysmon(13, { EventType: 'SetValue', Image: path(), TargetObject: chance.pick(KEYS), Details: command() }),
    () =>
      sysmon(7, {
        Image: path(),
        ImageLoaded: `${chance.pick(FOLDERS)}\\user32.dll`,
        Signed: 'true',
        Signature: 'Microsoft Windows',
      }),
    () =>
      sysmon(3, {
        Image: path(),
        DestinationIp: `10.1.2.${chance.below(250)}`,
        DestinationPort: '443',
        Initiated: 'true',
      }),
    () =>
      sysmon(1, {
        Image: path(),
        CommandLine: command(),
        ParentImage: path(),
        ParentCommandLine: command(),
        User: 'GX\\clerk',
        IntegrityLevel: 'Medium',
        Hashes: `SHA1=${chance.below(1e9)}`,
      }),
    () =>
      event('Security', 4688, {
        NewProcessName: path(),
        CommandLine: command(),
        ParentProcessName: path(),
        SubjectUserName: 'clerk',
        NewProcessId: '0x1a4',
      }),
    () =>
      event('Security', 4624, { TargetUserName: 'clerk', LogonType: '3', IpAddress: `10.1.2.${chance.below(250)}` }),
    () =>
      event('Microsoft-Windows-PowerShell/Operational', 4104, { ScriptBlockText: chance.pick(SCRIPTS), Path: path() }),
    () =>
      event('Microsoft-Windows-PowerShell/Operational', 4103, {
        Payload: chance.pick(SCRIPTS),
        ContextInfo: command(),
      }),
  ];
  return Array.from({ length: count }, () => JSON.stringify(chance.pick(makers)()));
}
