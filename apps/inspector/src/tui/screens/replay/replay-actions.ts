import { GOTO_ARGUMENT, gotoUs } from '../../../trace/goto.ts'
import type { Action } from '../../action.ts'
import type { Host } from '../../screen.ts'
import { moved, MOVEMENT_KEYS } from '../../scroll.ts'
import { GROUPINGS, type ReplayModel } from './replay-model.ts'

/** What the actions need beside the model. */
export interface ReplayControls {
  readonly host: Host
  /** The trace as it is when a question is answered, which may be later than when it was asked. */
  readonly model: () => ReplayModel | undefined
  /** Keys that a person presses stop what moves by itself. */
  readonly paused: () => void
  readonly lanesInSight: () => number
  found: string
}

/** Moves so many times; tells whether there was somewhere to go. */
type Move = (times: number) => boolean

/** Moving in a trace that is open. */
export function movingActions(model: ReplayModel, controls: ReplayControls): Action[] {
  const { go, step } = movesOf(controls)
  return [
    step('go to the next event', ['l', '<right>'], (times) => model.step(times, 'all'), 'event behind this one'),
    step(
      'go to the event before',
      ['h', '<left>'],
      (times) => model.step(-times, 'all'),
      'event before this one',
      'event',
    ),
    step('go to the next conflict', ['L'], (times) => model.step(times, 'conflicts'), 'conflict behind this one'),
    step(
      'go to the conflict before',
      ['H'],
      (times) => model.step(-times, 'conflicts'),
      'conflict before this one',
      'conflict',
    ),
    step(
      'go to the next event of the lane',
      ['.'],
      (times) => model.step(times, 'lane'),
      'event of this lane behind this one',
    ),
    step(
      'go to the event of the lane before',
      [','],
      (times) => model.step(-times, 'lane'),
      'event of this lane before this one',
    ),
    step(
      'go to the next attempt of the update',
      ['J'],
      (times) => model.stepAttempt(times),
      'attempt of this update behind this one',
    ),
    step(
      'go to the attempt of the update before',
      ['K'],
      (times) => model.stepAttempt(-times),
      'attempt of this update before this one',
    ),
    go('go to who won instead', ['<enter>'], () => model.goToWinner(), 'loss here whose winner was recorded', 'winner'),
    go('go to the next mark', [']'], () => model.stepMark(1), 'mark behind this one'),
    go('go to the mark before', ['['], () => model.stepMark(-1), 'mark before this one'),
    go('go to the start', ['0'], () => (model.goTo(model.trace.startUs), true), ''),
    go('go to the end', ['$'], () => (model.goTo(model.trace.endUs), true), ''),
    {
      name: 'choose a lane',
      keys: MOVEMENT_KEYS,
      takesCount: true,
      run: (key, times) => {
        model.laneAt = moved(key, model.laneAt, model.lanes.length, controls.lanesInSight(), times) ?? model.laneAt
      },
    },
    gotoAction(controls),
    ...findingActions(controls),
  ]
}

/** Makes actions that say so when there is nowhere to go. `step` makes those that take a count. */
function movesOf(controls: ReplayControls) {
  const went = (isGone: boolean, what: string): void => {
    controls.paused()
    if (!isGone) controls.host.say(`there is no ${what}`)
  }
  const go = (name: string, keys: readonly string[], move: () => boolean, what: string, hint?: string): Action => ({
    name,
    keys,
    run: () => went(move(), what),
    ...(hint === undefined ? {} : { hint }),
  })
  const step = (name: string, keys: readonly string[], move: Move, what: string, hint?: string): Action => ({
    ...go(name, keys, () => move(1), what, hint),
    takesCount: true,
    run: (_key, times = 1) => went(move(times), what),
  })
  return { go, step }
}

/** What is in sight of a trace that is open. */
export function sightActions(model: ReplayModel): Action[] {
  const by = { writer: 'writer', key: 'record', op: 'update' } as const
  const next = GROUPINGS[(GROUPINGS.indexOf(model.grouping) + 1) % GROUPINGS.length] ?? 'writer'
  return [
    {
      name: 'show a shorter time',
      keys: ['w'],
      hint: 'zoom',
      synonyms: ['zoom in'],
      run: () => model.sight.zoom('in', model.cursorUs),
    },
    {
      name: 'show a longer time',
      keys: ['s'],
      synonyms: ['zoom out'],
      run: () => model.sight.zoom('out', model.cursorUs),
    },
    { name: 'show an earlier time', keys: ['a'], synonyms: ['pan left'], run: () => model.sight.pan(-1) },
    { name: 'show a later time', keys: ['d'], synonyms: ['pan right'], run: () => model.sight.pan(1) },
    { name: 'show all of the trace, or the selected update', keys: ['f'], hint: 'fit', run: () => model.fit() },
    { name: 'set or take away a mark', keys: ['m'], run: () => model.mark() },
    { name: `lanes by ${by[next]}`, keys: ['v'], hint: 'lanes', synonyms: ['group'], run: () => model.group(next) },
    ...GROUPINGS.filter((grouping) => grouping !== next).map((grouping): Action => ({
      name: `lanes by ${by[grouping]}`,
      keys: [],
      run: () => model.group(grouping),
    })),
    {
      name: 'lanes of the updates of this record',
      keys: ['o'],
      synonyms: ['follow the update'],
      run: () => {
        if (model.onlyKey === undefined) model.toggleOnlyKey()
        model.group('op')
      },
    },
    {
      name: model.onlyKey === undefined ? 'show only this record' : 'show all records',
      keys: ['x'],
      hint: 'only',
      run: () => model.toggleOnlyKey(),
    },
  ]
}

function gotoAction({ host, paused, model: current }: ReplayControls): Action {
  const take = (text: string): void => {
    const model = current()
    if (!model) return
    const { trace, makers, cursorUs, focusKey, marks } = model
    const us = gotoUs(text, { trace, makers, cursorUs, key: focusKey, marks: marks.map(({ atUs }) => atUs) })
    paused()
    model.goTo(us)
    host.changed()
  }
  return {
    name: 'go to a place',
    keys: ['t'],
    hint: 'go to',
    run: () => host.ask({ label: 'goto', answer: take }),
    command: { word: 'goto', argument: GOTO_ARGUMENT, take },
  }
}

function findingActions(controls: ReplayControls): Action[] {
  const { host } = controls
  const find = (text: string, by: number): void => {
    controls.found = text
    controls.paused()
    if (text !== '' && controls.model()?.find(text, by) === false)
      host.say(`nothing ${by > 0 ? 'behind' : 'before'} this is called so`)
    host.changed()
  }
  const unavailable = controls.found === '' ? 'nothing was looked for; / does' : undefined
  return [
    {
      name: 'find a writer, a record or an update',
      keys: ['/'],
      hint: 'find',
      run: () => host.ask({ label: '/', initial: controls.found, answer: (text) => find(text, 1) }),
      command: { word: 'find', argument: 'TEXT', take: (text) => find(text, 1) },
    },
    {
      name: 'find the next',
      keys: ['n'],
      takesCount: true,
      unavailable,
      run: (_key, times = 1) => find(controls.found, times),
    },
    {
      name: 'find the one before',
      keys: ['N'],
      takesCount: true,
      unavailable,
      run: (_key, times = 1) => find(controls.found, -times),
    },
  ]
}
