// Units on a map, coloured and marked by how long an item lasts them. The list beside it says the same without this script.

import { plainMap, popup, still } from './map.js'

const place = document.querySelector('[data-map]')
const words = JSON.parse(document.getElementById('map-words').textContent)
const answer = await fetch(place.dataset.map).catch(() => null)
if (answer?.ok) start(await answer.json())
else place.textContent = words.noData

function start(collection) {
  const map = plainMap(place, collection.features, style(collection), words)
  if (!map) return
  let open = null
  const tell = feature => { open?.remove(); open = popup(map, feature) }
  map.on('click', 'unit', event => tell(event.features[0]))
  map.on('mouseenter', 'unit', () => { map.getCanvas().style.cursor = 'pointer' })
  map.on('mouseleave', 'unit', () => { map.getCanvas().style.cursor = '' })
  const byUnit = new Map(collection.features.map(feature => [feature.properties.unit, feature]))
  for (const button of document.querySelectorAll('[data-shows]')) {
    const feature = byUnit.get(button.dataset.shows)
    if (!feature) continue
    button.hidden = false
    button.addEventListener('click', () => {
      map.easeTo({ center: feature.geometry.coordinates, zoom: Math.max(map.getZoom(), 11), animate: !still, duration: 400 })
      tell(feature)
    })
  }
}

function style(collection) {
  const values = getComputedStyle(document.documentElement)
  const read = name => values.getPropertyValue(name).trim()
  const heats = ['out', 'scarce', 'tight', 'enough', 'unknown']
  const colour = ['match', ['get', 'heat'], ...heats.flatMap(heat => [heat, read(`--heat-${heat}`)]), '#888888']
  // What is worst lies on top where marks overlap.
  const order = ['-', 0, ['get', 'rank']]
  const text = { 'text-font': ['sans-serif'], 'text-allow-overlap': true, 'text-ignore-placement': true, 'symbol-sort-key': order }
  return {
    version: 8,
    sources: { units: { type: 'geojson', data: collection } },
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': read('--map-paper') } },
      { id: 'unit', type: 'circle', source: 'units', layout: { 'circle-sort-key': order }, paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 6, 11, 9, 13, 11], 'circle-color': colour, 'circle-stroke-color': read('--map-paper'), 'circle-stroke-width': 1.5 } },
      { id: 'sign', type: 'symbol', source: 'units', layout: { ...text, 'text-size': ['interpolate', ['linear'], ['zoom'], 8, 7, 11, 10], 'text-field': ['get', 'sign'] }, paint: { 'text-color': '#ffffff' } },
      { id: 'name', type: 'symbol', source: 'units', minzoom: 11.5, layout: { 'text-font': ['sans-serif'], 'text-size': 12, 'text-field': ['get', 'name'], 'text-offset': [0, 1.1], 'text-anchor': 'top', 'text-optional': true }, paint: { 'text-color': read('--map-ink'), 'text-halo-color': read('--map-paper'), 'text-halo-width': 1.6 } },
    ],
  }
}
