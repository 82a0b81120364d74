import type { Socket } from 'node:net'
import type { Fault, FaultCounts, ProxiedRequest } from './faults.ts'
import type { Message } from './postgres-messages.ts'
import { MessageSplitter, OPENING, StatementTracker } from './postgres-messages.ts'

/** What a connection asks of its proxy. */
export interface ConnectionHost {
  choose(request: ProxiedRequest): Fault | undefined
  count(what: keyof FaultCounts): void
  /** Settles when the proxy lets bytes pass. */
  flowing(): Promise<unknown> | undefined
}

interface Pending {
  readonly fault: Fault | undefined
  readonly reply: Buffer[]
}

/** One client's connection with the server, seen from between them. */
export class ProxiedConnection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #number: number
  readonly #host: ConnectionHost
  readonly #statements = new StatementTracker()
  /** Requests that the server has, and has not answered. */
  readonly #pending: Pending[] = []
  #request: Buffer[] = []
  #executed: string[] = []
  #requests = 0
  #stall: Promise<unknown> | undefined
  #cut = false

  constructor(client: Socket, server: Socket, number: number, host: ConnectionHost) {
    this.#client = client
    this.#server = server
    this.#number = number
    this.#host = host
  }

  /** Passes bytes until one of the sides ends. */
  async run(): Promise<void> {
    const upstream = this.#fromClient()
    const downstream = this.#fromServer()
    // Whichever side ends first, the other learns it; a reset is told as a reset.
    await Promise.all([
      upstream.then(() => this.#server.end(), this.reset),
      downstream.then(() => this.#client.end(), this.reset),
    ])
  }

  /** Resets the client's connection and ends the server's. */
  readonly reset = (): void => {
    this.#cut = true
    this.#client.resetAndDestroy()
    this.#server.destroy()
  }

  async #fromClient(): Promise<void> {
    const splitter = new MessageSplitter({ typed: false })
    for await (const chunk of this.#client.iterator({ destroyOnReturn: false })) {
      for (const message of splitter.push(chunk as Buffer)) {
        await this.#pause()
        if (this.#cut) return
        if (message.type === '') splitter.typed = this.#open(message)
        else await this.#collect(message)
      }
    }
    await this.#pause()
  }

  /** Answers whether messages have a type from here on. */
  #open({ bytes, body }: Message): boolean {
    const code = body.readUInt32BE(0)
    if (code === OPENING.tls || code === OPENING.gss) {
      this.#client.write('N')
      return false
    }
    this.#server.write(bytes)
    return code !== OPENING.cancel
  }

  async #collect(message: Message): Promise<void> {
    // Answers to the server's questions (a password, copied rows) and the farewell are not requests.
    if ('pdcfX'.includes(message.type)) {
      this.#server.write(message.bytes)
      return
    }
    this.#request.push(message.bytes)
    const statement = this.#statements.executed(message)
    if (statement !== undefined) this.#executed.push(statement)
    // A flush asks for answers before the request is complete.
    if (message.type === 'H') this.#forward()
    // A query, a function call or a sync completes it.
    if ('QFS'.includes(message.type)) await this.#complete()
  }

  async #complete(): Promise<void> {
    // A client that does not wait for answers may have sent more behind a request whose answer will be cut off.
    if (this.#pending.some(({ fault }) => fault?.kind === 'cut-after')) return
    this.#requests += 1
    this.#host.count('requests')
    const statements = this.#executed
    this.#executed = []
    const fault = this.#host.choose({ statements, connection: this.#number, number: this.#requests })
    if (fault?.kind === 'cut-before') {
      this.reset()
      this.#host.count('cutBefore')
      return
    }
    if (fault?.kind === 'stall') {
      this.#stall = fault.until
      this.#host.count('stalled')
      await this.#pause()
      if (this.#cut) return
    }
    this.#pending.push({ fault, reply: [] })
    this.#forward()
  }

  #forward(): void {
    this.#server.write(Buffer.concat(this.#request))
    this.#request = []
  }

  async #fromServer(): Promise<void> {
    const splitter = new MessageSplitter({ typed: true })
    for await (const chunk of this.#server.iterator({ destroyOnReturn: false })) {
      for (const message of splitter.push(chunk as Buffer)) {
        await this.#pause()
        if (this.#cut) return
        await this.#answer(message)
      }
    }
    await this.#pause()
  }

  async #answer({ type, bytes }: Message): Promise<void> {
    const pending = this.#pending[0]
    const held = pending?.fault?.kind === 'cut-after' || pending?.fault?.kind === 'delay'
    if (held) pending.reply.push(bytes)
    else this.#client.write(bytes)
    // Nothing is pending when the server is ready for the first time.
    if (type !== 'Z' || pending === undefined) return
    this.#pending.shift()
    if (pending.fault?.kind === 'cut-after') {
      this.reset()
      this.#host.count('cutAfter')
    }
    if (pending.fault?.kind === 'delay') {
      this.#host.count('delayed')
      await pending.fault.until
      this.#client.write(Buffer.concat(pending.reply))
    }
  }

  async #pause(): Promise<void> {
    await this.#stall
    for (let flowing = this.#host.flowing(); flowing; flowing = this.#host.flowing()) await flowing
  }
}
