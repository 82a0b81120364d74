import { Closable } from '../closable.ts'
import { FilesystemError } from '../errors.ts'
import type { OperationOptions } from '../filesystem.ts'
import { DEFAULT_LIMITS } from '../filesystem.ts'
import { operationPhrase } from '../operation-phrase.ts'
import { checkPath, checkPrefix, isBelow, ROOT } from '../path.ts'
import { invalid } from '../refusals.ts'
import type { Discretion } from './discretion.ts'
import type { RouteTable } from './route-table.ts'
import type { Permission, Route } from './route.ts'
import { capabilitiesAt, inward, lackedBy, outward } from './route.ts'
import type { RoutedCall } from './translate-error.ts'
import { translateError } from './translate-error.ts'

export interface GateRules {
  readonly table: RouteTable
  /** Given where errors must not tell where routes lead. */
  readonly discretion?: Discretion | undefined
  /** The error for a path without a route, or for a route that lacks a permission. */
  readonly refuse: (operation: string, path: string, lacked: Permission | undefined) => FilesystemError
}

/** Lets a call through to the filesystem behind its path, or refuses it before anything is asked of that filesystem. */
export class Gate extends Closable {
  readonly table: RouteTable
  readonly #rules: GateRules

  constructor(rules: GateRules) {
    super()
    this.table = rules.table
    this.#rules = rules
  }

  /** The route of a collection. */
  collection(operation: string, path: string, needs: readonly Permission[]): Route {
    return this.#route(operation, path, needs, checkPrefix)
  }

  /** The route of a record or a log, neither of which can be where a route begins. */
  record(operation: string, path: string, needs: readonly Permission[]): Route {
    const route = this.#route(operation, path, needs, checkPath)
    if (route.at === path) throw invalid(operation, path, 'it is where a store is mounted, and nothing is stored there')
    return route
  }

  /** The routes that have paths below a prefix and permit what is needed, the one of the prefix first. */
  spanned(operation: string, prefix: string, needs: readonly Permission[]): readonly Route[] {
    const base = this.#enter(operation, prefix, checkPrefix)
    const all = [...(base ? [base] : []), ...this.table.below(prefix)]
    const permitted = all.filter((route) => lackedBy(route, needs) === undefined)
    if (permitted.length === 0) throw this.#rules.refuse(operation, prefix, base && lackedBy(base, needs))
    return permitted
  }

  /**
   * The place that a cursor names is one of the caller's, so that nobody is asked for a place elsewhere: a path with a route,
   * or one that leads to a route.
   */
  checkCursor(operation: string, prefix: string, cursor: string): void {
    const route = typeof cursor === 'string' ? this.table.find(cursor) : undefined
    checkPath(cursor, operation, route ? capabilitiesAt(route, cursor).limits : DEFAULT_LIMITS)
    if (route || this.table.below(cursor).length > 0) return
    throw invalid(operation, prefix, 'nothing can have given this cursor')
  }

  /** Calls the filesystem behind a route, and rejects with its errors as the caller may see them. */
  async pass<Result>(
    operation: string,
    path: string,
    route: Route,
    options: OperationOptions,
    forward: (inner: string) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await forward(inward(route, path))
    } catch (error) {
      throw this.translate(error, this.callOf(operation, path, route, options.signal))
    }
  }

  /** A call that a route passes on, for the translation of its errors. */
  callOf(operation: string, path: string, route: Route, signal: AbortSignal | undefined): RoutedCall {
    return {
      operation,
      path,
      inner: inward(route, path),
      outward: (other) => (isWithin(other, route) ? outward(route, other) : undefined),
      isHidden: (other) => this.hides(route, other),
      signal,
      mayRead: lackedBy(route, ['read']) === undefined,
    }
  }

  /** Whether another route hides what a route's filesystem has at one of its own paths. */
  hides(route: Route, inner: string): boolean {
    return isWithin(inner, route) && !this.table.shows(route, outward(route, inner))
  }

  translate(error: unknown, call: RoutedCall): unknown {
    return translateError(error, call, this.#rules.discretion)
  }

  /** The caller's path for one that a filesystem answered with. */
  outward(operation: string, path: string, route: Route, inner: string): string {
    if (isWithin(inner, route)) return outward(route, inner)
    const problem = 'the store answered with a path that does not lie below it'
    throw new FilesystemError('corrupt', `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${problem}`, {
      operation,
      path,
    })
  }

  #route(operation: string, path: string, needs: readonly Permission[], check: typeof checkPath): Route {
    const route = this.#enter(operation, path, check)
    const lacked = route && lackedBy(route, needs)
    if (!route || lacked !== undefined) throw this.#rules.refuse(operation, path, lacked)
    return route
  }

  #enter(operation: string, path: string, check: typeof checkPath): Route | undefined {
    this.checkOpen(operation, path)
    const route = typeof path === 'string' ? this.table.find(path) : undefined
    check(path, operation, route ? capabilitiesAt(route, path).limits : DEFAULT_LIMITS)
    return route
  }
}

function isWithin(inner: string, route: Route): boolean {
  return inner === route.target || route.target === ROOT || isBelow(inner, route.target)
}
