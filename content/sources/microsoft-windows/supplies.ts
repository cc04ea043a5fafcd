import type { Supply } from '#engine/formats/define.ts';
import { CATEGORY_TABLES } from './channels.ts';

const product = 'windows';

/** What every record has, whatever forwards it. */
const EVERY = [
  ...['EventID', 'Channel', 'Provider_Name', 'Computer', 'EventRecordID', 'Level', 'Task', 'Opcode', 'Keywords'],
  ...['Message', 'AccountName', 'Domain'],
];

const words = (text: string): string[] => text.split(' ');
const FILE_VERSION = 'FileVersion Description Product Company OriginalFileName';
const PROCESS = 'ProcessGuid ProcessId Image User';
const OTHER_PROCESS =
  'SourceProcessGuid SourceProcessGUID SourceProcessId SourceThreadId SourceImage SourceUser TargetProcessGuid TargetProcessGUID TargetProcessId TargetImage TargetUser';

/** The event data of Sysmon by Sigma category (Sysmon's own manifest, schema 4.90). */
const SYSMON_DATA: Readonly<Record<string, string>> = {
  process_creation: `${PROCESS} ${FILE_VERSION} CommandLine CurrentDirectory LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser`,
  file_change: `${PROCESS} TargetFilename CreationUtcTime PreviousCreationUtcTime`,
  network_connection: `${PROCESS} Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName`,
  sysmon_status: 'State Version SchemaVersion Configuration ConfigurationFileHash',
  process_termination: PROCESS,
  driver_load: 'ImageLoaded Hashes Signed Signature SignatureStatus',
  image_load: `${PROCESS} ImageLoaded ${FILE_VERSION} Hashes Signed Signature SignatureStatus`,
  create_remote_thread: `${OTHER_PROCESS} NewThreadId StartAddress StartModule StartFunction`,
  raw_access_thread: `${PROCESS} Device`,
  process_access: `${OTHER_PROCESS} GrantedAccess CallTrace`,
  file_event: `${PROCESS} TargetFilename CreationUtcTime`,
  registry_event: `${PROCESS} TargetObject Details NewName`,
  registry_add: `${PROCESS} TargetObject`,
  registry_delete: `${PROCESS} TargetObject`,
  registry_set: `${PROCESS} TargetObject Details`,
  registry_rename: `${PROCESS} TargetObject NewName`,
  create_stream_hash: `${PROCESS} TargetFilename CreationUtcTime Hash Contents`,
  pipe_created: `${PROCESS} PipeName`,
  wmi_event: 'Operation User EventNamespace Name Query Type Destination Consumer Filter',
  dns_query: `${PROCESS} QueryName QueryStatus QueryResults`,
  file_delete: `${PROCESS} TargetFilename Hashes IsExecutable Archived`,
  clipboard_change: `${PROCESS} Session ClientInfo Hashes Archived`,
  process_tampering: `${PROCESS} Type`,
  file_delete_detected: `${PROCESS} TargetFilename Hashes IsExecutable`,
  file_block_executable: `${PROCESS} TargetFilename Hashes`,
  file_block_shredding: `${PROCESS} TargetFilename Hashes IsExecutable`,
  file_executable_detected: `${PROCESS} TargetFilename Hashes`,
  sysmon_error: 'ID Description',
};

/** Other channels with a category. A Security 4688 has no hashes, no version resource and no parent command line. */
const OTHER_DATA: Readonly<Record<string, string>> = {
  process_creation:
    'SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId NewProcessId NewProcessName TokenElevationType ProcessId ProcessCommandLine CommandLine TargetUserSid TargetUserName TargetDomainName TargetLogonId ParentProcessName MandatoryLabel Image ParentImage User LogonId IntegrityLevel ParentProcessId',
  ps_module: 'ContextInfo UserData Payload',
  ps_script: 'MessageNumber MessageTotal ScriptBlockText ScriptBlockId Path',
};

/** What Windows supplies: named for Sysmon and the fixed events, open for channels whose events differ in their data. */
export function windowsSupplies(): Supply[] {
  const { OTHERS, SERVICES } = CATEGORY_TABLES;
  const sysmon = Object.entries(SYSMON_DATA).map(([category, names]) => ({
    logsource: { product, category, service: 'sysmon' },
    fields: [...EVERY, 'RuleName', 'UtcTime', 'EventType', ...words(names)],
    open: false,
  }));
  const others = Object.entries(OTHERS).flatMap(([service, categories]) =>
    [...new Set(Object.values(categories))].map((category) => {
      const names = OTHER_DATA[category];
      const logsource = { product, category, service };
      return {
        logsource,
        fields: names === undefined ? EVERY : [...EVERY, ...words(names)],
        open: names === undefined,
      };
    }),
  );
  const channels = ['', ...new Set(Object.values(SERVICES))].map((service) => ({
    logsource: { product, category: '', service },
    fields: EVERY,
    open: true,
  }));
  return [...sysmon, ...others, ...channels];
}
