import { CEF_FIELDS, cefFields, cefTimes } from '#engine/formats/cef-names.ts';
import { defineSource } from '#engine/formats/define.ts';
import { eventAt, put, supply } from '#engine/formats/sigma-fields.ts';
import { parseDeviceTime } from '#engine/formats/time.ts';

/** Any product that writes CEF and has no source of its own. Vendor and product stand in the fields. */
export const source = defineSource({
  id: 'generic-cef',
  title: { zh: 'CEF 通用格式', en: 'Common Event Format (CEF)' },
  vendor: 'any',
  product: 'CEF',
  formats: ['cef', 'syslog'],
  watches: ['network', 'endpoint', 'application'],
  asks: { marks: ['CEF:'] },
  supplies: [supply(['cef', '', ''], [...CEF_FIELDS, 'vendor', 'device_product'])],
  detect: ({ cef }) => (cef === undefined ? 0 : 0.6),
  parse: ({ cef, syslog, context }) => {
    if (cef === undefined) return null;
    const fields = cefFields(cef);
    put(fields, 'vendor', cef.vendor);
    put(fields, 'device_product', cef.product);
    if (fields.hostname === undefined) put(fields, 'hostname', syslog.hostname);
    const times = [...cefTimes(cef).map((text) => parseDeviceTime(text, context)), syslog.timeMs];
    return eventAt({ product: 'cef', category: '', service: '' }, times, context, fields, cef.problems);
  },
});
