import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openText } from '#engine/formats/define.ts';
import { source } from './source.ts';

const context = { receivedAtMs: Date.UTC(2026, 4, 20), zone: 'Asia/Shanghai' };

/** The fields of a flat event of Sysmon whose message has a line that looks like an EventType. */
function fieldsOf(code: number) {
  const event = {
    EventID: code,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    EventTime: '2020-10-18 10:56:18',
    EventType: 'INFO',
    Message: 'Something:\r\nEventType: SetValue\r\nCommandLine: cmd.exe',
  };
  return source.parse(openText(JSON.stringify(event), context))?.fields;
}

describe('the event type of Sysmon that only the message has', () => {
  it('is read where Sysmon writes one', () => {
    assert.equal(fieldsOf(13)?.EventType, 'SetValue');
    assert.equal(fieldsOf(17)?.EventType, 'SetValue');
  });

  it('is not taken from somebody’s text in another event', () => {
    assert.equal(fieldsOf(1)?.EventType, undefined);
    assert.equal(fieldsOf(10)?.EventType, undefined);
  });
});
