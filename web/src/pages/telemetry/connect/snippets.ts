import type { Source, SourceKinds } from '../answers.ts';

/** Where a sender delivers to, and what it shows. */
export interface Target {
  /** `https://centre.example` */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly token: string;
  /** Ports of syslog and NetFlow; absent where this process has no listeners. */
  readonly ports: SourceKinds['listeners'];
}

/** The configuration of a sender, ready to copy. The same as in docs/how-to/connect-senders.md. */
export interface Snippet {
  /** Name of the program, the same in all languages. */
  readonly agent: string;
  readonly text: string;
}

const beats = ({ origin, token }: Target): string => `output.elasticsearch:
  hosts: ["${origin}/elastic"]
  api_key: "tongan:${token}"
  compression_level: 3
setup.template.enabled: false
setup.ilm.enabled: false`;

const fluentBit = ({ host, port, isTls, token }: Target): string => `[OUTPUT]
    Name               es
    Match              *
    Host               ${host}
    Port               ${port}
    tls                ${isTls ? 'On' : 'Off'}
    Path               /elastic
    HTTP_User          fluent-bit
    HTTP_Passwd        ${token}
    Suppress_Type_Name On
    Compress           gzip
    Retry_Limit        no_limits`;

const vector = ({ origin, token }: Target): string => `sinks:
  tongan:
    type: elasticsearch
    inputs: [my_source]
    endpoints: ["${origin}/elastic"]
    auth: { strategy: basic, user: vector, password: "${token}" }
    compression: gzip
    buffer: { type: disk, max_size: 1073741824 }`;

const logstash = ({ isTls, host, port, token }: Target): string => `output {
  elasticsearch {
    hosts => ["${isTls ? 'https' : 'http'}://${host}:${port}/elastic"]
    user => "logstash"
    password => "${token}"
    manage_template => false
    ilm_enabled => false
  }
}`;

const rsyslogHttp = ({ isTls, host, port, token }: Target): string => `module(load="omelasticsearch")
template(name="ecs" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="message" name="rawmsg" format="jsonf")
}
action(type="omelasticsearch" server="${isTls ? 'https' : 'http'}://${host}:${port}/elastic"
  uid="rsyslog" pwd="${token}" searchIndex="logs" searchType="" bulkmode="on" template="ecs"
  queue.type="LinkedList" queue.filename="tongan" queue.maxDiskSpace="1g"
  queue.saveOnShutdown="on" action.resumeRetryCount="-1")`;

const syslogNgHttp = ({ origin, token }: Target): string => `destination d_tongan {
  elasticsearch-http(url("${origin}/elastic/_bulk") index("logs") type("")
    user("syslog-ng") password("${token}")
    template("$(format-json --key MESSAGE --pair @timestamp=\${ISODATE})")
    disk-buffer(disk-buf-size(1073741824) reliable(yes)));
};`;

const nxlogHttp = ({ origin, token }: Target): string => `<Extension json>
    Module    xm_json
</Extension>
<Output tongan>
    Module    om_http
    URL       ${origin}/ingest
    AddHeader Authorization: Bearer ${token}
    Exec      to_json();
</Output>`;

const openTelemetry = ({ origin, token }: Target): string => `exporters:
  otlphttp/tongan:
    logs_endpoint: ${origin}/v1/logs
    headers: { authorization: "Bearer ${token}" }
    compression: gzip
    retry_on_failure: { max_elapsed_time: 0s }
    sending_queue: { storage: file_storage }`;

const splunk = ({ origin, token }: Target): string => `curl ${origin}/services/collector/event \\
  -H 'authorization: Splunk ${token}' -d '{"event":"hello","host":"gw-1"}'`;

const byHand = ({ origin, token }: Target): string =>
  `curl ${origin}/ingest -H 'authorization: Bearer ${token}' --data-binary @app.log
npm run tongan -- import app.log --url ${origin} --token ${token}`;

const rsyslogPlain = ({
  host,
  ports,
}: Target): string => `action(type="omfwd" target="${host}" port="${ports?.tcp ?? 5514}"
  protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
  queue.type="LinkedList" queue.filename="tongan" queue.maxDiskSpace="1g"
  queue.saveOnShutdown="on" action.resumeRetryCount="-1")`;

const rsyslogTls = ({ host, ports }: Target): string => `global(defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="/etc/ssl/tongan-ca.pem"
  defaultNetstreamDriverCertFile="/etc/ssl/gw.pem" defaultNetstreamDriverKeyFile="/etc/ssl/gw.key")
action(type="omfwd" target="${host}" port="${ports?.tls ?? 6514}"
  protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="${host}"
  queue.type="LinkedList" queue.filename="tongan" action.resumeRetryCount="-1")`;

const syslogNgPlain = ({ host, ports }: Target): string => `destination d_tongan {
  syslog("${host}" port(${ports?.tcp ?? 5514}) transport("tcp")
    disk-buffer(disk-buf-size(1073741824) reliable(yes)));
};`;

const nxlogSyslog = ({ host, ports }: Target): string => `<Extension json>
    Module     xm_json
</Extension>
<Extension syslog>
    Module     xm_syslog
</Extension>
<Output tongan>
    Module     om_tcp
    Host       ${host}
    Port       ${ports?.tcp ?? 5514}
    OutputType Syslog_TLS
    Exec       to_json(); to_syslog_ietf();
</Output>`;

const logger = ({ host, ports }: Target): string =>
  `logger --server ${host} --port ${ports?.tcp ?? 5514} --tcp --rfc5424 --octet-count "hello"
logger --server ${host} --port ${ports?.udp ?? 5514} --udp --rfc3164 "hello"`;

const softflowd = ({ host, ports }: Target): string => `softflowd -i eth0 -v 10 -n ${host}:${ports?.netflow ?? 2055}`;

type Writer = (target: Target) => string;

const WRITERS: Readonly<Record<Source['listener'], Readonly<Record<string, Writer>>>> = {
  http: {
    Filebeat: beats,
    Winlogbeat: beats,
    'Fluent Bit': fluentBit,
    Vector: vector,
    Logstash: logstash,
    rsyslog: rsyslogHttp,
    'syslog-ng': syslogNgHttp,
    NXLog: nxlogHttp,
    'OpenTelemetry Collector': openTelemetry,
    'Splunk HEC': splunk,
    curl: byHand,
  },
  syslog: {
    rsyslog: rsyslogPlain,
    'rsyslog (TLS)': rsyslogTls,
    'syslog-ng': syslogNgPlain,
    NXLog: nxlogSyslog,
    logger,
  },
  netflow: { softflowd },
  file: {},
  kafka: {},
  import: { curl: byHand },
};

/** The configurations for a way of delivery, in the order they are offered. */
export const snippetsFor = (listener: Source['listener'], target: Target): readonly Snippet[] =>
  Object.entries(WRITERS[listener]).map(([agent, write]) => ({ agent, text: write(target) }));
