import type { Key } from '../../../terminal/key.ts'
import type { Action } from '../../action.ts'
import { asOfAction } from '../../as-of-action.ts'
import { exportAction } from '../../export-action.ts'
import { timeOfFile } from '../../file-name.ts'
import type { Host } from '../../screen.ts'
import { MOVEMENT_KEYS } from '../../scroll.ts'

/** What the keys of the screen change. */
export interface ContentionControls {
  readonly path: string | undefined
  readonly selectedKey: string | undefined
  readonly isPaused: boolean
  readonly isRecording: boolean
  readonly filter: string
  /** What is shown, as `inspector contention --json` prints it. */
  readonly json: string
  move(key: Key, times?: number): void
  sortBy(step: 'next' | 'reversed'): void
  turnWindow(): void
  turnPanel(): void
  pause(): void
  setFilter(text: string): void
  /** @throws {RangeError} for no file. */
  addTrace(file: string): void
  /** @throws {RangeError} for no file. */
  startRecording(file: string): void
  stopRecording(): void
}

/** What can be done on the contention screen. */
export function contentionActions(screen: ContentionControls, host: Host): Action[] {
  const { selectedKey } = screen
  const unavailable = selectedKey === undefined ? 'no record is selected' : undefined
  return [
    { name: 'move', keys: MOVEMENT_KEYS, takesCount: true, run: (key, times) => screen.move(key, times) },
    {
      name: host.traces.size > 0 ? 'replay the record' : 'show the history of the record',
      keys: ['<enter>'],
      hint: host.traces.size > 0 ? 'replay' : 'history',
      unavailable,
      run: () => openKey(host, selectedKey),
    },
    { name: 'sort by the next column', keys: ['s'], hint: 'sort', run: () => screen.sortBy('next') },
    { name: 'reverse the order', keys: ['S'], run: () => screen.sortBy('reversed') },
    { name: 'look at 10 seconds, 1 minute or 10 minutes', keys: ['t'], hint: 'window', run: () => screen.turnWindow() },
    {
      name: screen.isPaused ? 'go on' : 'pause, while counting goes on',
      keys: ['p', ' '],
      hint: screen.isPaused ? 'go on' : 'pause',
      run: () => screen.pause(),
    },
    recordingAction(screen, host),
    ...filterActions(screen, host),
    {
      name: 'show another panel, where there is no room for all',
      keys: ['v'],
      hint: 'panel',
      run: () => screen.turnPanel(),
    },
    {
      name: 'look at this record alone',
      keys: ['c'],
      unavailable: unavailable ?? (selectedKey === screen.path ? 'it is all that is shown' : undefined),
      run: () => {
        if (selectedKey !== undefined) host.open({ to: 'contention', path: selectedKey })
      },
    },
    {
      name: 'open the record in the replay, where W models other policies',
      keys: ['W'],
      synonyms: ['what if', 'simulate'],
      unavailable: unavailable ?? (host.traces.size === 0 ? 'it takes a trace of the attempts' : undefined),
      run: () => {
        openKey(host, selectedKey)
        host.say('W models the time in sight under other policies')
      },
    },
    {
      name: 'copy the path of the record',
      keys: ['y'],
      unavailable,
      run: () => {
        if (selectedKey !== undefined) host.copy(selectedKey, 'path')
      },
    },
    {
      name: 'follow a trace, or a directory of traces',
      keys: [],
      synonyms: ['attempts', 'lost', 'file'],
      run: () => host.ask({ label: 'trace', answer: (text) => screen.addTrace(text) }),
      command: { word: 'trace', argument: 'FILE|DIRECTORY', take: (argument) => screen.addTrace(argument) },
    },
    asOfAction(host, { cannotGoBack: 'contention is what happens now', travel: () => {} }),
    exportAction(host, {
      what: 'the figures',
      name: `contention-${timeOfFile(host.nowMs())}.json`,
      texts: () => [screen.json],
    }),
  ]
}

function openKey(host: Host, path: string | undefined): void {
  if (path === undefined) return
  if (host.traces.size > 0) host.open({ to: 'replay', files: [...host.traces], path })
  else host.open({ to: 'history', path })
}

function recordingAction(screen: ContentionControls, host: Host): Action {
  if (screen.isRecording) {
    return { name: 'end the recording', keys: ['r'], hint: 'end recording', run: () => screen.stopRecording() }
  }
  return {
    name: 'record what is committed in a file',
    keys: ['r'],
    hint: 'record',
    run: () =>
      host.ask({
        label: 'record to',
        initial: `contention-${timeOfFile(host.nowMs())}.castrace.jsonl`,
        answer: (file) => screen.startRecording(file),
      }),
  }
}

function filterActions(screen: ContentionControls, host: Host): Action[] {
  const { filter } = screen
  const ask: Action = {
    name: 'show only paths with a text in them',
    keys: ['/'],
    hint: 'filter',
    synonyms: ['search', 'find'],
    run: () =>
      host.ask({
        label: '/',
        initial: filter,
        changed: (text) => screen.setFilter(text),
        answer: (text) => screen.setFilter(text),
        cancelled: () => screen.setFilter(filter),
      }),
  }
  if (filter === '') return [ask]
  return [ask, { name: 'show all paths', keys: ['<escape>'], run: () => screen.setFilter('') }]
}
