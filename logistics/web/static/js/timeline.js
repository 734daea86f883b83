// One lane per vehicle and day: the shift, driving, waiting, handing over, by the hour.

const SVG = 'http://www.w3.org/2000/svg'
const HEIGHT = 20

// Draw the lanes of a day ('' for all days) into `container`; `picked(id)` is called for a click on one.
export function drawTimeline(container, lanes, day, dayName, picked) {
  const shown = lanes.filter(lane => !day || lane.day === day)
  const first = Math.floor(Math.min(...shown.map(lane => lane.starts)) / 3600)
  const last = Math.ceil(Math.max(...shown.map(lane => Math.max(lane.ends, lane.returns))) / 3600)
  const parts = [scale(first, last)]
  let heading = ''
  for (const lane of shown) {
    if (!day && lane.day !== heading) {
      heading = lane.day
      parts.push(make('p', 'timeline-day', dayName(heading)))
    }
    parts.push(laneRow(lane, first, last, picked))
  }
  container.replaceChildren(...parts)
}

// Mark the chosen lane and bring it into sight.
export function markLane(container, id) {
  for (const row of container.querySelectorAll('.timeline-lane')) {
    const chosen = Number(row.dataset.lane) === id
    row.setAttribute('aria-pressed', String(chosen))
    if (chosen) bringIntoSight(container, row)
  }
}

function bringIntoSight(container, row) {
  const top = row.offsetTop - container.offsetTop
  if (top < container.scrollTop + 30 || top + row.offsetHeight > container.scrollTop + container.clientHeight) {
    container.scrollTop = top - container.clientHeight / 3
  }
}

function scale(first, last) {
  const hours = make('div', 'hours')
  const line = make('div', 'hours-scale')
  const step = last - first > 14 ? 2 : 1
  for (let hour = first; hour <= last; hour += step) {
    const mark = make('span', '', String(hour % 24))
    mark.style.left = `${(100 * (hour - first)) / (last - first)}%`
    line.append(mark)
  }
  hours.append(line)
  return hours
}

function laneRow(lane, first, last, picked) {
  const row = make('button', `timeline-lane colour-${lane.colour}`)
  row.type = 'button'
  row.dataset.lane = lane.id
  row.setAttribute('aria-pressed', 'false')
  row.setAttribute('aria-label', `${lane.plate} ${lane.driver} ${clock(lane.departs)}–${clock(lane.returns)}, ${lane.visits.length}`)
  row.addEventListener('click', () => picked(lane.id))
  row.append(plate(lane), picture(lane, first * 3600, last * 3600))
  return row
}

function plate(lane) {
  const label = make('span', 'vehicle')
  const mark = draw('svg', { class: `vehicle-mark colour-${lane.colour} dash-${lane.dash}`, viewBox: '0 0 24 10', 'aria-hidden': 'true' })
  mark.append(draw('line', { x1: 1, y1: 5, x2: 23, y2: 5 }))
  label.append(mark, lane.plate)
  return label
}

function picture(lane, from, to) {
  const svg = draw('svg', { viewBox: `0 0 ${to - from} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' })
  const bar = (kind, start, end, y, height, title) => {
    const rect = draw('rect', { class: kind, x: start - from, y, width: Math.max(end - start, 0), height })
    if (title) {
      const told = draw('title', {})
      told.textContent = title
      rect.append(told)
    }
    svg.append(rect)
  }
  bar('shift', lane.starts, lane.ends, 1, HEIGHT - 2)
  for (let at = from; at <= to; at += 3600) svg.append(draw('line', { class: 'hour', x1: at - from, x2: at - from, y1: 0, y2: HEIGHT }))
  bar('drive', lane.departs, lane.returns, 8, 4)
  for (const visit of lane.visits) {
    const title = `${visit.number} ${visit.name} ${clock(visit.starts)}–${clock(visit.leaves)}`
    if (visit.starts - visit.arrives >= 60) bar('wait', visit.arrives, visit.starts, 6, 8, title)
    bar('service', visit.starts, visit.leaves, 3, 14, title)
  }
  return svg
}

function clock(seconds) {
  const minutes = Math.round(seconds / 60)
  return `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

function make(tag, className, text) {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}
