// MapLibre maps without glyphs, sprites or tiles, and the routes and stops of a plan on one: all text is drawn with the machine's own fonts.

const DASHES = [[1], [2.5, 1.5], [0.6, 1.2]]
export const still = matchMedia('(prefers-reduced-motion: reduce)').matches

// The map over a FeatureCollection (planning/map_data.py), or null where the browser has no WebGL.
// `picked(lane)` is called when somebody clicks a route or a stop.
export function routeMap(container, collection, words, picked) {
  const map = plainMap(container, collection.features.filter(onTheWay), style(collection, looks()), words)
  if (!map) return null
  const chosen = { day: '', lane: null }
  const draw = whenReady(map, () => show(map, chosen))
  listen(map, picked)
  return {
    choose(day, lane) {
      Object.assign(chosen, { day, lane })
      draw()
      const seen = collection.features.filter(({ properties: p }) =>
        p.kind === 'depot' || (lane === null ? p.day && (!day || p.day === day) : p.lane === lane))
      map.fitBounds(boundsOf(seen), { padding: 40, maxZoom: 14, animate: !still, duration: 400 })
    },
  }
}

// A map in which these features have room, or null, with the sentence for it shown, where the browser has no WebGL.
export function plainMap(container, features, style, words) {
  const missing = container.parentElement.querySelector('[data-map-missing]')
  if (!globalThis.maplibregl || !hasWebGL()) { missing.hidden = false; return null }
  const map = new maplibregl.Map({
    container,
    style,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    bounds: boundsOf(features),
    fitBoundsOptions: { padding: 40, maxZoom: 14 },
    maxZoom: 16,
    localIdeographFontFamily: getComputedStyle(document.body).fontFamily,
    locale: {
      'NavigationControl.ZoomIn': words.zoomIn,
      'NavigationControl.ZoomOut': words.zoomOut,
      'Map.Title': words.map,
      'Popup.Close': words.close,
    },
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }))
  map.addControl(new maplibregl.ScaleControl({ unit: 'metric' }))
  map.once('idle', () => { container.dataset.drawn = 'yes' })
  return map
}

function hasWebGL() {
  const canvas = document.createElement('canvas')
  return Boolean(canvas.getContext('webgl2') || canvas.getContext('webgl'))
}

function looks() {
  const values = getComputedStyle(document.documentElement)
  const read = name => values.getPropertyValue(name).trim()
  const byColour = name => ['match', ['get', 'colour'], ...[...Array(8).keys()].flatMap(i => [i, read(`--${name}-${i}`)]), '#888888']
  return { colour: byColour('vehicle'), ink: byColour('on-vehicle'), paper: read('--map-paper'), text: read('--map-ink'), alarm: read('--map-alarm') }
}

function style({ features }, look) {
  const kind = name => ({ type: 'geojson', data: { type: 'FeatureCollection', features: features.filter(f => f.properties.kind === name) } })
  const label = { 'text-size': 12, 'text-font': ['sans-serif'] }
  const halo = { 'text-color': look.text, 'text-halo-color': look.paper, 'text-halo-width': 1.6 }
  const number = {
    type: 'symbol', source: 'stops',
    paint: { 'text-color': look.ink },
  }
  return {
    version: 8,
    sources: {
      routes: kind('route'),
      stops: kind('stop'),
      'left-out': kind('left_out'),
      depot: kind('depot'),
      plates: { type: 'geojson', data: { type: 'FeatureCollection', features: plates(features) } },
    },
    layers: [
      { id: 'paper', type: 'background', paint: { 'background-color': look.paper } },
      ...DASHES.map((dash, index) => ({
        id: `route-${index}`, type: 'line', source: 'routes',
        layout: { 'line-join': 'round' },
        paint: { 'line-color': look.colour, 'line-width': 2, ...(index ? { 'line-dasharray': dash } : {}) },
      })),
      { id: 'stop', type: 'circle', source: 'stops', paint: { 'circle-color': look.colour, 'circle-stroke-color': look.paper, 'circle-stroke-width': 1 } },
      { ...number, id: 'number', minzoom: 11.5, layout: { ...label, 'text-size': 10, 'text-field': ['to-string', ['get', 'number']], 'text-allow-overlap': false } },
      { ...number, id: 'number-chosen', layout: { ...label, 'text-size': 11, 'text-field': ['to-string', ['get', 'number']], 'text-allow-overlap': true, 'text-ignore-placement': true } },
      { id: 'left-out', type: 'circle', source: 'left-out', paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 2.5, 11, 6], 'circle-color': look.paper, 'circle-stroke-color': look.alarm, 'circle-stroke-width': 1.5 } },
      { id: 'left-out-mark', type: 'symbol', source: 'left-out', minzoom: 10.5, layout: { ...label, 'text-size': 11, 'text-field': '×', 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': look.alarm } },
      { id: 'name', type: 'symbol', source: 'stops', minzoom: 13, layout: { ...label, 'text-field': ['get', 'name'], 'text-offset': [0, 1.1], 'text-anchor': 'top', 'text-optional': true }, paint: halo },
      { id: 'depot', type: 'circle', source: 'depot', paint: { 'circle-radius': 7, 'circle-color': look.text, 'circle-stroke-color': look.paper, 'circle-stroke-width': 3 } },
      { id: 'depot-name', type: 'symbol', source: 'depot', layout: { ...label, 'text-size': 13, 'text-field': ['get', 'name'], 'text-offset': [0, 0.9], 'text-anchor': 'top' }, paint: halo },
      { id: 'plate', type: 'symbol', source: 'plates', layout: { ...label, 'text-field': ['get', 'plate'], 'text-offset': [0, -1], 'text-anchor': 'bottom' }, paint: halo },
      { id: 'plate-chosen', type: 'symbol', source: 'plates', layout: { ...label, 'text-size': 14, 'text-field': ['get', 'plate'], 'text-offset': [0, -1], 'text-anchor': 'bottom', 'text-allow-overlap': true }, paint: { ...halo, 'text-halo-width': 2.5 } },
    ],
  }
}

// Each route's plate stands at its stop farthest from the depot, where routes lie apart.
function plates(features) {
  return features.filter(f => f.properties.kind === 'route').map(({ geometry, properties }) => {
    const [home] = geometry.coordinates
    const far = geometry.coordinates.reduce((best, at) => (apart(at, home) > apart(best, home) ? at : best), home)
    return { type: 'Feature', geometry: { type: 'Point', coordinates: far }, properties }
  })
}

const apart = ([lon, lat], [otherLon, otherLat]) => (lon - otherLon) ** 2 + (lat - otherLat) ** 2

function show(map, { day, lane }) {
  const ofDay = day ? ['==', ['get', 'day'], day] : ['has', 'day']
  const isLane = ['==', ['get', 'lane'], lane ?? -1]
  const faded = lane === null ? 1 : ['case', isLane, 1, 0.12]
  DASHES.forEach((_, index) => {
    map.setFilter(`route-${index}`, ['all', ['==', ['get', 'dash'], index], ofDay])
    map.setPaintProperty(`route-${index}`, 'line-opacity', faded)
    map.setPaintProperty(`route-${index}`, 'line-width', ['case', isLane, 4, 2])
    map.setLayoutProperty(`route-${index}`, 'line-sort-key', ['case', isLane, 1, 0])
  })
  for (const layer of ['stop', 'number', 'name', 'plate']) map.setFilter(layer, ofDay)
  for (const layer of ['number-chosen', 'plate-chosen']) map.setFilter(layer, isLane)
  if (lane !== null) for (const layer of ['number', 'plate']) map.setFilter(layer, ['all', ofDay, ['!', isLane]])
  for (const layer of ['number', 'name', 'plate']) map.setPaintProperty(layer, 'text-opacity', faded)
  map.setPaintProperty('stop', 'circle-opacity', ['case', ['get', 'done'], 0.55, faded])
  map.setPaintProperty('stop', 'circle-stroke-opacity', faded)
  map.setPaintProperty('stop', 'circle-radius', ['interpolate', ['linear'], ['zoom'], 8, ['case', isLane, 8, 2.5], 11, ['case', isLane, 9, 4.5], 13, ['case', isLane, 10, 9]])
  map.setLayoutProperty('stop', 'circle-sort-key', ['case', isLane, 1, 0])
}

function whenReady(map, act) {
  let ready = false
  map.once('load', () => { ready = true; act() })
  return () => { if (ready) act() }
}

function listen(map, picked) {
  const layers = ['left-out', 'stop', 'depot', 'route-0', 'route-1', 'route-2']
  map.on('click', event => {
    const around = [[event.point.x - 4, event.point.y - 4], [event.point.x + 4, event.point.y + 4]]
    const [found] = map.queryRenderedFeatures(around, { layers }).sort((a, b) => layers.indexOf(a.layer.id) - layers.indexOf(b.layer.id))
    if (!found) return
    if (found.properties.lane !== undefined) picked(found.properties.lane)
    if (found.properties.text) popup(map, found, event.lngLat)
  })
  for (const layer of layers) {
    map.on('mouseenter', layer, () => { map.getCanvas().style.cursor = 'pointer' })
    map.on('mouseleave', layer, () => { map.getCanvas().style.cursor = '' })
  }
}

// Built of text nodes alone: names come from spreadsheets.
export function popup(map, { geometry, properties }, clicked) {
  const content = document.createElement('div')
  for (const line of properties.text.split('\n')) {
    const paragraph = document.createElement('p')
    paragraph.textContent = line
    content.append(paragraph)
  }
  const at = geometry.type === 'Point' ? geometry.coordinates : clicked
  return new maplibregl.Popup({ offset: 10, focusAfterOpen: false }).setLngLat(at).setDOMContent(content).addTo(map)
}

// What was left out may lie anywhere; it must not make the routes small.
const onTheWay = ({ properties }) => properties.kind !== 'left_out'

function boundsOf(features) {
  const points = features.flatMap(({ geometry: g }) => (g.type === 'Point' ? [g.coordinates] : g.coordinates))
  const lons = points.map(([lon]) => lon)
  const lats = points.map(([, lat]) => lat)
  const least = values => values.reduce((a, b) => Math.min(a, b), Infinity)
  const most = values => values.reduce((a, b) => Math.max(a, b), -Infinity)
  return [[least(lons), least(lats)], [most(lons), most(lats)]]
}
