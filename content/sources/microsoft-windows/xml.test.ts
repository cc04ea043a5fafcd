import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventXmlIn, readEventXml } from './xml.ts';

const read = (inner: string) => readEventXml(`<Event>${inner}</Event>`);

describe("a Windows event's XML", () => {
  it('is read into elements, attributes and text', () => {
    assert.deepEqual(read(`<System><Provider Name='P' Guid="{1}"/><EventID Qualifiers="0">7</EventID></System>`), {
      Event: {
        System: {
          Provider: { '#attributes': { Name: 'P', Guid: '{1}' }, '#text': '' },
          EventID: { '#attributes': { Qualifiers: '0' }, '#text': '7' },
        },
      },
    });
    assert.deepEqual(read('<D>a</D><D>b &lt;&#x4e00;&#33;&nbsp;<![CDATA[<c>&amp;]]></D><!-- no --><E/>'), {
      Event: { D: ['a', 'b <一!&nbsp;<c>&amp;'], E: '' },
    });
  });

  it('is not found in anything else', () => {
    for (const text of ['', '<EventData>', '{"Event":1}', '<Events><System></Events>', 'x <Event><System>']) {
      assert.equal(eventXmlIn(text), undefined);
    }
  });

  it('is refused when it is not well-formed, declares entities, or is beyond measure', () => {
    for (const inner of ['<a>', '<a></b>', '</a>', '<a x=1/>', '<a <b/>', '<>', '<!DOCTYPE x [<!ENTITY a "b">]>']) {
      assert.equal(read(inner), undefined, inner);
    }
    assert.equal(read('<a>'.repeat(50) + '</a>'.repeat(50)), undefined);
    assert.equal(read('<a/>'.repeat(3000)), undefined);
    assert.equal(read('x'.repeat(2_000_000)), undefined);
    assert.equal(readEventXml('<Event/><Event/>'), undefined);
  });

  it('is read or refused in time that grows with its length, whatever it holds', () => {
    for (const piece of ['<a ', '<!--', '<![CDATA[', '&#x', 'a="', '<a a="" ', '<?']) read(piece.repeat(20_000));
    const parts = fc.constantFrom(
      '<a>',
      '</a>',
      '<b c="',
      '"',
      '/>',
      '&lt;',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      'x',
      '=',
    );
    fc.assert(fc.property(fc.array(fc.oneof(parts, fc.string()), { maxLength: 40 }), (all) => void read(all.join(''))));
  });
});
