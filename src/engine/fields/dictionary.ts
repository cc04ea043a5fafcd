/** What a column holds. All are text in the store; the type says how to show, check and search a value. */
type ColumnType = 'string' | 'number' | 'ip' | 'port' | 'path' | 'command' | 'hash' | 'url' | 'guid' | 'text';

/** A typed column of the event table: a name derived from ECS for what nearly all rules and hunts use. */
export interface Column {
  readonly column: string;
  /** The ECS field it stands for; the nearest one where ECS has none of its own. */
  readonly ecs: string;
  readonly type: ColumnType;
  readonly meaning: string;
  /** Few different values: stored as LowCardinality. */
  readonly low?: boolean;
  /** Skip index that helps the usual question about it. An index narrows, it never decides. */
  readonly index?: 'bloom' | 'ngram' | 'text';
  /** Told by the ledger when the event comes in, never by its source: no part of the original text. */
  readonly ledger?: true;
}

type Options = Pick<Column, 'low' | 'index' | 'ledger'>;

const col = (column: string, ecs: string, type: ColumnType, meaning: string, options: Options = {}): Column => ({
  column,
  ecs,
  type,
  meaning,
  ...options,
});

const LOW: Options = { low: true };
const BLOOM: Options = { index: 'bloom' };
const NGRAM: Options = { index: 'ngram' };
const LEDGER: Options = { low: true, ledger: true };

/**
 * The typed columns, in the order of the table. Chosen by counting the fields of the published Sigma rules, then adding
 * what hunts over web, network, DNS, firewall and sign-in logs ask for.
 */
export const COLUMNS: readonly Column[] = [
  // What and where
  col('host', 'host.name', 'string', 'Computer the event happened on', { low: true, index: 'bloom' }),
  col('event_code', 'event.code', 'string', "The source's own event number", LOW),
  col('message', 'message', 'text', 'Rendered message', { index: 'text' }),
  col('channel', 'winlog.channel', 'string', 'Log channel', LOW),
  col('provider', 'event.provider', 'string', 'Component that wrote the event', LOW),
  col('event_action', 'event.action', 'string', 'What was done: operation, verdict, action', LOW),
  col('event_type', 'event.type', 'string', "The source's own kind of record", LOW),
  col('change_type', 'registry.event_type', 'string', 'What was done to a registry key or file', LOW),
  col('event_name', 'event.dataset', 'string', 'Name of the operation in cloud and audit logs', LOW),
  col('event_outcome', 'event.outcome', 'string', 'Result or status', LOW),
  col('severity', 'event.severity', 'string', "The source's own level", LOW),
  col('task', 'winlog.task', 'string', 'Name of a scheduled task', LOW),
  col('task_category', 'winlog.task_category', 'string', 'Task category', LOW),
  // Process
  col('process_executable', 'process.executable', 'path', 'Full path of the program', NGRAM),
  col('process_command_line', 'process.command_line', 'command', 'Command line', NGRAM),
  col('process_name', 'process.name', 'path', 'Process named by the source', LOW),
  col('process_pid', 'process.pid', 'number', 'Process id'),
  col('process_guid', 'process.entity_id', 'guid', 'Process key, unique over time', BLOOM),
  col('process_working_directory', 'process.working_directory', 'path', 'Current directory'),
  col(
    'process_original_file_name',
    'process.pe.original_file_name',
    'string',
    'File name inside the version resource',
    LOW,
  ),
  col('process_description', 'process.pe.description', 'string', 'Description in the version resource', LOW),
  col('process_product', 'process.pe.product', 'string', 'Product in the version resource', LOW),
  col('process_company', 'process.pe.company', 'string', 'Company in the version resource', LOW),
  col('process_file_version', 'process.pe.file_version', 'string', 'Version in the version resource', LOW),
  col('process_integrity_level', 'process.integrity_level', 'string', 'Integrity level', LOW),
  col('parent_executable', 'process.parent.executable', 'path', 'Full path of the parent program', NGRAM),
  col('parent_command_line', 'process.parent.command_line', 'command', 'Command line of the parent', NGRAM),
  col('parent_pid', 'process.parent.pid', 'number', 'Process id of the parent'),
  col('parent_guid', 'process.parent.entity_id', 'guid', 'Process key of the parent', BLOOM),
  col('parent_user', 'process.parent.user.name', 'string', 'User of the parent', LOW),
  col(
    'hashes',
    'file.hash',
    'hash',
    'Hashes as the source writes them; a search for one digest (also sha256:, md5:, sha1:, imphash:) finds it among others',
    BLOOM,
  ),
  col('thread_start_module', 'process.thread.start_module', 'path', 'Module a remote thread starts in', LOW),
  col('source_image', 'process.source.executable', 'path', 'Program that opened another process', LOW),
  col('target_image', 'process.target.executable', 'path', 'Process that was opened', LOW),
  col('granted_access', 'process.granted_access', 'string', 'Rights granted on a process', LOW),
  col('call_trace', 'process.call_trace', 'text', 'Call stack of a process access'),
  // Files, modules, pipes, registry
  col('file_path', 'file.path', 'path', 'File that was created, changed, deleted', NGRAM),
  col('file_name', 'file.name', 'path', 'File or object name without its place'),
  col('item_name', 'file.item', 'path', 'Name in an audit or protocol record'),
  col('dll_path', 'dll.path', 'path', 'Image or driver that was loaded', NGRAM),
  col('signed', 'file.code_signature.exists', 'string', 'Signed or not', LOW),
  col('signature', 'file.code_signature.subject_name', 'string', 'Signer, or the name of what a scanner found', LOW),
  col('signature_status', 'file.code_signature.status', 'string', 'State of the signature', LOW),
  col('pipe_name', 'file.pipe.name', 'string', 'Named pipe', LOW),
  col('registry_path', 'registry.path', 'path', 'Registry key and value name', NGRAM),
  col('registry_data', 'registry.data.strings', 'text', 'Data of the registry value'),
  col('registry_new_name', 'registry.new_name', 'path', 'New name of a renamed key'),
  // PowerShell and other script text
  col('script_block_text', 'powershell.file.script_block_text', 'text', 'Script text', NGRAM),
  col('script_payload', 'powershell.command.invocation_details', 'text', 'Payload of a module log'),
  col('script_context', 'powershell.runspace.context', 'text', 'Context of a module log'),
  col('script_path', 'powershell.file.path', 'path', 'Script file'),
  col('event_data', 'winlog.event_data', 'text', 'Unnamed event data'),
  // Services, objects, shares
  col('service_name', 'service.name', 'string', 'Name of a service', LOW),
  col('service_file', 'service.file', 'path', 'Program of a service'),
  col('service_image_path', 'service.image_path', 'path', 'Image path of a service'),
  col('object_name', 'winlog.object.name', 'path', 'Object that was used'),
  col('object_type', 'winlog.object.type', 'string', 'Kind of the object', LOW),
  col('object_class', 'winlog.object.class', 'string', 'Directory class of the object', LOW),
  col('access_mask', 'winlog.access.mask', 'string', 'Rights asked for, as a number', LOW),
  col('access_list', 'winlog.access.list', 'string', 'Rights asked for, as codes', LOW),
  col('attribute_name', 'winlog.attribute.name', 'string', 'Directory attribute', LOW),
  col('attribute_value', 'winlog.attribute.value', 'string', 'Value of the directory attribute'),
  col('share_name', 'file.share.name', 'path', 'Network share', LOW),
  col('share_target', 'file.share.target', 'path', 'File in the share'),
  // People and sign-in
  col('user_name', 'user.name', 'string', 'User who acted', { low: true, index: 'bloom' }),
  col('subject_user', 'user.subject.name', 'string', 'Account that asked', LOW),
  col('subject_domain', 'user.subject.domain', 'string', 'Domain of the account that asked', LOW),
  col('subject_sid', 'user.subject.id', 'string', 'SID of the account that asked', LOW),
  col('target_user', 'user.target.name', 'string', 'Account it was done to', { low: true, index: 'bloom' }),
  col('target_domain', 'user.target.domain', 'string', 'Domain of the account it was done to', LOW),
  col('target_sid', 'user.target.id', 'string', 'SID of the account it was done to', LOW),
  col('logon_id', 'winlog.logon.id', 'string', 'Key of the logon session', BLOOM),
  col('target_logon_id', 'winlog.target_logon.id', 'string', 'Key of the new logon session', BLOOM),
  col('subject_logon_id', 'winlog.subject_logon.id', 'string', 'Logon session of the account that asked'),
  col('logon_type', 'winlog.logon.type', 'string', 'Kind of logon', LOW),
  col('logon_process', 'winlog.logon.process', 'string', 'Process that handled the logon', LOW),
  col('authentication_package', 'winlog.logon.package', 'string', 'Authentication package', LOW),
  col('workstation', 'source.workstation', 'string', 'Computer the logon came from', LOW),
  // Network
  col('source_ip', 'source.ip', 'ip', 'Address it came from', BLOOM),
  col('source_port', 'source.port', 'port', 'Port it came from'),
  col('source_host', 'source.domain', 'string', 'Name it came from', LOW),
  col('destination_ip', 'destination.ip', 'ip', 'Address it went to', BLOOM),
  col('destination_port', 'destination.port', 'port', 'Port it went to', LOW),
  col('destination_host', 'destination.domain', 'string', 'Name it went to', BLOOM),
  col('network_transport', 'network.transport', 'string', 'Protocol', LOW),
  col('network_application', 'network.protocol', 'string', 'Application protocol', LOW),
  col('network_initiated', 'network.initiated', 'string', 'Opened from this side', LOW),
  col('bytes_out', 'source.bytes', 'number', 'Bytes sent'),
  col('bytes_in', 'destination.bytes', 'number', 'Bytes received'),
  col('dns_question', 'dns.question.name', 'string', 'Name that was asked for', BLOOM),
  col('dns_type', 'dns.question.type', 'string', 'Type of the DNS question', LOW),
  col('dns_answer', 'dns.answers.data', 'string', 'Answer'),
  col('rule_name', 'rule.name', 'string', "The device's own rule or signature", LOW),
  col('rule_id', 'rule.id', 'string', "Number of the device's own rule", LOW),
  col('threat_category', 'rule.category', 'string', "The device's own class of threat", LOW),
  // Web and interfaces
  col('http_method', 'http.request.method', 'string', 'Method', LOW),
  col('url_path', 'url.path', 'url', 'Path without the query', NGRAM),
  col('url_query', 'url.query', 'url', 'Query', NGRAM),
  col('url_full', 'url.original', 'url', 'Whole address', NGRAM),
  col('url_domain', 'url.domain', 'string', 'Host asked for', LOW),
  col('http_status', 'http.response.status_code', 'number', 'Status code', LOW),
  col('user_agent', 'user_agent.original', 'string', 'User agent', LOW),
  col('http_referrer', 'http.request.referrer', 'url', 'Referrer'),
  col('http_bytes', 'http.response.bytes', 'number', 'Bytes of the answer'),
  col('http_cookie', 'http.request.cookie', 'text', 'Cookie'),
  // Unix audit
  col('audit_exe', 'auditd.exe', 'path', 'Program of an audit record', LOW),
  col('audit_syscall', 'auditd.syscall', 'string', 'System call', LOW),
  col('audit_key', 'auditd.key', 'string', 'Key of the audit rule', LOW),
  col('audit_a0', 'auditd.a0', 'string', 'First argument', LOW),
  col('audit_a1', 'auditd.a1', 'string', 'Second argument'),
  col('audit_a2', 'auditd.a2', 'string', 'Third argument'),
  // What the ledger knew of it when it came in
  col('asset_id', 'tongan.asset.id', 'string', 'Asset the event is about', { ...LEDGER, index: 'bloom' }),
  col('asset_name', 'tongan.asset.name', 'string', 'Name of the asset', LEDGER),
  col('asset_unit', 'tongan.asset.unit', 'string', 'Path of the unit whose asset it is', LEDGER),
  col('system_id', 'tongan.system.id', 'string', 'Information system of the asset', { ...LEDGER, index: 'bloom' }),
  col('system_name', 'tongan.system.name', 'string', 'Name of the information system', LEDGER),
  col('supervised_by', 'tongan.supervised_by', 'string', 'Unit that supervises the asset', LEDGER),
  col('operated_by', 'tongan.operated_by', 'string', 'Unit that runs the asset', LEDGER),
  col('used_by', 'tongan.used_by', 'string', 'Unit that uses the asset', LEDGER),
];
