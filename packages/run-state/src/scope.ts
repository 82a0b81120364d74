import { fingerprint } from '@latchless/filesystem'
import { z } from 'zod'

const NAME_LENGTH_MAX = 128

/** Text of at most so many UTF-16 units. A lone surrogate has no bytes, so different texts would have one hash. */
export const textSchema = (lengthMax: number) =>
  z
    .string()
    .max(lengthMax)
    .refine((text) => text.isWellFormed(), 'expected no lone surrogate')

/** What people call something, within a scope or beside it. */
export const nameSchema = textSchema(NAME_LENGTH_MAX).min(1)

/** What an identifier may be: it is part of a path, and of messages. */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,127}$/, 'expected 1 to 128 letters, digits and ._:-')

export const scopeSchema = z.strictObject({
  agent: nameSchema.optional(),
  project: nameSchema.optional(),
  mission: nameSchema.optional(),
  thread: nameSchema.optional(),
})

/**
 * Who owns a record within the mount, which stands for tenant and user. Two scopes are the same when all four parts are: what
 * belongs to a thread does not belong to its project.
 */
export type Scope = z.infer<typeof scopeSchema>

const parts = ['agent', 'project', 'mission', 'thread'] as const

/** 32 hex digits that are the same for the same value, and for no other. */
export function derivedId(what: string, value: unknown): string {
  const prefixLength = 'sha256:'.length
  return fingerprint([what, value]).slice(prefixLength, prefixLength + 32)
}

/** A scope as 32 hex digits: equal exactly for the same scope. */
export function scopeKey(scope: Scope): string {
  return derivedId('scope', scope)
}

export function isSameScope(a: Scope, b: Scope): boolean {
  return parts.every((part) => a[part] === b[part])
}

/** Whether everything in `inner` is within `outer`: each part that `outer` names is the same in `inner`. */
export function covers(outer: Scope, inner: Scope): boolean {
  return parts.every((part) => outer[part] === undefined || outer[part] === inner[part])
}

/** Every scope that covers this one, itself included: at most 16, the narrowest first. */
export function coveringScopes(scope: Scope): Scope[] {
  let found: Scope[] = [{}]
  for (const part of parts) {
    const value = scope[part]
    if (value !== undefined) found = found.flatMap((outer) => [outer, { ...outer, [part]: value }])
  }
  return found.toSorted((a, b) => widthOf(a) - widthOf(b))
}

/** How many parts a scope leaves open. */
export function widthOf(scope: Scope): number {
  return parts.filter((part) => scope[part] === undefined).length
}

/** The same identifier in two scopes is two records, so a name taken elsewhere cannot be found out. */
export function scopedPath(root: string, scope: Scope, id: string): string {
  return `${root}/${scopeKey(scope)}.${id}`
}
