/**
 * Sigma's `service` of a Windows event channel (Sigma specification, appendix "taxonomy"; the channel names are
 * Microsoft's). Keys are lower case: forwarders do not agree on the case.
 */
const SERVICES: Readonly<Record<string, string>> = {
  application: 'application',
  security: 'security',
  system: 'system',
  'microsoft-windows-sysmon/operational': 'sysmon',
  'microsoft-windows-powershell/operational': 'powershell',
  'powershellcore/operational': 'powershell',
  'windows powershell': 'powershell-classic',
  'microsoft-windows-windows defender/operational': 'windefend',
  'microsoft-windows-taskscheduler/operational': 'taskscheduler',
  'microsoft-windows-wmi-activity/operational': 'wmi',
  'microsoft-windows-ntlm/operational': 'ntlm',
  'microsoft-windows-dhcp-server/operational': 'dhcp',
  'microsoft-windows-printservice/admin': 'printservice-admin',
  'microsoft-windows-printservice/operational': 'printservice-operational',
  'microsoft-windows-smbclient/security': 'smbclient-security',
  'microsoft-windows-smbclient/connectivity': 'smbclient-connectivity',
  'microsoft-windows-smbserver/connectivity': 'smbserver-connectivity',
  'microsoft-windows-terminalservices-localsessionmanager/operational': 'terminalservices-localsessionmanager',
  'microsoft-windows-codeintegrity/operational': 'codeintegrity-operational',
  'microsoft-windows-applocker/exe and dll': 'applocker',
  'microsoft-windows-applocker/msi and script': 'applocker',
  'microsoft-windows-applocker/packaged app-deployment': 'applocker',
  'microsoft-windows-applocker/packaged app-execution': 'applocker',
  'msexchange management': 'msexchange-management',
  'microsoft-windows-windows firewall with advanced security/firewall': 'firewall-as',
  'microsoft-windows-bits-client/operational': 'bits-client',
  'microsoft-windows-security-mitigations/kernel mode': 'security-mitigations',
  'microsoft-windows-security-mitigations/user mode': 'security-mitigations',
  'microsoft-windows-diagnosis-scripted/operational': 'diagnosis-scripted',
  'microsoft-windows-shell-core/operational': 'shell-core',
  'openssh/operational': 'openssh',
  'microsoft-windows-ldap-client/debug': 'ldap',
  'microsoft-windows-bitlocker/bitlocker management': 'bitlocker',
  'microsoft-windows-vhdmp-operational': 'vhdmp',
  'microsoft-windows-vhdmp/operational': 'vhdmp',
  'microsoft-windows-appxdeploymentserver/operational': 'appxdeployment-server',
  'microsoft-windows-appxpackaging/operational': 'appxpackaging-om',
  'microsoft-windows-lsa/operational': 'lsa-server',
  'microsoft-windows-dns client events/operational': 'dns-client',
  'microsoft-windows-dns-client/operational': 'dns-client',
  'dns server': 'dns-server',
  'microsoft-windows-dns-server/audit': 'dns-server-audit',
  'microsoft-windows-dns-server/analytical': 'dns-server-analytic',
  'microsoft-windows-driverframeworks-usermode/operational': 'driver-framework',
  'microsoft-windows-appmodel-runtime/admin': 'appmodel-runtime',
  'microsoft-windows-capi2/operational': 'capi2',
  'microsoft-windows-certificateservicesclient-lifecycle-system/operational':
    'certificateservicesclient-lifecycle-system',
  'microsoft-windows-kernel-shimengine/operational': 'kernel-shimengine',
  'microsoft-windows-application-experience/program-telemetry': 'application-experience',
  'microsoft-windows-ntfs/operational': 'ntfs',
  'microsoft-windows-hyper-v-worker-admin': 'hyper-v-worker',
  'microsoft-windows-kernel-eventtracing/admin': 'kernel-event-tracing',
  'microsoft-windows-sense/operational': 'sense',
  'microsoft-servicebus-client/admin': 'microsoft-servicebus-client',
  'microsoft-servicebus-client/operational': 'microsoft-servicebus-client',
  'microsoft-iis-configuration/operational': 'iis-configuration',
};

/** Sigma's service of a channel; '' for a channel Sigma has no name for. */
export const serviceOf = (channel: string): string => SERVICES[channel.toLowerCase()] ?? '';

/** Sysmon's event ids (Sysmon 15 schema) as Sigma categories. 12 depends on what was done to the key. */
const SYSMON: Readonly<Record<string, string>> = {
  '1': 'process_creation',
  '2': 'file_change',
  '3': 'network_connection',
  '4': 'sysmon_status',
  '5': 'process_termination',
  '6': 'driver_load',
  '7': 'image_load',
  '8': 'create_remote_thread',
  '9': 'raw_access_thread',
  '10': 'process_access',
  '11': 'file_event',
  '12': 'registry_event',
  '13': 'registry_set',
  '14': 'registry_rename',
  '15': 'create_stream_hash',
  '16': 'sysmon_status',
  '17': 'pipe_created',
  '18': 'pipe_created',
  '19': 'wmi_event',
  '20': 'wmi_event',
  '21': 'wmi_event',
  '22': 'dns_query',
  '23': 'file_delete',
  '24': 'clipboard_change',
  '25': 'process_tampering',
  '26': 'file_delete_detected',
  '27': 'file_block_executable',
  '28': 'file_block_shredding',
  '29': 'file_executable_detected',
  '255': 'sysmon_error',
};

const OTHERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  security: { '4688': 'process_creation' },
  powershell: { '4103': 'ps_module', '4104': 'ps_script' },
  'powershell-classic': { '400': 'ps_classic_start', '600': 'ps_classic_provider_start', '800': 'ps_classic_script' },
  windefend: Object.fromEntries(
    [
      '1006',
      '1007',
      '1008',
      '1009',
      '1010',
      '1011',
      '1012',
      '1017',
      '1018',
      '1019',
      '1115',
      '1116',
      '1117',
      '1118',
      '1119',
    ].map((id) => [id, 'antivirus']),
  ),
};

/**
 * Sigma's most specific category of a Windows event.
 *
 * @param eventType Sysmon's `EventType` (CreateKey, DeleteKey, DeleteValue …), which tells event 12 apart
 */
export function categoryOf(service: string, eventId: string, eventType: string): string {
  if (service !== 'sysmon') return OTHERS[service]?.[eventId] ?? '';
  if (eventId === '12' && eventType.startsWith('Create')) return 'registry_add';
  if (eventId === '12' && eventType.startsWith('Delete')) return 'registry_delete';
  return SYSMON[eventId] ?? '';
}

/** The tables behind `serviceOf` and `categoryOf`, for what the source says it supplies. */
export const CATEGORY_TABLES = { OTHERS, SERVICES } as const;
