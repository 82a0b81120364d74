import { comparePaths, isBelow, parentOf, ROOT } from '../path.ts'
import type { Route } from './route.ts'

/** Routes by the longest prefix, cut at a segment boundary. A route hides what an outer one has at and below its point. */
export class RouteTable {
  readonly routes: readonly Route[]
  readonly #byPoint: ReadonlyMap<string, Route>

  constructor(routes: readonly Route[]) {
    this.routes = routes.toSorted((a, b) => comparePaths(a.at, b.at))
    this.#byPoint = new Map(routes.map((route) => [route.at, route]))
  }

  /** The route that a path at or below its point takes. */
  find(path: string): Route | undefined {
    for (let point = path; ; point = parentOf(point)) {
      const route = this.#byPoint.get(point)
      if (route || point === ROOT) return route
    }
  }

  /** Whether a route begins at the path, so that no record can be there. */
  isPoint(path: string): boolean {
    return this.#byPoint.has(path)
  }

  /** The routes that begin strictly below a prefix. */
  below(prefix: string): readonly Route[] {
    return this.routes.filter((route) => isBelow(route.at, prefix))
  }

  /** Whether what a route's filesystem has at this path is to be seen there. */
  shows(route: Route, path: string): boolean {
    return this.find(path) === route
  }
}
