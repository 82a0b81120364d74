import { displayText } from '../display-text.ts'
import { withSteadyCells } from '../terminal/cells.ts'
import { keysText } from './action.ts'
import { type DrawnFrame, type FrameContent, wordsOnly } from './draw-frame.ts'
import { type Frame, partOf } from './frame.ts'
import { TABS } from './screen.ts'

/** Lines around what the screen says, so that all of it is in the terminal at once. */
const ROWS_AROUND = 7
const ROOM_ROWS_MIN = 4

/** The frame as lines of words: where one is, what is there, where one stands. Nothing is drawn around it. */
export function spokenFrame(frame: Frame, content: FrameContent): DrawnFrame {
  const { screen, overlay, message } = content
  const room = partOf(frame, frame.columns, Math.max(ROOM_ROWS_MIN, frame.rows - ROWS_AROUND))
  const what = [...whereLines(content), overlay?.title ?? '', ...(overlay ?? screen).view(room)]
  const standing = overlay ? '' : displayText(screen.status)
  const said = message ? `${message.isError ? 'error: ' : ''}${displayText(message.text)}` : ''
  const lines = [...what, standing, said].map((line) => withSteadyCells(line.replaceAll(/ {2,}/g, '  ').trim()))
  return wordsOnly(lines.filter((line) => line !== ''))
}

function whereLines({ tab, screen, storeName, writable, reveals, hints }: FrameContent): string[] {
  const crumbs = [storeName, ...screen.crumbs].map((crumb) => displayText(crumb)).join(', ')
  const keys = hints.flatMap(({ hint, keys: [key], unavailable }) => {
    return hint === undefined || key === undefined || unavailable !== undefined ? [] : [`${keysText([key])} ${hint}`]
  })
  return [
    `${tab}, tab ${TABS.indexOf(tab) + 1} of ${TABS.length}: ${crumbs}${writable ? ', writing is allowed' : ''}${reveals ? ', secrets are shown' : ''}`,
    screen.isUnderWay ? 'working' : displayText(screen.facts),
    `keys: ${keys.join(', ')}`,
  ]
}
