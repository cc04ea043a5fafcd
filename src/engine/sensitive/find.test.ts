import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { completeUscc } from '#engine/identifiers/uscc.ts';
import { isBankCard, isResidentId, passesLuhn, residentIdCheck } from './checksums.ts';
import { findSensitive, mask, sensitiveSpans } from './find.ts';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const residentId = fc
  .record({
    division: fc.integer({ min: 110000, max: 829999 }),
    day: fc.date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
    order: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ division, day, order }) => {
    const born = `${pad(day.getUTCFullYear(), 4)}${pad(day.getUTCMonth() + 1, 2)}${pad(day.getUTCDate(), 2)}`;
    const first = `${division}${born}${pad(order, 3)}`;
    return first + residentIdCheck(first);
  });

const bankCard = fc.integer({ min: 0, max: 999_999_999 }).map((serial) => {
  const first = `62220210${pad(serial, 10)}`;
  const last = [...'0123456789'].find((digit) => passesLuhn(first + digit)) ?? '';
  return first + last;
});

/** Example of GB 11643-1999, clause 4. */
const STANDARD_EXAMPLE = '11010519491231002X';

test('the example of the standard is a valid resident number, in either case of X', () => {
  assert.ok(isResidentId(STANDARD_EXAMPLE));
  assert.ok(isResidentId(STANDARD_EXAMPLE.toLowerCase()));
});

test('every generated resident number is accepted, and no single wrong character or swap of neighbours', () => {
  fc.assert(
    fc.property(residentId, fc.nat(16), fc.integer({ min: 1, max: 9 }), (value, at, step) => {
      assert.ok(isResidentId(value));
      const digit = (Number(value.charAt(at)) + step) % 10;
      assert.equal(isResidentId(value.slice(0, at) + digit + value.slice(at + 1)), false);
      const left = value.charAt(at);
      const right = value.charAt(at + 1);
      if (left === right || right === 'X') return;
      assert.equal(isResidentId(value.slice(0, at) + right + left + value.slice(at + 2)), false);
    }),
  );
});

test('a resident number with a day that does not exist is refused even when its check character fits', () => {
  for (const born of ['19900230', '19901301', '19900100', '18991231', '20230229']) {
    const first = `450103${born}123`;
    assert.equal(isResidentId(first + residentIdCheck(first)), false, born);
  }
});

test('Luhn finds every single wrong digit of a card number', () => {
  fc.assert(
    fc.property(bankCard, fc.nat(18), fc.integer({ min: 1, max: 9 }), (card, at, step) => {
      assert.ok(isBankCard(card));
      const digit = (Number(card.charAt(at)) + step) % 10;
      assert.equal(passesLuhn(card.slice(0, at) + digit + card.slice(at + 1)), false);
    }),
  );
});

test('resident numbers in a response are counted once each and shown masked', () => {
  const text = `{"sfzh":"${STANDARD_EXAMPLE}","again":"${STANDARD_EXAMPLE}"}`;
  assert.deepEqual(findSensitive(text), [{ kind: 'resident_id', count: 1, maskedSample: '110105************' }]);
});

test('one mobile number counts only beside a word that says so, three count alone', () => {
  assert.deepEqual(findSensitive('seq=13807711234 done'), []);
  assert.equal(findSensitive('联系电话：13807711234')[0]?.count, 1);
  assert.equal(findSensitive('13807711234,13907711234,15007711234')[0]?.count, 3);
});

test('one card number counts only beside a word that says so', () => {
  const card = '6222021000000000008';
  const valid = [...'0123456789'].map((last) => card.slice(0, 18) + last).find((value) => passesLuhn(value)) ?? '';
  assert.deepEqual(findSensitive(`order ${valid}`), []);
  assert.deepEqual(findSensitive(`卡号 ${valid}`), [
    { kind: 'bank_card', count: 1, maskedSample: `6222***********${valid.slice(-4)}` },
  ]);
});

test('a unified social credit identifier counts beside a word that says so, and its body is masked', () => {
  const code = completeUscc('11450000000000000');
  assert.deepEqual(findSensitive(`x ${code}`), []);
  assert.deepEqual(findSensitive(`统一社会信用代码：${code}`), [
    { kind: 'credit_code', count: 1, maskedSample: `11450000********${code.slice(-2)}` },
  ]);
});

test('a number inside a longer number, a decimal or a hexadecimal digest is left alone', () => {
  for (const text of [`9${STANDARD_EXAMPLE}`, '0.13807711234567', `ab${STANDARD_EXAMPLE}cd`, '1763838000123']) {
    assert.deepEqual(sensitiveSpans(text), [], text);
  }
});

test('masking keeps everything but the identifiers', () => {
  assert.equal(
    mask(
      `name=张三 id=${STANDARD_EXAMPLE}; phone=138-0771-1234; ip=10.1.2.3`.replace('138-0771-1234', '138 0771 1234'),
    ),
    'name=张三 id=110105************; phone=138******34; ip=10.1.2.3',
  );
});

test('no identifier survives masking, whatever stands around it', () => {
  const noise = fc.stringMatching(/^[^0-9A-Za-z+.]{0,12}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(noise, fc.oneof(residentId, bankCard)), { maxLength: 6 }), noise, (parts, end) => {
      const masked = mask(`${parts.map(([before, value]) => `${before}|${value}`).join('')}${end}`);
      for (const [, value] of parts) assert.ok(!masked.includes(value), masked);
    }),
  );
});

test('random text is searched without failure and masking it twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789Xx -+.中a'), maxLength: 400 }), (text) => {
      findSensitive(text);
      const once = mask(text);
      assert.equal(sensitiveSpans(once).length, 0);
      assert.equal(mask(once), once);
    }),
  );
});
