// The little of PostgreSQL's protocol that it takes to see requests. Source: chapter "Frontend/Backend Protocol" of its
// manual, section "Message Formats".

/** One message. The first ones of a connection have no type, which is `''` here. */
export interface Message {
  readonly type: string
  /** Without the type and the length. */
  readonly body: Buffer
  /** As it was on the wire. */
  readonly bytes: Buffer
}

/** What an untyped message asks for. */
export const OPENING = { cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 } as const

const LENGTH_BYTES = 4

/** Cuts a stream of bytes into messages. */
export class MessageSplitter {
  /** Whether the next message begins with a type. */
  typed: boolean
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #needed = 0

  constructor(options: { readonly typed: boolean }) {
    this.typed = options.typed
  }

  *push(chunk: Buffer): Generator<Message> {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    // A long message comes in many chunks, which are joined once.
    if (this.#bytes < this.#needed) return
    let rest = Buffer.concat(this.#chunks.splice(0))
    for (;;) {
      const typeBytes = this.typed ? 1 : 0
      const head = typeBytes + LENGTH_BYTES
      // The length counts itself, and not the type.
      this.#needed = rest.length < head ? head : typeBytes + rest.readUInt32BE(typeBytes)
      if (rest.length < this.#needed) break
      const bytes = rest.subarray(0, this.#needed)
      rest = rest.subarray(this.#needed)
      yield { type: bytes.toString('latin1', 0, typeBytes), body: bytes.subarray(head), bytes }
    }
    this.#chunks.push(rest)
    this.#bytes = rest.length
  }
}

/** Knows which statements the messages of one client execute. */
export class StatementTracker {
  readonly #statements = new Map<string, string>()
  readonly #portals = new Map<string, string>()

  /** The text of the statement that the message executes, if it executes one. */
  executed({ type, body }: Message): string | undefined {
    const [first = '', second = ''] = cStrings(body)
    if (type === 'Q') return first
    if (type === 'P') this.#statements.set(first, second)
    if (type === 'B') this.#portals.set(first, this.#statements.get(second) ?? '')
    return type === 'E' ? (this.#portals.get(first) ?? '') : undefined
  }
}

/** The two texts that a message may begin with. */
function cStrings(body: Buffer): string[] {
  const first = body.indexOf(0)
  const second = body.indexOf(0, first + 1)
  return [body.toString('utf8', 0, Math.max(first, 0)), body.toString('utf8', first + 1, Math.max(second, first + 1))]
}
