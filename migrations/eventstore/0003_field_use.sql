-- Which fields events have at all, by month, unit and source: columns with a value, columns for numbers, addresses and
-- GUIDs that hold other characters as well, and names kept in `rest`. A search then reads only columns that can have what is looked for,
-- and looks into `rest` only where the name is. Rows written by a new reading count as well.
CREATE TABLE IF NOT EXISTS field_use (
  month Date CODEC(Delta, ZSTD(3)),
  unit_path LowCardinality(String),
  source LowCardinality(String),
  kind LowCardinality(String),
  name String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(month)
ORDER BY (month, kind, name, unit_path, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, auto_statistics_types = '';

CREATE MATERIALIZED VIEW IF NOT EXISTS field_use_insert TO field_use AS
SELECT month, unit_path, source, used.1 AS kind, used.2 AS name
FROM (
  SELECT toStartOfMonth(time) AS month, unit_path, source,
    arrayFilter((name, isUsed) -> isUsed, [
      'host', 'event_code', 'message', 'channel', 'provider', 'event_action', 'event_type', 'change_type', 'event_name', 'event_outcome',
      'severity', 'task', 'task_category', 'process_executable', 'process_command_line', 'process_name', 'process_pid', 'process_guid',
      'process_working_directory', 'process_original_file_name', 'process_description', 'process_product', 'process_company',
      'process_file_version', 'process_integrity_level', 'parent_executable', 'parent_command_line', 'parent_pid', 'parent_guid',
      'parent_user', 'hashes', 'thread_start_module', 'source_image', 'target_image', 'granted_access', 'call_trace', 'file_path',
      'file_name', 'item_name', 'dll_path', 'signed', 'signature', 'signature_status', 'pipe_name', 'registry_path', 'registry_data',
      'registry_new_name', 'script_block_text', 'script_payload', 'script_context', 'script_path', 'event_data', 'service_name',
      'service_file', 'service_image_path', 'object_name', 'object_type', 'object_class', 'access_mask', 'access_list', 'attribute_name',
      'attribute_value', 'share_name', 'share_target', 'user_name', 'subject_user', 'subject_domain', 'subject_sid', 'target_user',
      'target_domain', 'target_sid', 'logon_id', 'target_logon_id', 'subject_logon_id', 'logon_type', 'logon_process',
      'authentication_package', 'workstation', 'source_ip', 'source_port', 'source_host', 'destination_ip', 'destination_port',
      'destination_host', 'network_transport', 'network_application', 'network_initiated', 'bytes_out', 'bytes_in', 'dns_question',
      'dns_type', 'dns_answer', 'rule_name', 'rule_id', 'threat_category', 'http_method', 'url_path', 'url_query', 'url_full', 'url_domain',
      'http_status', 'user_agent', 'http_referrer', 'http_bytes', 'http_cookie', 'audit_exe', 'audit_syscall', 'audit_key', 'audit_a0',
      'audit_a1', 'audit_a2'
    ], [
      max(host != ''), max(event_code != ''), max(message_text != ''), max(channel != ''), max(provider != ''), max(event_action != ''),
      max(event_type != ''), max(change_type != ''), max(event_name != ''), max(event_outcome != ''), max(severity != ''), max(task != ''),
      max(task_category != ''), max(process_executable != ''), max(process_command_line != ''), max(process_name != ''),
      max(process_pid != ''), max(process_guid != ''), max(process_working_directory != ''), max(process_original_file_name != ''),
      max(process_description != ''), max(process_product != ''), max(process_company != ''), max(process_file_version != ''),
      max(process_integrity_level != ''), max(parent_executable != ''), max(parent_command_line != ''), max(parent_pid != ''),
      max(parent_guid != ''), max(parent_user != ''), max(hashes != ''), max(thread_start_module != ''), max(source_image != ''),
      max(target_image != ''), max(granted_access != ''), max(call_trace != ''), max(file_path != ''), max(file_name != ''),
      max(item_name != ''), max(dll_path != ''), max(signed != ''), max(signature != ''), max(signature_status != ''), max(pipe_name != ''),
      max(registry_path != ''), max(registry_data != ''), max(registry_new_name != ''), max(script_block_text != ''),
      max(script_payload != ''), max(script_context != ''), max(script_path != ''), max(event_data != ''), max(service_name != ''),
      max(service_file != ''), max(service_image_path != ''), max(object_name != ''), max(object_type != ''), max(object_class != ''),
      max(access_mask != ''), max(access_list != ''), max(attribute_name != ''), max(attribute_value != ''), max(share_name != ''),
      max(share_target != ''), max(user_name != ''), max(subject_user != ''), max(subject_domain != ''), max(subject_sid != ''),
      max(target_user != ''), max(target_domain != ''), max(target_sid != ''), max(logon_id != ''), max(target_logon_id != ''),
      max(subject_logon_id != ''), max(logon_type != ''), max(logon_process != ''), max(authentication_package != ''),
      max(workstation != ''), max(source_ip != ''), max(source_port != ''), max(source_host != ''), max(destination_ip != ''),
      max(destination_port != ''), max(destination_host != ''), max(network_transport != ''), max(network_application != ''),
      max(network_initiated != ''), max(bytes_out != ''), max(bytes_in != ''), max(dns_question != ''), max(dns_type != ''),
      max(dns_answer != ''), max(rule_name != ''), max(rule_id != ''), max(threat_category != ''), max(http_method != ''),
      max(url_path != ''), max(url_query != ''), max(url_full != ''), max(url_domain != ''), max(http_status != ''), max(user_agent != ''),
      max(http_referrer != ''), max(http_bytes != ''), max(http_cookie != ''), max(audit_exe != ''), max(audit_syscall != ''),
      max(audit_key != ''), max(audit_a0 != ''), max(audit_a1 != ''), max(audit_a2 != '')
    ]) AS columns,
    arrayFilter((name, isUsed) -> isUsed, [
      'process_pid', 'process_guid', 'parent_pid', 'parent_guid', 'source_ip', 'source_port', 'destination_ip', 'bytes_out', 'bytes_in',
      'http_bytes'
    ], [
      max(match(process_pid, '[^0-9A-Fa-f{}.:-]')), max(match(process_guid, '[^0-9A-Fa-f{}.:-]')),
      max(match(parent_pid, '[^0-9A-Fa-f{}.:-]')), max(match(parent_guid, '[^0-9A-Fa-f{}.:-]')), max(match(source_ip, '[^0-9A-Fa-f{}.:-]')),
      max(match(source_port, '[^0-9A-Fa-f{}.:-]')), max(match(destination_ip, '[^0-9A-Fa-f{}.:-]')),
      max(match(bytes_out, '[^0-9A-Fa-f{}.:-]')), max(match(bytes_in, '[^0-9A-Fa-f{}.:-]')), max(match(http_bytes, '[^0-9A-Fa-f{}.:-]'))
    ]) AS wideColumns,
    arrayFilter(name -> name != '@names', groupUniqArrayArray(if(rest = '', [], JSONExtractKeys(rest)))) AS names
  FROM event
  GROUP BY month, unit_path, source
)
ARRAY JOIN arrayConcat(arrayMap(name -> ('column', name), columns), arrayMap(name -> ('wide', name), wideColumns),
  arrayMap(name -> ('rest', name), names)) AS used;

-- Events that were there before.
INSERT INTO field_use
SELECT month, unit_path, source, used.1 AS kind, used.2 AS name
FROM (
  SELECT toStartOfMonth(time) AS month, unit_path, source,
    arrayFilter((name, isUsed) -> isUsed, [
      'host', 'event_code', 'message', 'channel', 'provider', 'event_action', 'event_type', 'change_type', 'event_name', 'event_outcome',
      'severity', 'task', 'task_category', 'process_executable', 'process_command_line', 'process_name', 'process_pid', 'process_guid',
      'process_working_directory', 'process_original_file_name', 'process_description', 'process_product', 'process_company',
      'process_file_version', 'process_integrity_level', 'parent_executable', 'parent_command_line', 'parent_pid', 'parent_guid',
      'parent_user', 'hashes', 'thread_start_module', 'source_image', 'target_image', 'granted_access', 'call_trace', 'file_path',
      'file_name', 'item_name', 'dll_path', 'signed', 'signature', 'signature_status', 'pipe_name', 'registry_path', 'registry_data',
      'registry_new_name', 'script_block_text', 'script_payload', 'script_context', 'script_path', 'event_data', 'service_name',
      'service_file', 'service_image_path', 'object_name', 'object_type', 'object_class', 'access_mask', 'access_list', 'attribute_name',
      'attribute_value', 'share_name', 'share_target', 'user_name', 'subject_user', 'subject_domain', 'subject_sid', 'target_user',
      'target_domain', 'target_sid', 'logon_id', 'target_logon_id', 'subject_logon_id', 'logon_type', 'logon_process',
      'authentication_package', 'workstation', 'source_ip', 'source_port', 'source_host', 'destination_ip', 'destination_port',
      'destination_host', 'network_transport', 'network_application', 'network_initiated', 'bytes_out', 'bytes_in', 'dns_question',
      'dns_type', 'dns_answer', 'rule_name', 'rule_id', 'threat_category', 'http_method', 'url_path', 'url_query', 'url_full', 'url_domain',
      'http_status', 'user_agent', 'http_referrer', 'http_bytes', 'http_cookie', 'audit_exe', 'audit_syscall', 'audit_key', 'audit_a0',
      'audit_a1', 'audit_a2'
    ], [
      max(host != ''), max(event_code != ''), max(message_text != ''), max(channel != ''), max(provider != ''), max(event_action != ''),
      max(event_type != ''), max(change_type != ''), max(event_name != ''), max(event_outcome != ''), max(severity != ''), max(task != ''),
      max(task_category != ''), max(process_executable != ''), max(process_command_line != ''), max(process_name != ''),
      max(process_pid != ''), max(process_guid != ''), max(process_working_directory != ''), max(process_original_file_name != ''),
      max(process_description != ''), max(process_product != ''), max(process_company != ''), max(process_file_version != ''),
      max(process_integrity_level != ''), max(parent_executable != ''), max(parent_command_line != ''), max(parent_pid != ''),
      max(parent_guid != ''), max(parent_user != ''), max(hashes != ''), max(thread_start_module != ''), max(source_image != ''),
      max(target_image != ''), max(granted_access != ''), max(call_trace != ''), max(file_path != ''), max(file_name != ''),
      max(item_name != ''), max(dll_path != ''), max(signed != ''), max(signature != ''), max(signature_status != ''), max(pipe_name != ''),
      max(registry_path != ''), max(registry_data != ''), max(registry_new_name != ''), max(script_block_text != ''),
      max(script_payload != ''), max(script_context != ''), max(script_path != ''), max(event_data != ''), max(service_name != ''),
      max(service_file != ''), max(service_image_path != ''), max(object_name != ''), max(object_type != ''), max(object_class != ''),
      max(access_mask != ''), max(access_list != ''), max(attribute_name != ''), max(attribute_value != ''), max(share_name != ''),
      max(share_target != ''), max(user_name != ''), max(subject_user != ''), max(subject_domain != ''), max(subject_sid != ''),
      max(target_user != ''), max(target_domain != ''), max(target_sid != ''), max(logon_id != ''), max(target_logon_id != ''),
      max(subject_logon_id != ''), max(logon_type != ''), max(logon_process != ''), max(authentication_package != ''),
      max(workstation != ''), max(source_ip != ''), max(source_port != ''), max(source_host != ''), max(destination_ip != ''),
      max(destination_port != ''), max(destination_host != ''), max(network_transport != ''), max(network_application != ''),
      max(network_initiated != ''), max(bytes_out != ''), max(bytes_in != ''), max(dns_question != ''), max(dns_type != ''),
      max(dns_answer != ''), max(rule_name != ''), max(rule_id != ''), max(threat_category != ''), max(http_method != ''),
      max(url_path != ''), max(url_query != ''), max(url_full != ''), max(url_domain != ''), max(http_status != ''), max(user_agent != ''),
      max(http_referrer != ''), max(http_bytes != ''), max(http_cookie != ''), max(audit_exe != ''), max(audit_syscall != ''),
      max(audit_key != ''), max(audit_a0 != ''), max(audit_a1 != ''), max(audit_a2 != '')
    ]) AS columns,
    arrayFilter((name, isUsed) -> isUsed, [
      'process_pid', 'process_guid', 'parent_pid', 'parent_guid', 'source_ip', 'source_port', 'destination_ip', 'bytes_out', 'bytes_in',
      'http_bytes'
    ], [
      max(match(process_pid, '[^0-9A-Fa-f{}.:-]')), max(match(process_guid, '[^0-9A-Fa-f{}.:-]')),
      max(match(parent_pid, '[^0-9A-Fa-f{}.:-]')), max(match(parent_guid, '[^0-9A-Fa-f{}.:-]')), max(match(source_ip, '[^0-9A-Fa-f{}.:-]')),
      max(match(source_port, '[^0-9A-Fa-f{}.:-]')), max(match(destination_ip, '[^0-9A-Fa-f{}.:-]')),
      max(match(bytes_out, '[^0-9A-Fa-f{}.:-]')), max(match(bytes_in, '[^0-9A-Fa-f{}.:-]')), max(match(http_bytes, '[^0-9A-Fa-f{}.:-]'))
    ]) AS wideColumns,
    arrayFilter(name -> name != '@names', groupUniqArrayArray(if(rest = '', [], JSONExtractKeys(rest)))) AS names
  FROM event
  GROUP BY month, unit_path, source
)
ARRAY JOIN arrayConcat(arrayMap(name -> ('column', name), columns), arrayMap(name -> ('wide', name), wideColumns),
  arrayMap(name -> ('rest', name), names)) AS used;

-- Pairs of letters: building this index cost each merge as much as all the rest, and Latin text has nearly all pairs in each granule.
ALTER TABLE event DROP INDEX IF EXISTS text_grams;
