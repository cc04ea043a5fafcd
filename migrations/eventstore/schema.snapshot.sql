-- Generated: what migrations/eventstore makes.
CREATE TABLE default.entity_sighting
(
    `kind` LowCardinality(String),
    `value` String CODEC(ZSTD(3)),
    `unit_path` LowCardinality(String),
    `day` Date CODEC(Delta(2), ZSTD(3)),
    `first_at` SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(3)),
    `last_at` SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta(8), ZSTD(3)),
    `events` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(3))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (kind, value, unit_path, day)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, auto_statistics_types = '', index_granularity = 8192, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW default.entity_sighting_insert TO default.entity_sighting
(
    `kind` String,
    `value` String,
    `unit_path` LowCardinality(String),
    `day` Date,
    `first_at` DateTime64(3, 'UTC'),
    `last_at` DateTime64(3, 'UTC'),
    `events` UInt64
)
AS SELECT
    kind,
    value,
    unit_path,
    toDate(time) AS day,
    min(time) AS first_at,
    max(time) AS last_at,
    count() AS events
FROM default.event
ARRAY JOIN
    ['host', 'user', 'user', 'user', 'address', 'address', 'domain', 'hash'] AS kind,
    [toString(host), toString(user_name), toString(target_user), toString(subject_user), source_ip, destination_ip, dns_question, lower(extract(hashes, 'SHA256=([0-9A-Fa-f]{64})'))] AS value
WHERE (revision = 0) AND (value != '')
GROUP BY
    kind,
    value,
    unit_path,
    day;

CREATE TABLE default.event
(
    `event_id` String CODEC(Default),
    `time` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(3)),
    `received_at` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(3)),
    `source` LowCardinality(String) CODEC(ZSTD(3)),
    `source_id` LowCardinality(String) CODEC(ZSTD(3)),
    `sender` LowCardinality(String) CODEC(ZSTD(3)),
    `revision` UInt32 CODEC(ZSTD(3)),
    `product` LowCardinality(String) CODEC(ZSTD(3)),
    `category` LowCardinality(String) CODEC(ZSTD(3)),
    `service` LowCardinality(String) CODEC(ZSTD(3)),
    `unit_path` LowCardinality(String) CODEC(ZSTD(3)),
    `host` LowCardinality(String) CODEC(ZSTD(3)),
    `event_code` LowCardinality(String) CODEC(ZSTD(3)),
    `message_text` String CODEC(Default),
    `channel` LowCardinality(String) CODEC(ZSTD(3)),
    `provider` LowCardinality(String) CODEC(ZSTD(3)),
    `event_action` LowCardinality(String) CODEC(ZSTD(3)),
    `event_type` LowCardinality(String) CODEC(ZSTD(3)),
    `change_type` LowCardinality(String) CODEC(ZSTD(3)),
    `event_name` LowCardinality(String) CODEC(ZSTD(3)),
    `event_outcome` LowCardinality(String) CODEC(ZSTD(3)),
    `severity` LowCardinality(String) CODEC(ZSTD(3)),
    `task` LowCardinality(String) CODEC(ZSTD(3)),
    `task_category` LowCardinality(String) CODEC(ZSTD(3)),
    `process_executable` String CODEC(Default),
    `process_command_line` String CODEC(Default),
    `process_name` LowCardinality(String) CODEC(ZSTD(3)),
    `process_pid` String CODEC(Default),
    `process_guid` String CODEC(Default),
    `process_working_directory` String CODEC(Default),
    `process_original_file_name` LowCardinality(String) CODEC(ZSTD(3)),
    `process_description` LowCardinality(String) CODEC(ZSTD(3)),
    `process_product` LowCardinality(String) CODEC(ZSTD(3)),
    `process_company` LowCardinality(String) CODEC(ZSTD(3)),
    `process_file_version` LowCardinality(String) CODEC(ZSTD(3)),
    `process_integrity_level` LowCardinality(String) CODEC(ZSTD(3)),
    `parent_executable` String CODEC(Default),
    `parent_command_line` String CODEC(Default),
    `parent_pid` String CODEC(Default),
    `parent_guid` String CODEC(Default),
    `parent_user` LowCardinality(String) CODEC(ZSTD(3)),
    `hashes` String CODEC(Default),
    `thread_start_module` LowCardinality(String) CODEC(ZSTD(3)),
    `source_image` LowCardinality(String) CODEC(ZSTD(3)),
    `target_image` LowCardinality(String) CODEC(ZSTD(3)),
    `granted_access` LowCardinality(String) CODEC(ZSTD(3)),
    `call_trace` String CODEC(Default),
    `file_path` String CODEC(Default),
    `file_name` String CODEC(Default),
    `item_name` String CODEC(Default),
    `dll_path` String CODEC(Default),
    `signed` LowCardinality(String) CODEC(ZSTD(3)),
    `signature` LowCardinality(String) CODEC(ZSTD(3)),
    `signature_status` LowCardinality(String) CODEC(ZSTD(3)),
    `pipe_name` LowCardinality(String) CODEC(ZSTD(3)),
    `registry_path` String CODEC(Default),
    `registry_data` String CODEC(Default),
    `registry_new_name` String CODEC(Default),
    `script_block_text` String CODEC(Default),
    `script_payload` String CODEC(Default),
    `script_context` String CODEC(Default),
    `script_path` String CODEC(Default),
    `event_data` String CODEC(Default),
    `service_name` LowCardinality(String) CODEC(ZSTD(3)),
    `service_file` String CODEC(Default),
    `service_image_path` String CODEC(Default),
    `object_name` String CODEC(Default),
    `object_type` LowCardinality(String) CODEC(ZSTD(3)),
    `object_class` LowCardinality(String) CODEC(ZSTD(3)),
    `access_mask` LowCardinality(String) CODEC(ZSTD(3)),
    `access_list` LowCardinality(String) CODEC(ZSTD(3)),
    `attribute_name` LowCardinality(String) CODEC(ZSTD(3)),
    `attribute_value` String CODEC(Default),
    `share_name` LowCardinality(String) CODEC(ZSTD(3)),
    `share_target` String CODEC(Default),
    `user_name` LowCardinality(String) CODEC(ZSTD(3)),
    `subject_user` LowCardinality(String) CODEC(ZSTD(3)),
    `subject_domain` LowCardinality(String) CODEC(ZSTD(3)),
    `subject_sid` LowCardinality(String) CODEC(ZSTD(3)),
    `target_user` LowCardinality(String) CODEC(ZSTD(3)),
    `target_domain` LowCardinality(String) CODEC(ZSTD(3)),
    `target_sid` LowCardinality(String) CODEC(ZSTD(3)),
    `logon_id` String CODEC(Default),
    `target_logon_id` String CODEC(Default),
    `subject_logon_id` String CODEC(Default),
    `logon_type` LowCardinality(String) CODEC(ZSTD(3)),
    `logon_process` LowCardinality(String) CODEC(ZSTD(3)),
    `authentication_package` LowCardinality(String) CODEC(ZSTD(3)),
    `workstation` LowCardinality(String) CODEC(ZSTD(3)),
    `source_ip` String CODEC(Default),
    `source_port` String CODEC(Default),
    `source_host` LowCardinality(String) CODEC(ZSTD(3)),
    `destination_ip` String CODEC(Default),
    `destination_port` LowCardinality(String) CODEC(ZSTD(3)),
    `destination_host` String CODEC(Default),
    `network_transport` LowCardinality(String) CODEC(ZSTD(3)),
    `network_application` LowCardinality(String) CODEC(ZSTD(3)),
    `network_initiated` LowCardinality(String) CODEC(ZSTD(3)),
    `bytes_out` String CODEC(Default),
    `bytes_in` String CODEC(Default),
    `dns_question` String CODEC(Default),
    `dns_type` LowCardinality(String) CODEC(ZSTD(3)),
    `dns_answer` String CODEC(Default),
    `rule_name` LowCardinality(String) CODEC(ZSTD(3)),
    `rule_id` LowCardinality(String) CODEC(ZSTD(3)),
    `threat_category` LowCardinality(String) CODEC(ZSTD(3)),
    `http_method` LowCardinality(String) CODEC(ZSTD(3)),
    `url_path` String CODEC(Default),
    `url_query` String CODEC(Default),
    `url_full` String CODEC(Default),
    `url_domain` LowCardinality(String) CODEC(ZSTD(3)),
    `http_status` LowCardinality(String) CODEC(ZSTD(3)),
    `user_agent` LowCardinality(String) CODEC(ZSTD(3)),
    `http_referrer` String CODEC(Default),
    `http_bytes` String CODEC(Default),
    `http_cookie` String CODEC(Default),
    `audit_exe` LowCardinality(String) CODEC(ZSTD(3)),
    `audit_syscall` LowCardinality(String) CODEC(ZSTD(3)),
    `audit_key` LowCardinality(String) CODEC(ZSTD(3)),
    `audit_a0` LowCardinality(String) CODEC(ZSTD(3)),
    `audit_a1` String CODEC(Default),
    `audit_a2` String CODEC(Default),
    `rest` String CODEC(Default),
    `template` String CODEC(Default),
    `encoding` LowCardinality(String) CODEC(ZSTD(3)),
    `problem` String CODEC(Default),
    `raw` String ALIAS multiIf(startsWith(template, ''), substring(template, 2), position(template, '') = 0, template, concat(splitByChar('', template)[1], arrayStringConcat(arrayMap((name, tail) -> concat(arrayMap(v -> if(startsWith(template, '{'), replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(v, '\\', '\\\\'), '"', '\\"'), '\n', '\\n'), '\r', '\\r'), '\t', '\\t'), v), [multiIf(startsWith(name, '.'), JSONExtractString(rest, substring(name, 2)), name = '@T', replaceOne(toString(time), ' ', 'T'), name = '@t', toString(time), name = '@S', replaceOne(substring(toString(time), 1, 19), ' ', 'T'), name = '@s', substring(toString(time), 1, 19), [toString(event_id), toString(source), toString(source_id), toString(sender), toString(product), toString(category), toString(service), toString(unit_path), toString(host), toString(event_code), toString(message_text), toString(channel), toString(provider), toString(event_action), toString(event_type), toString(change_type), toString(event_name), toString(event_outcome), toString(severity), toString(task), toString(task_category), toString(process_executable), toString(process_command_line), toString(process_name), toString(process_pid), toString(process_guid), toString(process_working_directory), toString(process_original_file_name), toString(process_description), toString(process_product), toString(process_company), toString(process_file_version), toString(process_integrity_level), toString(parent_executable), toString(parent_command_line), toString(parent_pid), toString(parent_guid), toString(parent_user), toString(hashes), toString(thread_start_module), toString(source_image), toString(target_image), toString(granted_access), toString(call_trace), toString(file_path), toString(file_name), toString(item_name), toString(dll_path), toString(signed), toString(signature), toString(signature_status), toString(pipe_name), toString(registry_path), toString(registry_data), toString(registry_new_name), toString(script_block_text), toString(script_payload), toString(script_context), toString(script_path), toString(event_data), toString(service_name), toString(service_file), toString(service_image_path), toString(object_name), toString(object_type), toString(object_class), toString(access_mask), toString(access_list), toString(attribute_name), toString(attribute_value), toString(share_name), toString(share_target), toString(user_name), toString(subject_user), toString(subject_domain), toString(subject_sid), toString(target_user), toString(target_domain), toString(target_sid), toString(logon_id), toString(target_logon_id), toString(subject_logon_id), toString(logon_type), toString(logon_process), toString(authentication_package), toString(workstation), toString(source_ip), toString(source_port), toString(source_host), toString(destination_ip), toString(destination_port), toString(destination_host), toString(network_transport), toString(network_application), toString(network_initiated), toString(bytes_out), toString(bytes_in), toString(dns_question), toString(dns_type), toString(dns_answer), toString(rule_name), toString(rule_id), toString(threat_category), toString(http_method), toString(url_path), toString(url_query), toString(url_full), toString(url_domain), toString(http_status), toString(user_agent), toString(http_referrer), toString(http_bytes), toString(http_cookie), toString(audit_exe), toString(audit_syscall), toString(audit_key), toString(audit_a0), toString(audit_a1), toString(audit_a2), toString(rest), toString(encoding), toString(problem)][indexOf(['event_id', 'source', 'source_id', 'sender', 'product', 'category', 'service', 'unit_path', 'host', 'event_code', 'message_text', 'channel', 'provider', 'event_action', 'event_type', 'change_type', 'event_name', 'event_outcome', 'severity', 'task', 'task_category', 'process_executable', 'process_command_line', 'process_name', 'process_pid', 'process_guid', 'process_working_directory', 'process_original_file_name', 'process_description', 'process_product', 'process_company', 'process_file_version', 'process_integrity_level', 'parent_executable', 'parent_command_line', 'parent_pid', 'parent_guid', 'parent_user', 'hashes', 'thread_start_module', 'source_image', 'target_image', 'granted_access', 'call_trace', 'file_path', 'file_name', 'item_name', 'dll_path', 'signed', 'signature', 'signature_status', 'pipe_name', 'registry_path', 'registry_data', 'registry_new_name', 'script_block_text', 'script_payload', 'script_context', 'script_path', 'event_data', 'service_name', 'service_file', 'service_image_path', 'object_name', 'object_type', 'object_class', 'access_mask', 'access_list', 'attribute_name', 'attribute_value', 'share_name', 'share_target', 'user_name', 'subject_user', 'subject_domain', 'subject_sid', 'target_user', 'target_domain', 'target_sid', 'logon_id', 'target_logon_id', 'subject_logon_id', 'logon_type', 'logon_process', 'authentication_package', 'workstation', 'source_ip', 'source_port', 'source_host', 'destination_ip', 'destination_port', 'destination_host', 'network_transport', 'network_application', 'network_initiated', 'bytes_out', 'bytes_in', 'dns_question', 'dns_type', 'dns_answer', 'rule_name', 'rule_id', 'threat_category', 'http_method', 'url_path', 'url_query', 'url_full', 'url_domain', 'http_status', 'user_agent', 'http_referrer', 'http_bytes', 'http_cookie', 'audit_exe', 'audit_syscall', 'audit_key', 'audit_a0', 'audit_a1', 'audit_a2', 'rest', 'encoding', 'problem'], name)])])[1], tail), arrayMap(p -> substring(p, 1, position(p, '') - 1), arrayPopFront(splitByChar('', template))), arrayMap(p -> substring(p, position(p, '') + 1), arrayPopFront(splitByChar('', template))))))),
    `message` String ALIAS if((message_text != '') OR (position(template, '(') = 0) OR (position(template, ')') = 0), message_text, JSONExtractString(concat('{"m":"', concat(splitByChar('', extract(template, '(?s)[(](.*)[)]'))[1], arrayStringConcat(arrayMap((name, tail) -> concat(arrayMap(v -> if(1, replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(v, '\\', '\\\\'), '"', '\\"'), '\n', '\\n'), '\r', '\\r'), '\t', '\\t'), v), [multiIf(startsWith(name, '.'), JSONExtractString(rest, substring(name, 2)), name = '@T', replaceOne(toString(time), ' ', 'T'), name = '@t', toString(time), name = '@S', replaceOne(substring(toString(time), 1, 19), ' ', 'T'), name = '@s', substring(toString(time), 1, 19), [toString(event_id), toString(source), toString(source_id), toString(sender), toString(product), toString(category), toString(service), toString(unit_path), toString(host), toString(event_code), toString(message_text), toString(channel), toString(provider), toString(event_action), toString(event_type), toString(change_type), toString(event_name), toString(event_outcome), toString(severity), toString(task), toString(task_category), toString(process_executable), toString(process_command_line), toString(process_name), toString(process_pid), toString(process_guid), toString(process_working_directory), toString(process_original_file_name), toString(process_description), toString(process_product), toString(process_company), toString(process_file_version), toString(process_integrity_level), toString(parent_executable), toString(parent_command_line), toString(parent_pid), toString(parent_guid), toString(parent_user), toString(hashes), toString(thread_start_module), toString(source_image), toString(target_image), toString(granted_access), toString(call_trace), toString(file_path), toString(file_name), toString(item_name), toString(dll_path), toString(signed), toString(signature), toString(signature_status), toString(pipe_name), toString(registry_path), toString(registry_data), toString(registry_new_name), toString(script_block_text), toString(script_payload), toString(script_context), toString(script_path), toString(event_data), toString(service_name), toString(service_file), toString(service_image_path), toString(object_name), toString(object_type), toString(object_class), toString(access_mask), toString(access_list), toString(attribute_name), toString(attribute_value), toString(share_name), toString(share_target), toString(user_name), toString(subject_user), toString(subject_domain), toString(subject_sid), toString(target_user), toString(target_domain), toString(target_sid), toString(logon_id), toString(target_logon_id), toString(subject_logon_id), toString(logon_type), toString(logon_process), toString(authentication_package), toString(workstation), toString(source_ip), toString(source_port), toString(source_host), toString(destination_ip), toString(destination_port), toString(destination_host), toString(network_transport), toString(network_application), toString(network_initiated), toString(bytes_out), toString(bytes_in), toString(dns_question), toString(dns_type), toString(dns_answer), toString(rule_name), toString(rule_id), toString(threat_category), toString(http_method), toString(url_path), toString(url_query), toString(url_full), toString(url_domain), toString(http_status), toString(user_agent), toString(http_referrer), toString(http_bytes), toString(http_cookie), toString(audit_exe), toString(audit_syscall), toString(audit_key), toString(audit_a0), toString(audit_a1), toString(audit_a2), toString(rest), toString(encoding), toString(problem)][indexOf(['event_id', 'source', 'source_id', 'sender', 'product', 'category', 'service', 'unit_path', 'host', 'event_code', 'message_text', 'channel', 'provider', 'event_action', 'event_type', 'change_type', 'event_name', 'event_outcome', 'severity', 'task', 'task_category', 'process_executable', 'process_command_line', 'process_name', 'process_pid', 'process_guid', 'process_working_directory', 'process_original_file_name', 'process_description', 'process_product', 'process_company', 'process_file_version', 'process_integrity_level', 'parent_executable', 'parent_command_line', 'parent_pid', 'parent_guid', 'parent_user', 'hashes', 'thread_start_module', 'source_image', 'target_image', 'granted_access', 'call_trace', 'file_path', 'file_name', 'item_name', 'dll_path', 'signed', 'signature', 'signature_status', 'pipe_name', 'registry_path', 'registry_data', 'registry_new_name', 'script_block_text', 'script_payload', 'script_context', 'script_path', 'event_data', 'service_name', 'service_file', 'service_image_path', 'object_name', 'object_type', 'object_class', 'access_mask', 'access_list', 'attribute_name', 'attribute_value', 'share_name', 'share_target', 'user_name', 'subject_user', 'subject_domain', 'subject_sid', 'target_user', 'target_domain', 'target_sid', 'logon_id', 'target_logon_id', 'subject_logon_id', 'logon_type', 'logon_process', 'authentication_package', 'workstation', 'source_ip', 'source_port', 'source_host', 'destination_ip', 'destination_port', 'destination_host', 'network_transport', 'network_application', 'network_initiated', 'bytes_out', 'bytes_in', 'dns_question', 'dns_type', 'dns_answer', 'rule_name', 'rule_id', 'threat_category', 'http_method', 'url_path', 'url_query', 'url_full', 'url_domain', 'http_status', 'user_agent', 'http_referrer', 'http_bytes', 'http_cookie', 'audit_exe', 'audit_syscall', 'audit_key', 'audit_a0', 'audit_a1', 'audit_a2', 'rest', 'encoding', 'problem'], name)])])[1], tail), arrayMap(p -> substring(p, 1, position(p, '') - 1), arrayPopFront(splitByChar('', extract(template, '(?s)[(](.*)[)]')))), arrayMap(p -> substring(p, position(p, '') + 1), arrayPopFront(splitByChar('', extract(template, '(?s)[(](.*)[)]'))))))), '"}'), 'm')),
    `searchable` String ALIAS lower(concatWithSeparator('\n', template, rest, host, event_code, message_text, channel, provider, event_action, event_type, change_type, event_name, event_outcome, severity, task, task_category, process_executable, process_command_line, process_name, process_pid, process_guid, process_working_directory, process_original_file_name, process_description, process_product, process_company, process_file_version, process_integrity_level, parent_executable, parent_command_line, parent_pid, parent_guid, parent_user, hashes, thread_start_module, source_image, target_image, granted_access, call_trace, file_path, file_name, item_name, dll_path, signed, signature, signature_status, pipe_name, registry_path, registry_data, registry_new_name, script_block_text, script_payload, script_context, script_path, event_data, service_name, service_file, service_image_path, object_name, object_type, object_class, access_mask, access_list, attribute_name, attribute_value, share_name, share_target, user_name, subject_user, subject_domain, subject_sid, target_user, target_domain, target_sid, logon_id, target_logon_id, subject_logon_id, logon_type, logon_process, authentication_package, workstation, source_ip, source_port, source_host, destination_ip, destination_port, destination_host, network_transport, network_application, network_initiated, bytes_out, bytes_in, dns_question, dns_type, dns_answer, rule_name, rule_id, threat_category, http_method, url_path, url_query, url_full, url_domain, http_status, user_agent, http_referrer, http_bytes, http_cookie, audit_exe, audit_syscall, audit_key, audit_a0, audit_a1, audit_a2, asset_id, asset_name, asset_unit, system_id, system_name, supervised_by, operated_by, used_by)),
    `asset_id` LowCardinality(String) CODEC(ZSTD(3)),
    `asset_name` LowCardinality(String) CODEC(ZSTD(3)),
    `asset_unit` LowCardinality(String) CODEC(ZSTD(3)),
    `system_id` LowCardinality(String) CODEC(ZSTD(3)),
    `system_name` LowCardinality(String) CODEC(ZSTD(3)),
    `supervised_by` LowCardinality(String) CODEC(ZSTD(3)),
    `operated_by` LowCardinality(String) CODEC(ZSTD(3)),
    `used_by` LowCardinality(String) CODEC(ZSTD(3)),
    INDEX range_event_id event_id TYPE minmax GRANULARITY 1,
    INDEX range_received_at received_at TYPE minmax GRANULARITY 1,
    INDEX has_host lower(host) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_process_guid lower(process_guid) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_parent_guid lower(parent_guid) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_hashes lower(hashes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_user_name lower(user_name) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_target_user lower(target_user) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_logon_id lower(logon_id) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_target_logon_id lower(target_logon_id) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_source_ip lower(source_ip) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_destination_ip lower(destination_ip) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_destination_host lower(destination_host) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_dns_question lower(dns_question) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_asset_id lower(asset_id) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX has_system_id lower(system_id) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (toStartOfHour(time), source, event_code, host, time)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1, min_bytes_for_wide_part = 67108864, index_granularity_bytes = 67108864, min_compress_block_size = 1048576, max_compress_block_size = 4194304, auto_statistics_types = '', index_granularity = 8192, fsync_part_directory = 1, default_compression_codec = 'ZSTD(6)', materialize_ttl_recalculate_only = 1, vertical_merge_algorithm_min_rows_to_activate = 1, merge_selector_base = 10;

CREATE TABLE default.event_count
(
    `hour` DateTime('UTC') CODEC(Delta(4), ZSTD(3)),
    `unit_path` LowCardinality(String),
    `source` LowCardinality(String),
    `product` LowCardinality(String),
    `category` LowCardinality(String),
    `service` LowCardinality(String),
    `event_code` LowCardinality(String),
    `host` LowCardinality(String),
    `events` UInt64 CODEC(T64, ZSTD(3)),
    `problems` UInt64 CODEC(T64, ZSTD(3))
)
ENGINE = SummingMergeTree((events, problems))
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, unit_path, source, product, category, service, event_code, host)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, auto_statistics_types = '', index_granularity = 8192, fsync_part_directory = 1;

CREATE MATERIALIZED VIEW default.event_count_insert TO default.event_count
(
    `hour` DateTime('UTC'),
    `unit_path` LowCardinality(String),
    `source` LowCardinality(String),
    `product` LowCardinality(String),
    `category` LowCardinality(String),
    `service` LowCardinality(String),
    `event_code` LowCardinality(String),
    `host` LowCardinality(String),
    `events` UInt64,
    `problems` UInt64
)
AS SELECT
    toStartOfHour(time) AS hour,
    unit_path,
    source,
    product,
    category,
    service,
    event_code,
    host,
    count() AS events,
    countIf(problem != '') AS problems
FROM default.event
WHERE revision = 0
GROUP BY
    hour,
    unit_path,
    source,
    product,
    category,
    service,
    event_code,
    host;

CREATE TABLE default.field_use
(
    `month` Date CODEC(Delta(2), ZSTD(3)),
    `unit_path` LowCardinality(String),
    `source` LowCardinality(String),
    `kind` LowCardinality(String),
    `name` String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(month)
ORDER BY (month, kind, name, unit_path, source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, auto_statistics_types = '', index_granularity = 8192;

CREATE MATERIALIZED VIEW default.field_use_each_insert TO default.field_use
(
    `month` Date,
    `unit_path` LowCardinality(String),
    `source` LowCardinality(String),
    `kind` String,
    `name` String
)
AS SELECT
    month,
    unit_path,
    source,
    used.1 AS kind,
    used.2 AS name
FROM
(
    SELECT
        toStartOfMonth(time) AS month,
        unit_path,
        source,
        maxForEach([host != '', event_code != '', message_text != '', channel != '', provider != '', event_action != '', event_type != '', change_type != '', event_name != '', event_outcome != '', severity != '', task != '', task_category != '', process_executable != '', process_command_line != '', process_name != '', process_pid != '', process_guid != '', process_working_directory != '', process_original_file_name != '', process_description != '', process_product != '', process_company != '', process_file_version != '', process_integrity_level != '', parent_executable != '', parent_command_line != '', parent_pid != '', parent_guid != '', parent_user != '', hashes != '', thread_start_module != '', source_image != '', target_image != '', granted_access != '', call_trace != '', file_path != '', file_name != '', item_name != '', dll_path != '', signed != '', signature != '', signature_status != '', pipe_name != '', registry_path != '', registry_data != '', registry_new_name != '', script_block_text != '', script_payload != '', script_context != '', script_path != '', event_data != '', service_name != '', service_file != '', service_image_path != '', object_name != '', object_type != '', object_class != '', access_mask != '', access_list != '', attribute_name != '', attribute_value != '', share_name != '', share_target != '', user_name != '', subject_user != '', subject_domain != '', subject_sid != '', target_user != '', target_domain != '', target_sid != '', logon_id != '', target_logon_id != '', subject_logon_id != '', logon_type != '', logon_process != '', authentication_package != '', workstation != '', source_ip != '', source_port != '', source_host != '', destination_ip != '', destination_port != '', destination_host != '', network_transport != '', network_application != '', network_initiated != '', bytes_out != '', bytes_in != '', dns_question != '', dns_type != '', dns_answer != '', rule_name != '', rule_id != '', threat_category != '', http_method != '', url_path != '', url_query != '', url_full != '', url_domain != '', http_status != '', user_agent != '', http_referrer != '', http_bytes != '', http_cookie != '', audit_exe != '', audit_syscall != '', audit_key != '', audit_a0 != '', audit_a1 != '', audit_a2 != '', asset_id != '', asset_name != '', asset_unit != '', system_id != '', system_name != '', supervised_by != '', operated_by != '', used_by != '']) AS columnsUsed,
        maxForEach([match(process_pid, '[^0-9A-Fa-f{}.:-]'), match(process_guid, '[^0-9A-Fa-f{}.:-]'), match(parent_pid, '[^0-9A-Fa-f{}.:-]'), match(parent_guid, '[^0-9A-Fa-f{}.:-]'), match(source_ip, '[^0-9A-Fa-f{}.:-]'), match(source_port, '[^0-9A-Fa-f{}.:-]'), match(destination_ip, '[^0-9A-Fa-f{}.:-]'), match(bytes_out, '[^0-9A-Fa-f{}.:-]'), match(bytes_in, '[^0-9A-Fa-f{}.:-]'), match(http_bytes, '[^0-9A-Fa-f{}.:-]')]) AS wideUsed,
        groupUniqArrayArray(if(rest = '', [], JSONExtractKeys(rest))) AS restNames
    FROM default.event
    GROUP BY
        month,
        unit_path,
        source
)
ARRAY JOIN arrayConcat(arrayFilter((named, isUsed) -> isUsed, arrayMap(name -> ('column', name), splitByWhitespace('\n    host event_code message channel provider event_action event_type change_type event_name event_outcome severity task\n    task_category process_executable process_command_line process_name process_pid process_guid process_working_directory\n    process_original_file_name process_description process_product process_company process_file_version process_integrity_level\n    parent_executable parent_command_line parent_pid parent_guid parent_user hashes thread_start_module source_image target_image\n    granted_access call_trace file_path file_name item_name dll_path signed signature signature_status pipe_name registry_path\n    registry_data registry_new_name script_block_text script_payload script_context script_path event_data service_name\n    service_file service_image_path object_name object_type object_class access_mask access_list attribute_name attribute_value\n    share_name share_target user_name subject_user subject_domain subject_sid target_user target_domain target_sid logon_id\n    target_logon_id subject_logon_id logon_type logon_process authentication_package workstation source_ip source_port source_host\n    destination_ip destination_port destination_host network_transport network_application network_initiated bytes_out bytes_in\n    dns_question dns_type dns_answer rule_name rule_id threat_category http_method url_path url_query url_full url_domain\n    http_status user_agent http_referrer http_bytes http_cookie audit_exe audit_syscall audit_key audit_a0 audit_a1 audit_a2\n    asset_id asset_name asset_unit system_id system_name supervised_by operated_by used_by\n  ')), columnsUsed), arrayFilter((named, isUsed) -> isUsed, arrayMap(name -> ('wide', name), splitByWhitespace('\n    process_pid process_guid parent_pid parent_guid source_ip source_port destination_ip bytes_out bytes_in http_bytes\n  ')), wideUsed), arrayMap(name -> ('rest', name), arrayFilter(name -> (name != '@names'), restNames))) AS used;

CREATE TABLE default.schema_migration
(
    `name` String,
    `sha256` String,
    `applied_at` DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY name
SETTINGS index_granularity = 8192;
