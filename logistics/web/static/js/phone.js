// What script adds to the driver's pages, which work without it: an act that cannot be sent is kept on the phone and sent again with its
// own key until the server has named that key in its answer; and the strip that tells how many wait.

const strip = document.getElementById('strip')
const words = strip ? JSON.parse(document.getElementById('strip-words').textContent) : {}
const person = strip ? strip.dataset.person : ''
// Bound to the person: whoever signs in next on this phone does not send another driver's acts.
const drawer = `logistics-acts:${person}`
const EVERY_MS = 60000
const PATIENCE_MS = 20000
let token = document.querySelector('meta[name=csrf-token]').content
let sending = false
let reachable = navigator.onLine
let signedIn = true

function kept() {
  try { return JSON.parse(localStorage.getItem(drawer)) || [] } catch { return [] }
}
function keep(acts) {
  // Throws where the browser keeps nothing; then the form is sent as it would be without script.
  localStorage.setItem(drawer, JSON.stringify(acts))
}
function change(key, how) {
  keep(kept().flatMap(act => (act.key === key ? how(act) : [act])))
}

async function ask(url, options = {}) {
  const giveUp = new AbortController()
  const clock = setTimeout(() => giveUp.abort(), PATIENCE_MS)
  try {
    const answer = await fetch(url, { ...options, signal: giveUp.signal, headers: { Accept: 'application/json' } })
    reachable = true
    signedIn = !new URL(answer.url).pathname.startsWith('/sign-in')
    const isJson = (answer.headers.get('Content-Type') || '').startsWith('application/json')
    return { status: answer.status, said: isJson ? await answer.json() : null }
  } catch {
    reachable = false
    return { status: 0, said: null }
  } finally {
    clearTimeout(clock)
  }
}

function post(act) {
  return ask(act.url, { method: 'POST', body: new URLSearchParams({ ...act.body, csrf_token: token }) })
}

// Gives the server's own words about this key, or null while there are none: a page of a network's sign-in is no answer.
async function send(act) {
  let { status, said } = await post(act)
  if (status === 400) {
    const fresh = (await ask(strip.dataset.ready)).said
    if (!fresh || String(fresh.person) !== person) return null
    token = fresh.csrf
    ;({ status, said } = await post(act))
  }
  return said && said.key === act.key ? said : null
}

async function flush() {
  if (sending || !strip) return
  sending = true
  let went = 0
  try {
    for (const act of kept().filter(one => !one.refused)) {
      const said = await send(act)
      if (!said) break
      change(act.key, one => (said.error ? [{ ...one, refused: said.error }] : []))
      went += 1
    }
  } finally {
    sending = false
  }
  show()
  // The page was drawn before these acts were known.
  const waited = document.querySelector('[data-waits]')
  if (went && waited) location.assign(waited.href)
  else if (went && document.querySelector('.stops, .trips')) location.reload()
}

function show() {
  if (!strip) return
  const acts = kept()
  const waiting = acts.filter(act => !act.refused)
  const off = !navigator.onLine || !reachable
  const parts = [off ? words.offline : words.online]
  if (!signedIn) parts.push(words.sign_in)
  parts.push(waiting.length
    ? words.waiting.replace('{n}', waiting.length).replace('{time}', time(waiting[0].at))
    : words.none)
  strip.hidden = false
  strip.classList.toggle('off', off)
  strip.classList.toggle('waits', waiting.length > 0)
  strip.querySelector('.strip-line').textContent = parts.join(' · ')
  fill(strip.querySelector('.strip-refused'), acts.filter(act => act.refused).map(refusal))
  for (const badge of document.querySelectorAll('.stops-waiting')) badge.remove()
  for (const act of waiting) {
    const line = act.stop && document.querySelector(`.stops [data-stop="${CSS.escape(act.stop)}"] .stops-when`)
    if (line) line.append(element('span', words.badge, 'stops-waiting'))
  }
}

function refusal(act) {
  const line = element('li', '')
  const seen = element('button', words.discard, 'button')
  seen.addEventListener('click', () => { change(act.key, () => []); show() })
  line.append(
    element('strong', words.refused.replace('{what}', act.what).replace('{time}', time(act.at))),
    element('p', act.refused),
    seen,
  )
  return line
}

function fill(place, children) {
  place.textContent = ''
  place.append(...children)
}

function element(name, text, className = '') {
  const made = document.createElement(name)
  made.textContent = text
  made.className = className
  return made
}

function time(iso) {
  const at = new Date(iso)
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`
}

async function record(form, button) {
  const at = new Date().toISOString()
  const body = Object.fromEntries(new FormData(form))
  if (button && button.name) body[button.name] = button.value
  body.occurred_at = at
  const act = { key: body.key, url: form.action, body, what: form.dataset.act, stop: form.dataset.stop, at }
  keep([...kept().filter(one => one.key !== act.key), act])
  for (const one of form.querySelectorAll('button')) one.disabled = true
  sending = true
  let said = null
  try { said = await send(act) } finally { sending = false }
  if (said) change(act.key, one => (said.error ? [{ ...one, refused: said.error }] : []))
  if (said && said.next) { location.assign(said.next); return }
  if (!said) {
    const note = element('p', words.kept.replace('{what}', act.what), 'note note-good')
    const back = element('a', words.back, 'button')
    back.href = form.dataset.next
    back.dataset.waits = 'yes'
    note.setAttribute('role', 'status')
    fill(form, [note, back])
  }
  show()
}

// Older browsers do not say which button sent a form.
let pressed = null
document.addEventListener('click', event => { pressed = event.target.closest('button') })

document.addEventListener('submit', event => {
  const form = event.target
  if (form.dataset.act) {
    try { keep(kept()) } catch { return }
    event.preventDefault()
    record(form, event.submitter || pressed)
    return
  }
  if (form.dataset.leaves !== undefined && kept().some(act => !act.refused)) {
    // Signing out would leave them behind; the strip says how many there are.
    event.preventDefault()
    flush().then(() => strip.scrollIntoView())
    return
  }
  if (form.dataset.sent) { event.preventDefault(); return }
  form.dataset.sent = 'yes'
})

window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})
window.addEventListener('online', () => { reachable = true; show(); flush() })
window.addEventListener('offline', show)
document.addEventListener('visibilitychange', () => { if (!document.hidden) flush() })
setInterval(flush, EVERY_MS)
show()
flush()
