import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hostNames, normaliseAddress, normaliseDomain, normaliseName, normaliseSegment } from './keys.ts';

test('an address has one written form', () => {
  assert.equal(normaliseAddress(' 10.1.2.3 '), '10.1.2.3');
  assert.equal(normaliseAddress('2001:0DB8:0:0:0:0:0:1'), '2001:db8::1');
  assert.equal(normaliseAddress('::ffff:10.1.2.3'), '10.1.2.3');
  assert.equal(normaliseAddress('[fe80::1]'), 'fe80::1');
  for (const text of ['10.1.2', '10.1.2.256', 'fe80::1%eth0', '', 'web01'])
    assert.equal(normaliseAddress(text), undefined);
});

test('every address normalises to itself a second time', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const once = normaliseAddress(text);
      assert.ok(once !== undefined);
      assert.equal(normaliseAddress(once), once);
    }),
  );
});

test('a range loses its host bits', () => {
  assert.equal(normaliseSegment('10.1.2.3/24'), '10.1.2.0/24');
  assert.equal(normaliseSegment('255.255.255.255/1'), '128.0.0.0/1');
  assert.equal(normaliseSegment('1.2.3.4/0'), '0.0.0.0/0');
  for (const text of ['10.1.2.3', '10.1.2.3/33', 'x/8', '::/129']) assert.equal(normaliseSegment(text), undefined);
});

test('names and sites', () => {
  assert.equal(normaliseName('WEB01.Corp.Local.'), 'web01.corp.local');
  assert.equal(normaliseName('10.1.1.1'), undefined);
  assert.equal(normaliseDomain('https://WWW.Example.gov.cn:8443/a?b'), 'www.example.gov.cn');
  assert.equal(normaliseDomain('www.example.gov.cn/path'), 'www.example.gov.cn');
  assert.equal(normaliseDomain('portal'), undefined);
  assert.deepEqual(hostNames('Web01.corp.local'), ['web01.corp.local', 'web01']);
});

test('any text gets an answer', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      normaliseAddress(text);
      normaliseSegment(text);
      normaliseDomain(text);
      hostNames(text);
    }),
  );
});
