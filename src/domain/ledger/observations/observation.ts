import { z } from 'zod';
import { IDENTITY_CLASSES } from '#engine/identity/keys.ts';

/** What most identifiers consist of: nothing of it is mended. */
const PLAIN = /^[!-~]*$/;

/** One line of text from outside. Sources are dirty: control characters become blanks, what is too long is cut. */
const Line = (max: number) =>
  z.string().transform((text) =>
    text.length <= max && PLAIN.test(text)
      ? text
      : text
          .toWellFormed()
          .replace(/[\p{Cc}\s]+/gu, ' ')
          .trim()
          .slice(0, max),
  );

const Lines = (count: number, max: number) =>
  z.array(Line(max)).transform((lines) => lines.filter((line) => line !== '').slice(0, count));

/** What a source knows of a thing, in the ledger's words. What tells it apart, and what is good to know. */
export const ObservedFacts = z.object({
  name: Line(200).optional().describe('what people call it'),
  hostNames: Lines(32, 253).optional(),
  addresses: Lines(128, 64).optional(),
  macs: Lines(128, 64).optional(),
  serial: Line(128).optional(),
  vendor: Line(200).optional(),
  model: Line(200).optional(),
  uuid: Line(64).optional().describe('DMI system UUID'),
  instanceId: Line(200).optional().describe('number of a cloud instance'),
  agentId: Line(200).optional().describe("number of the source's own agent"),
  designation: Line(500).optional().describe('of a class without a network card: domain, address:port, filing number'),
  product: Line(200).optional(),
  operatingSystem: Line(200).optional(),
  location: Line(200).optional(),
  state: Line(60).optional(),
  on: Line(300)
    .optional()
    .describe("native key of the same source's record that it was seen on: the machine of a service"),
  application: Line(60).optional().describe('protocol of a service: `ssh`, `https`'),
  version: Line(120).optional(),
  encrypted: z.boolean().optional(),
  tlsVersions: Lines(8, 20).optional(),
  issuer: Line(200).optional().describe('of a certificate'),
  validFrom: z.iso.date().optional(),
  validUntil: z.iso.date().optional(),
  algorithm: Line(120).optional(),
});
export type ObservedFacts = z.output<typeof ObservedFacts>;

/** Characters of JSON that are kept of the record as the source gave it. */
const RAW_CHARS_MAX = 32_768;

/** The record as JSON that PostgreSQL takes: no NUL, no lone surrogates. One that is too large is left out, and says so. */
const Raw = z.record(z.string(), z.unknown()).transform((raw) => {
  const text = JSON.stringify(raw).replace(/\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '?');
  return text.length <= RAW_CHARS_MAX ? text : JSON.stringify({ leftOut: `${text.length} characters` });
});

/** What a source says at one time about one of its records. */
export const ObservationInput = z.object({
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.:-]{0,79}$/)
    .describe('`wazuh`, `nessus`, or with an instance `wazuh:region`; the part before ":" is the product'),
  nativeKey: Line(300)
    .pipe(z.string().min(1))
    .describe("the source's own key of the record: stays the same when it is seen again"),
  class: z.enum(IDENTITY_CLASSES),
  unitPath: z.string().startsWith('/').max(300).describe('whose it is, as far as the reporter knows'),
  zoneId: z.uuid().optional().describe('where it was seen, when the source knows; else told by the addresses'),
  firstSeenAt: z.date().optional(),
  seenAt: z.date(),
  facts: ObservedFacts,
  raw: Raw.default('{}'),
});
export type ObservationInput = z.input<typeof ObservationInput>;
export type Observation = z.output<typeof ObservationInput>;

/** Where an observation was put, in the order of the input. */
export interface Observed {
  readonly observationId: string;
  /** Null while its keys do not suffice to tell which asset it is about. */
  readonly assetId: string | null;
  /** `presumed`: only an address or a name speaks for it. */
  readonly state: 'linked' | 'presumed' | 'unresolved';
  readonly rule: string;
}

/** What a service is called by everybody: `tcp/10.1.2.3:443`, `udp/[2001:db8::1]:53`. */
export const serviceDesignation = (transport: 'tcp' | 'udp', address: string, port: number): string =>
  `${transport}/${address.includes(':') ? `[${address}]` : address}:${port}`;
