import type { StoreAct } from '@latchless/filesystem'
import { z } from 'zod'
import { refuse } from './errors.ts'

/** The levels below the tenant, from broad to narrow. The tenant is the one whose filesystem it is. */
export const LEVELS = ['user', 'project', 'agent', 'mission', 'thread'] as const

/** On whose behalf something is done, or which account is meant. Levels may be left out; `{}` is the tenant. */
export interface BudgetScope {
  readonly user?: string | undefined
  readonly project?: string | undefined
  readonly agent?: string | undefined
  readonly mission?: string | undefined
  readonly thread?: string | undefined
}

/** Characters of a name in a scope. */
export const SCOPE_NAME_LENGTH_MAX = 128

const scopeName = z.string().min(1).max(SCOPE_NAME_LENGTH_MAX).optional()

export const scopeSchema: z.ZodType<BudgetScope, BudgetScope> = z.strictObject({
  user: scopeName,
  project: scopeName,
  agent: scopeName,
  mission: scopeName,
  thread: scopeName,
})

/** The key of an account as a person reads it: `tenant/user:ann/project:p1`. An account belongs to all that is before it. */
export function accountKey(account: BudgetScope): string {
  let key = 'tenant'
  for (const level of LEVELS) {
    const name = account[level]
    if (name !== undefined) key += `/${level}:${encodeURIComponent(name)}`
  }
  return key
}

/** Scopes do not change, and those of open reservations are asked for again and again. */
const keysByScope = new WeakMap<BudgetScope, readonly string[]>()

/** The keys of all accounts that a scope is charged to, from broad to narrow. */
export function accountKeys(scope: BudgetScope): readonly string[] {
  const known = keysByScope.get(scope)
  if (known) return known
  const keys = lineageOf(accountKey(scope))
  keysByScope.set(scope, keys)
  return keys
}

/** An account and all that it belongs to, by their keys, from broad to narrow. */
export function lineageOf(key: string): readonly string[] {
  const parts = key.split('/')
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

/** Characters of the longest key: each one of a name may be written as up to nine. */
export const ACCOUNT_KEY_LENGTH_MAX: number = 64 + LEVELS.length * 9 * SCOPE_NAME_LENGTH_MAX

/** All accounts that a scope is charged to, from broad to narrow, each by its own scope. The first is the tenant. */
export function cascade(scope: BudgetScope): readonly BudgetScope[] {
  const accounts: BudgetScope[] = [{}]
  for (const level of LEVELS) {
    const name = scope[level]
    if (name !== undefined) accounts.push({ ...accounts.at(-1), [level]: name })
  }
  return accounts
}

/** Whether what is done on behalf of a scope is charged to an account: the two agree down to the account's own level. */
export function isCharged(scope: BudgetScope, account: BudgetScope): boolean {
  const depth = LEVELS.findLastIndex((level) => account[level] !== undefined)
  return LEVELS.every((level, index) => index > depth || scope[level] === account[level])
}

/**
 * The scope with what it has, and nothing else.
 *
 * @throws {BudgetError} `invalid-argument`.
 */
export function checkScope(act: StoreAct, scope: BudgetScope): BudgetScope {
  const parsed = scopeSchema.safeParse(scope)
  const names = parsed.success ? Object.entries(parsed.data).filter(([, name]) => name !== undefined) : []
  if (!parsed.success || names.some(([, name]) => !(name as string).isWellFormed())) {
    throw refuse(
      'invalid-argument',
      act,
      `its scope must name ${LEVELS.join(', ')} only, by 1 to ${SCOPE_NAME_LENGTH_MAX} characters`,
    )
  }
  return Object.fromEntries(names)
}

/** @throws {BudgetError} `invalid-argument` for what is no scope: an unknown level would otherwise let everything through. */
export function checkWithin(act: StoreAct, within: BudgetScope | undefined): BudgetScope | undefined {
  return within === undefined ? undefined : checkScope(act, within)
}

/** Characters of the name of who decides. */
const BY_LENGTH_MAX = 128

/** @throws {BudgetError} `invalid-argument` for a name that no record could hold. */
export function checkBy<By extends string | undefined>(act: StoreAct, by: By): By {
  if (by === undefined) return by
  if (typeof by === 'string' && by.length >= 1 && by.length <= BY_LENGTH_MAX && by.isWellFormed()) return by
  throw refuse('invalid-argument', act, `its by must name who decides, by 1 to ${BY_LENGTH_MAX} characters`)
}

/** Whether a scope lies within another: it has every part that the other names. Everything lies within none. */
export function isWithin(scope: BudgetScope, within: BudgetScope | undefined): boolean {
  return within === undefined || LEVELS.every((level) => within[level] === undefined || within[level] === scope[level])
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/

/** @throws {BudgetError} `invalid-argument` for an id that cannot be part of a path. */
export function checkId(act: StoreAct, id: string): string {
  if (typeof id === 'string' && ID.test(id)) return id
  throw refuse(
    'invalid-argument',
    { operation: act.operation },
    'its id must be 1 to 128 letters, digits and . _ : -, beginning with a letter or digit',
  )
}
