// The map of one trip.

import { routeMap } from './map.js'

const trip = document.querySelector('[data-trip]')
const words = JSON.parse(document.getElementById('board-words').textContent)
const answer = await fetch(trip.dataset.trip)
if (answer.ok) {
  const { map: collection } = await answer.json()
  const route = collection.features.find(feature => feature.properties.kind === 'route')
  routeMap(trip.querySelector('[data-map]'), collection, words, () => {})?.choose('', route.properties.lane)
}
