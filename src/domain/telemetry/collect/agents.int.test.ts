import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Client } from '@elastic/elasticsearch';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { Logger } from 'splunk-logging';
import { AppError } from '#platform/errors.ts';
import { openTestApp, type TestApp } from '../../../../test/support/app.ts';
import { type Arrivals, arrivalsOf } from '../../../../test/support/arrivals.ts';
import { otelCollector, rsyslog, syslogNg, unless } from '../../../../test/support/senders.ts';
import { needCollector } from '../runtime.ts';

let test: TestApp;
let arrivals: Arrivals;
before(async () => {
  test = await openTestApp({ listen: true });
  arrivals = await arrivalsOf(test, { listener: 'http' });
});
after(() => test.stop());

describe("agents that speak Elasticsearch's bulk interface", () => {
  const post = async (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${test.address}/elastic${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${arrivals.token}`, 'content-type': 'application/x-ndjson', ...headers },
      body,
    });
    const text = await response.text();
    return { status: response.status, product: response.headers.get('x-elastic-product'), text };
  };

  it('takes the official client for Node.js: banner, helper for bulks, single documents', async () => {
    const client = new Client({
      node: `${test.address}/elastic`,
      auth: { apiKey: { id: 'tongan', api_key: arrivals.token } },
      compression: true,
    });
    assert.equal((await client.info()).tagline, 'You Know, for Search');
    const result = await client.helpers.bulk({
      datasource: Array.from({ length: 1200 }, (_, number) => ({ message: `client ${number}` })),
      onDocument: () => ({ create: { _index: 'logs-test' } }),
      flushBytes: 20_000,
    });
    assert.deepEqual([result.successful, result.failed], [1200, 0]);
    await client.index({ index: 'logs-test', document: { message: 'client single' } });
    const named = { index: 'logs-test', id: 'a/1', document: { message: 'client named' } };
    assert.equal((await client.index(named)).result, 'created');
    assert.equal((await client.index(named)).result, 'noop');
    await client.create({ ...named, id: 'b' });
    await assert.rejects(client.create({ ...named, id: 'b' }), { statusCode: 409 });
    await client.close();
    const texts = await arrivals.stored('client', 1203);
    assert.equal(texts.filter((text) => text.includes('named')).length, 2);
    assert.equal(new Set(texts).size, 1202);
  });

  it('takes a repeated document with an identifier once, and says so', async () => {
    const body = '{"create":{"_index":"i","_id":"once"}}\n{"message":"repeated 1"}\n';
    assert.match((await post('/_bulk', body)).text, /"status":201/);
    const again = await post('/i/_bulk', body);
    assert.deepEqual([again.status, again.product], [200, 'Elasticsearch']);
    assert.match(again.text, /"errors":true.*"status":409.*version_conflict/);
    await post('/i/_bulk', '{"index":{}}\n{"message":"repeated 2"}\n');
    assert.equal((await arrivals.stored('repeated', 2)).length, 2);
  });

  it('refuses what cannot be read and asks for the token', async () => {
    assert.equal((await post('/_bulk', '{"message":"no action"}\n')).status, 400);
    assert.equal(
      (await post('/_bulk', gzipSync(Buffer.alloc(40_000_000)), { 'content-encoding': 'gzip' })).status,
      413,
    );
    assert.equal((await post('/_bulk', '', { authorization: 'Basic eDp5' })).status, 401);
    assert.equal((await fetch(`${test.address}/elastic`)).status, 401);
    for (const [path, body] of [
      ['/_bulk', ''],
      ['/i/_doc', ' \n'],
      ['/i/_search', '{}'],
    ] as const) {
      const { status, product, text } = await post(path, body);
      const { error } = JSON.parse(text);
      assert.deepEqual([product, JSON.parse(text).status], ['Elasticsearch', status]);
      assert.ok(status === 400 || status === 404);
      assert.ok(error.type.endsWith('_exception') && error.reason.length > 10, text);
    }
    const nobody = await fetch(`${test.address}/elastic/_bulk`, { method: 'POST', body: '{}' });
    assert.match(nobody.headers.get('www-authenticate') ?? '', /^Basic/);
    const client = new Client({ node: `${test.address}/elastic`, auth: { username: 'a', password: 'b' } });
    await assert.rejects(client.index({ index: 'i', document: {} }), /security_exception.*token of a source/s);
    await client.close();
    const long = JSON.stringify({ message: 'x'.repeat(1024 * 1024) });
    assert.match((await post('/_bulk', `{"index":{}}\n${long}\n`)).text, /"status":413/);
  });

  it('takes rsyslog with omelasticsearch', { skip: unless('rsyslogd') }, async () => {
    const sender = await rsyslog(`
      module(load="imfile" mode="polling" pollingInterval="1") module(load="omelasticsearch")
      input(type="imfile" file="FOLDER/app.log" tag="app")
      template(name="ecs" type="list" option.jsonf="on") {
        property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
        property(outname="message" name="msg" format="jsonf")
      }
      action(type="omelasticsearch" server="${test.address}/elastic"
        uid="rsyslog" pwd="${arrivals.token}" searchIndex="logs" searchType="" bulkmode="on" template="ecs"
        action.resumeRetryCount="-1")`);
    await appendFile(`${sender.folder}/app.log`, Array.from({ length: 300 }, (_, n) => `rsyslog ${n}\n`).join(''));
    const texts = await arrivals.stored('rsyslog', 300).finally(() => sender.stop());
    assert.equal(texts.length, 300);
  });

  it('takes syslog-ng with elasticsearch-http', { skip: unless('syslog-ng') }, async () => {
    const sender = await syslogNg(`
      @include "SCL/elasticsearch/elastic-http.conf"
      source s { file("FOLDER/app.log" flags(no-parse) follow-freq(1)); };
      destination d { elasticsearch-http(url("${test.address}/elastic/_bulk") index("logs") type("")
        user("syslog-ng") password("${arrivals.token}") batch-lines(100) batch-timeout(500)
        template("$(format-json --key MESSAGE --pair @timestamp=\${ISODATE})")); };
      log { source(s); destination(d); };`);
    await appendFile(`${sender.folder}/app.log`, Array.from({ length: 300 }, (_, n) => `syslog-ng ${n}\n`).join(''));
    const texts = await arrivals.stored('syslog-ng', 300).finally(() => sender.stop());
    assert.equal(texts.length, 300);
  });
});

describe('senders of OpenTelemetry', () => {
  for (const [form, Exporter, compression] of [
    ['json', JsonExporter, 'none'],
    ['protobuf', ProtobufExporter, 'gzip'],
  ] as const) {
    it(`deliver with the exporter of OpenTelemetry for Node.js in ${form}`, async () => {
      const exporter = new Exporter({
        url: `${test.address}/v1/logs`,
        headers: { authorization: `Bearer ${arrivals.token}` },
        compression,
      } as ConstructorParameters<typeof Exporter>[0]);
      const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
      const logger = provider.getLogger('intake');
      for (let number = 0; number < 700; number += 1) {
        logger.emit({
          severityNumber: 9,
          body: `opentelemetry ${form} ${number}`,
          attributes: { 中文: '是', deep: { list: [1, 'a', true] }, bytes: new Uint8Array([1, 2]) },
        });
      }
      await provider.shutdown();
      const texts = await arrivals.stored(`opentelemetry ${form}`, 700);
      assert.equal(texts.length, 700);
      const read = JSON.parse(texts[0] ?? '');
      assert.deepEqual(read.attributes, { 中文: '是', deep: { list: [1, 'a', true] }, bytes: 'AQI=' });
      assert.equal(read.scope.name, 'intake');
    });
  }

  it('are told what is wrong', async () => {
    const send = async (type: string, body: string) => {
      const headers = { authorization: `Bearer ${arrivals.token}`, 'content-type': type };
      const answer = await fetch(`${test.address}/v1/logs`, { method: 'POST', headers, body });
      return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
    };
    const json = async (body: string) => JSON.parse((await send('application/json', body)).text);
    assert.equal((await send('application/json', '{')).status, 400);
    assert.match((await json('{')).message, /not JSON/);
    assert.deepEqual(await json('{"resourceLogs":[{},{"scopeLogs":{}}]}'), {
      code: 3,
      message: 'resourceLogs[1].scopeLogs must be a list of objects',
    });
    const protobuf = await send('application/x-protobuf', 'no');
    assert.deepEqual([protobuf.status, protobuf.type], [400, 'application/x-protobuf']);
    // The fields of google.rpc.Status: 1 is the code, 2 the sentence.
    assert.ok(protobuf.text.startsWith('\u0008\u0003\u0012'), 'code 3 and a sentence');
    assert.match(protobuf.text, /The body is no ExportLogsServiceRequest/);
    assert.equal((await send('text/plain', '{}')).status, 415);
    assert.equal((await send('application/json; charset=utf-8', '{}')).status, 200);
    const nobody = await fetch(`${test.address}/v1/logs`, { method: 'POST', body: '{}' });
    assert.deepEqual([nobody.status, JSON.parse(await nobody.text()).code], [401, 16]);
  });
});

describe("senders for Splunk's HTTP event collector", () => {
  const call = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${test.address}/services/collector${path}`, {
      method: body === '' ? 'GET' : 'POST',
      headers: { authorization: `Splunk ${arrivals.token}`, ...headers },
      ...(body === '' ? {} : { body }),
    });
    const answer: { code: number; ackId?: number; acks?: object } = JSON.parse(await response.text());
    return { status: response.status, ...answer };
  };

  it('deliver with the logger of Splunk for Node.js', async () => {
    const logger = new Logger({ token: arrivals.token, url: test.address, maxBatchCount: 0 });
    for (let number = 0; number < 200; number += 1) logger.send({ message: { text: `splunk ${number}` } });
    const code = await new Promise((resolve, reject) => {
      logger.flush((error, _response, body) => (error ? reject(error) : resolve(body.code)));
    });
    assert.equal(code, 0);
    assert.equal((await arrivals.stored('splunk', 200)).length, 200);
  });

  it('may send raw lines, ask for acknowledgements and for health', async () => {
    const channel = { 'x-splunk-request-channel': 'c' };
    const sent = await call('/raw?host=gw-1', 'hec raw 1\nhec raw 2', channel);
    assert.deepEqual([sent.status, sent.code, typeof sent.ackId], [200, 0, 'number']);
    assert.equal((await call('/ack', '{"acks":[1]}')).code, 10);
    assert.deepEqual((await call(`/ack?channel=c`, JSON.stringify({ acks: [sent.ackId] }))).acks, {
      [sent.ackId ?? '']: true,
    });
    assert.equal((await call('/health', '')).code, 17);
    assert.deepEqual(
      await arrivals.stored('hec raw', 2),
      [1, 2].map((number) => `{"log":"hec/1","host":"gw-1","event":"hec raw ${number}"}`),
    );
  });

  it('hear of a fault in the words of Splunk', async () => {
    assert.deepEqual(await call('/event', '{"event":', {}), {
      status: 400,
      text: 'Invalid data format',
      code: 6,
      'invalid-event-number': 0,
    });
    const wrong = { authorization: 'Splunk tis_wrong_wrong_wrong_wrong' };
    const shown = async (path: string, body: string, headers: Record<string, string>) => {
      const { status, code } = await call(path, body, headers);
      return [status, code];
    };
    assert.deepEqual(await shown('/event', '{"event":1}', { authorization: 'x' }), [401, 3]);
    assert.deepEqual(await shown('/event', '{"event":1}', wrong), [403, 4]);
    assert.deepEqual(await shown('/health', '', wrong), [400, 4]);
    assert.deepEqual(await shown('/event', '{"event":1}', { 'content-encoding': 'gzip' }), [400, 6]);
    assert.deepEqual(await shown(`/raw?sourcetype=${'x'.repeat(300)}`, 'a', {}), [400, 6]);
    const nobody = await fetch(`${test.address}/services/collector`, { method: 'POST', body: '{"event":1}' });
    const { code, detail } = JSON.parse(await nobody.text());
    assert.deepEqual([nobody.status, code], [401, 2]);
    assert.match(detail, /token of a source/);
    assert.equal((await fetch(`${test.address}/services/collector/health`)).status, 200, 'asked by a load balancer');
  });
});

describe('senders that are refused for a while', () => {
  const appended = async (folder: string, word: string) =>
    appendFile(`${folder}/app.log`, Array.from({ length: 100 }, (_, n) => `${word} ${n}\n`).join(''));

  /** The gate refuses the next deliveries as it does when the disk is full. */
  const refuseNext = (times: number): void => {
    const { intake } = needCollector(test.app.system);
    const accept = intake.accept.bind(intake);
    let left = times;
    intake.accept = async (...delivery) => {
      left -= 1;
      if (left < 0) return accept(...delivery);
      throw new AppError('storage_full', {
        public: 'The disk is full',
        reason: 'queue.disk_full',
        retryAfterSeconds: 1,
      });
    };
  };

  it('lose nothing: rsyslog with omelasticsearch', { skip: unless('rsyslogd') }, async () => {
    refuseNext(3);
    const sender = await rsyslog(`
      module(load="imfile" mode="polling" pollingInterval="1") module(load="omelasticsearch")
      input(type="imfile" file="FOLDER/app.log" tag="app")
      action(type="omelasticsearch" server="${test.address}/elastic" uid="rsyslog" pwd="${arrivals.token}" searchIndex="logs"
        searchType="" bulkmode="on" action.resumeRetryCount="-1" action.resumeInterval="1")`);
    await appended(sender.folder, 'patient-rsyslog');
    const texts = await arrivals.stored('patient-rsyslog', 100).finally(() => sender.stop());
    assert.equal(texts.length, 100);
  });

  it('lose nothing: syslog-ng with elasticsearch-http', { skip: unless('syslog-ng') }, async () => {
    refuseNext(3);
    const sender = await syslogNg(`
      @include "SCL/elasticsearch/elastic-http.conf"
      source s { file("FOLDER/app.log" flags(no-parse) follow-freq(1)); };
      destination d { elasticsearch-http(url("${test.address}/elastic/_bulk") index("logs") type("") user("syslog-ng")
        password("${arrivals.token}") batch-lines(100) batch-timeout(300) time-reopen(1) retries(100)
        template("$(format-json --key MESSAGE)")); };
      log { source(s); destination(d); };`);
    await appended(sender.folder, 'patient-syslog-ng');
    const texts = await arrivals.stored('patient-syslog-ng', 100).finally(() => sender.stop());
    assert.equal(texts.length, 100);
  });

  it('lose nothing: the OpenTelemetry Collector', { skip: unless('otelcol') }, async () => {
    refuseNext(3);
    const sender = await otelCollector(`
receivers:
  filelog: { include: [FOLDER/app.log], start_at: beginning, poll_interval: 100ms }
exporters:
  otlphttp/tongan:
    logs_endpoint: ${test.address}/v1/logs
    headers: { authorization: "Bearer ${arrivals.token}" }
    compression: gzip
    retry_on_failure: { max_elapsed_time: 0s, initial_interval: 200ms, max_interval: 1s }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [filelog], exporters: [otlphttp/tongan] }
`);
    await appended(sender.folder, 'patient-collector');
    const texts = await arrivals.stored('patient-collector', 100).finally(() => sender.stop());
    assert.equal(texts.length, 100);
    assert.equal(JSON.parse(texts[0] ?? '').log, 'otlp/1');
  });

  it('lose nothing: the exporter of OpenTelemetry', async () => {
    refuseNext(1);
    const exporter = new ProtobufExporter({
      url: `${test.address}/v1/logs`,
      headers: { authorization: `Bearer ${arrivals.token}` },
      timeoutMillis: 60_000,
    });
    const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
    provider.getLogger('patience').emit({ body: 'patient-opentelemetry' });
    await provider.forceFlush();
    assert.equal((await arrivals.stored('patient-opentelemetry', 1)).length, 1);
    await provider.shutdown();
  });
});
