/** The sentences that the platform keeps with an event, and the key of each among the texts. `test/contract/texts.test.ts` holds them together. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^no source knows this text$/, 'unknown'],
  [/^the configured source "(.*)" does not exist$/, 'hintMissing'],
  [/^not a text of the configured source "(.*)"$/, 'hintOther'],
  [/^the time of the event is not plausible/, 'notPlausible'],
  [/^the bytes are neither UTF-8 nor GB 18030/, 'noEncoding'],
  [/^U\+FFFD stands for bytes that are no character: (.*)$/, 'badBytes'],
  [/^bytes that are no character stand as/, 'escapedBytes'],
  [/^no readable time/, 'noTime'],
  [/^time is not RFC 3339/, 'notRfcTime'],
  [/^the time in brackets cannot be read$/, 'bracketTime'],
  [/^text longer than (\d+) characters/, 'longerText'],
  [/^longer than (\d+) characters$/, 'longerUnknown'],
  [/^a value longer than (\d+) characters was cut$/, 'longerValue'],
  [/^a list longer than (\d+) was cut$/, 'longerList'],
  [/^more than (\d+) values of one field/, 'moreValues'],
  [/^more than (\d+) (?:fields|pairs)/, 'moreFields'],
  [/^more than (\d+) columns/, 'moreColumns'],
  [/^more than (\d+) elements of structured data$/, 'moreElements'],
  [/^more than (\d+) parameters of structured data$/, 'moreParameters'],
  [/^nested deeper than (\d+)/, 'nested'],
  [/^a field name that is empty, reserved or too long was left out$/, 'fieldName'],
  [/^words that are no name and value were passed over$/, 'words'],
  [/^a quoted value is not closed/, 'quote'],
  [/^text after a closing quote/, 'afterQuote'],
  [/^priority above 191/, 'priority'],
  [/^no structured data and no "-" for it/, 'noStructured'],
  [/^structured data is not closed/, 'openStructured'],
  [/^the request line is no HTTP request$/, 'noRequest'],
];

/** The key of one sentence with what is put into it; undefined for one that is not known. */
export function problemKey(sentence: string): { key: string; a: string } | undefined {
  for (const [pattern, key] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found) return { key, a: found[1] ?? '' };
  }
  return undefined;
}
