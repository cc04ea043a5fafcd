import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { innerText } from './envelope.ts';

test('the event inside an envelope of the collector is found, anything else stays as it is', () => {
  for (const [text, inner] of [
    ['{"log":"hec/1","host":"gw","event":"<34>sshd"}', '<34>sshd'],
    ['{"log":"hec/1","event":{"a":1}}', '{"a":1}'],
    ['{"log":"otlp/1","body":"a line"}', 'a line'],
    ['{"log":"otlp/1","attributes":{}}', '{"log":"otlp/1","attributes":{}}'],
    ['{"log":"hec/1","event":', '{"log":"hec/1","event":'],
    ['{"log":"tongan-api/1","event":"x"}', '{"log":"tongan-api/1","event":"x"}'],
    ['plain', 'plain'],
  ] as const) {
    assert.equal(innerText(text), inner);
  }
});

test('any text has an inside', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof innerText(`{"log":"hec/1"${text}`) === 'string'));
});
