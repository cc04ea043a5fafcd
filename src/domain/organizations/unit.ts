import { z } from 'zod';
import { describeUsccFault, normaliseUscc, usccFault } from '#engine/identifiers/uscc.ts';

/** Region, city, county: the level of a division and of the centre that works for it. */
export const CENTRE_LEVELS = ['region', 'city', 'county'] as const;
export type CentreLevel = (typeof CENTRE_LEVELS)[number];

/** 主管部门, 信息化服务单位, 接入单位, 服务商, 第三方监督. */
export const UNIT_KINDS = ['authority', 'operator', 'member', 'contractor', 'supervisor'] as const;
export type UnitKind = (typeof UNIT_KINDS)[number];

export type UnitState = 'active' | 'closed';

/** 第一责任人, 直接责任人, 安全员, 联系人. */
export const DUTIES = ['first_responsible', 'directly_responsible', 'security_officer', 'contact'] as const;
export type Duty = (typeof DUTIES)[number];

/** Fields of work of units; the order is the order of the console's list. */
export const SECTORS = [
  'government',
  'public_security',
  'education',
  'health',
  'human_resources',
  'finance',
  'transport',
  'housing',
  'natural_resources',
  'ecology',
  'water',
  'agriculture',
  'energy',
  'market',
  'culture',
  'emergency',
  'communication',
  'other',
] as const;

const Name = z.string().trim().min(2).max(100);

const Uscc = z
  .string()
  .transform(normaliseUscc)
  .superRefine((code, check) => {
    const fault = usccFault(code);
    if (fault) check.addIssue({ code: 'custom', message: describeUsccFault(fault) });
  });

/**
 * A short name for the unit's place in the tree. Letters, digits and hyphens; six digits alone would be mistaken for
 * a division.
 */
const UnitCode = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{1,30}$/, 'Use 2 to 31 letters, digits and hyphens')
  .refine((code) => !/^\d{6}$/.test(code), 'Six digits alone are the code of a division');

const Phone = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 -]{5,19}$/, 'A telephone number has digits, spaces and hyphens only');

export const PersonInput = z.object({
  duty: z.enum(DUTIES),
  name: z.string().trim().min(1).max(50),
  post: z.string().trim().min(1).max(100),
  phone: Phone.optional(),
  email: z.email().max(200).optional(),
});

export const UnitInput = z.object({
  code: UnitCode,
  name: Name,
  shortName: z.string().trim().min(1).max(20),
  kind: z.enum(UNIT_KINDS),
  sector: z.enum(SECTORS),
  divisionCode: z.string().regex(/^\d{6}$/),
  parentId: z.uuid().optional(),
  uscc: Uscc.optional(),
  persons: z.array(PersonInput).max(20).default([]),
});

/** Code and division never change: they are the unit's path, which every old record carries. */
export const UnitChange = UnitInput.omit({ code: true, divisionCode: true, persons: true })
  .partial()
  .extend({ parentId: z.uuid().nullable().optional(), uscc: Uscc.nullable().optional() })
  .refine((change) => Object.keys(change).length > 0, 'Name at least one thing to change');

/** The path of a unit: below its division. */
export const unitPathOf = (divisionPath: string, code: string): string => `${divisionPath}${code}/`;

/** 138****5678; short numbers keep their last two digits. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  return digits.length >= 11 ? `${digits.slice(0, 3)}****${digits.slice(-4)}` : `****${digits.slice(-2)}`;
}

/** z***@example.cn */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}***${email.slice(at)}`;
}
