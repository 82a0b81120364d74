import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import type { Fault, FaultCounts, FaultRule, ProxiedRequest } from './faults.ts'
import type { ConnectionHost } from './proxied-connection.ts'
import { ProxiedConnection } from './proxied-connection.ts'

/** Stands between clients and a server, and breaks the connections as it is told. */
export interface FaultProxy extends AsyncDisposable {
  /** The server's URL by way of this proxy. */
  readonly url: string
  readonly counts: FaultCounts
  /** Asks the rule about every request from now on; of several rules the first that answers decides. Call to remove it. */
  inject(rule: FaultRule): () => void
  /** Resets new connections: all, or those whose number, counted from 1, is chosen. Call to accept them again. */
  refuseConnections(choose?: (connection: number) => boolean): () => void
  /** Lets nothing pass on any connection, and closes none. Call to let it pass again. */
  stall(): () => void
  /** Resets the connections that there are. */
  dropConnections(): void
  /** Resolves when the counts satisfy the condition. */
  until(condition: (counts: FaultCounts) => boolean): Promise<void>
  close(): Promise<void>
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = new URL(targetUrl)
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return new RunningProxy(target, listener)
}

class RunningProxy implements FaultProxy, ConnectionHost {
  readonly url: string
  readonly #counts: { -readonly [What in keyof FaultCounts]: number } = {
    connections: 0,
    requests: 0,
    cutBefore: 0,
    cutAfter: 0,
    delayed: 0,
    stalled: 0,
    refusedConnections: 0,
    droppedConnections: 0,
  }
  readonly #target: URL
  readonly #listener: Server
  readonly #rules = new Set<FaultRule>()
  readonly #refusals = new Set<(connection: number) => boolean>()
  readonly #stalls = new Set<Promise<void>>()
  readonly #connections = new Set<ProxiedConnection>()
  readonly #watchers = new Set<() => void>()

  constructor(target: URL, listener: Server) {
    this.#target = target
    this.#listener = listener
    const address = listener.address()
    const url = new URL(target)
    url.hostname = '127.0.0.1'
    url.port = typeof address === 'object' && address !== null ? String(address.port) : ''
    this.url = url.href
    listener.on('connection', (client) => this.#accept(client))
  }

  get counts(): FaultCounts {
    return { ...this.#counts }
  }

  inject(rule: FaultRule): () => void {
    return addTo(this.#rules, rule)
  }

  refuseConnections(choose: (connection: number) => boolean = () => true): () => void {
    return addTo(this.#refusals, choose)
  }

  stall(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    const remove = addTo(this.#stalls, promise)
    return () => {
      remove()
      resolve()
    }
  }

  dropConnections(): void {
    for (const connection of this.#connections) {
      connection.reset()
      this.count('droppedConnections')
    }
  }

  async until(condition: (counts: FaultCounts) => boolean): Promise<void> {
    while (!condition(this.#counts)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const forget = addTo(this.#watchers, resolve)
      await promise
      forget()
    }
  }

  async close(): Promise<void> {
    if (!this.#listener.listening) return
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    for (const connection of this.#connections) connection.reset()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  choose(request: ProxiedRequest): Fault | undefined {
    for (const rule of this.#rules) {
      const fault = rule(request)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  count(what: keyof FaultCounts): void {
    this.#counts[what] += 1
    for (const notify of this.#watchers) notify()
  }

  flowing(): Promise<unknown> | undefined {
    return this.#stalls.size === 0 ? undefined : Promise.all(this.#stalls)
  }

  #accept(client: Socket): void {
    this.count('connections')
    const number = this.#counts.connections
    if ([...this.#refusals].some((refuses) => refuses(number))) {
      client.resetAndDestroy()
      this.count('refusedConnections')
      return
    }
    const server = connect(Number(this.#target.port || '5432'), this.#target.hostname)
    // What passes late, with several small writes, would be slower than without a proxy.
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => {})
    const connection = new ProxiedConnection(client, server, number, this)
    const forget = addTo(this.#connections, connection)
    void connection.run().finally(forget)
  }
}

function addTo<Item>(set: Set<Item>, item: Item): () => void {
  set.add(item)
  return () => {
    set.delete(item)
  }
}
