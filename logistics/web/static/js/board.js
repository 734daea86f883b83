// The board of a plan: map, timeline and list with one selection for the three. The list works without this script.

import { routeMap } from './map.js'
import { drawTimeline, markLane } from './timeline.js'

const board = document.querySelector('[data-board]')
const words = JSON.parse(document.getElementById('board-words').textContent)
const timeline = board.querySelector('[data-timeline]')
const clear = board.querySelector('[data-clear]')
const dayButtons = [...board.querySelectorAll('[data-day]')]
const details = new Map([...board.querySelectorAll('details[data-lane]')].map(element => [Number(element.dataset.lane), element]))
const chosen = { day: dayButtons[0]?.dataset.day ?? '', lane: null }

const answer = await fetch(board.dataset.board).catch(() => null)
if (answer?.ok) start(await answer.json())
else timeline.textContent = words.noData

function start({ lanes, map: collection }) {
  const dayOf = new Map(lanes.map(lane => [lane.id, lane.day]))
  const map = routeMap(board.querySelector('[data-map]'), collection, words, lane => select(lane))
  board.querySelector('.days').hidden = false
  for (const button of dayButtons) button.addEventListener('click', () => showDay(button.dataset.day))
  clear.addEventListener('click', () => select(null))
  for (const [lane, element] of details) {
    element.addEventListener('toggle', () => {
      if (element.open) select(lane, { scroll: false })
      else if (chosen.lane === lane) select(null)
    })
  }
  showDay(chosen.day)

  function showDay(day, lane = null) {
    chosen.day = day
    for (const button of dayButtons) button.setAttribute('aria-pressed', String(button.dataset.day === day))
    for (const section of board.querySelectorAll('[data-lanes-of]')) section.hidden = Boolean(day) && section.dataset.lanesOf !== day
    if (lanes.length) drawTimeline(timeline, lanes, day, dayName, id => select(id === chosen.lane ? null : id))
    select(lane)
  }

  function select(lane, { scroll = true } = {}) {
    if (lane !== null && lane === chosen.lane && details.get(lane)?.open) return
    if (lane !== null && chosen.day && dayOf.get(lane) !== chosen.day) { showDay(dayOf.get(lane), lane); return }
    chosen.lane = lane
    clear.hidden = lane === null
    for (const [id, element] of details) if (element.open !== (id === lane)) element.open = id === lane
    markLane(timeline, lane)
    if (scroll && lane !== null) bringIntoSight(details.get(lane))
    map?.choose(chosen.day, lane)
  }
}

// Within the list only: the page stays where it is, so that map and timeline stay in sight.
function bringIntoSight(element) {
  const list = element.closest('.lanes')
  if (element.offsetTop < list.scrollTop || element.offsetTop > list.scrollTop + list.clientHeight - 150) list.scrollTop = element.offsetTop - 40
}

function dayName(day) {
  return dayButtons.find(button => button.dataset.day === day)?.firstChild.textContent.trim() ?? day
}
