import { Buffer } from 'node:buffer'

/** Longer texts are refused by some terminals, which then show nothing at all (xterm's default limit). */
export const CLIPBOARD_BYTES_MAX = 74_000

/**
 * The control sequence that asks a terminal to put text into the clipboard (OSC 52 of xterm's control sequences). tmux passes
 * it on when it is wrapped and `allow-passthrough` is on.
 *
 * @throws {RangeError} when the text is too long.
 */
export function clipboardSequence(text: string, insideTmux: boolean): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length > CLIPBOARD_BYTES_MAX) {
    throw new RangeError(`Cannot copy ${bytes.length} bytes: a terminal takes at most ${CLIPBOARD_BYTES_MAX}`)
  }
  const sequence = `\u001b]52;c;${bytes.toString('base64')}\u0007`
  return insideTmux ? `\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\` : sequence
}
