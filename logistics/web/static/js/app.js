// What every office page can do: filter tables as you type, send a form once, close the menu.

for (const input of document.querySelectorAll('[data-filters]')) {
  const rows = () => document.querySelectorAll(`#${input.dataset.filters} tbody tr`)
  input.addEventListener('input', () => {
    const words = input.value.trim().toLowerCase().split(/\s+/)
    for (const row of rows()) {
      const text = row.textContent.toLowerCase()
      row.hidden = !words.every(word => text.includes(word))
    }
  })
}

// A second click sends nothing; the server would recognise it too, by the form's key.
document.addEventListener('submit', event => {
  const form = event.target
  if (form.dataset.sent) { event.preventDefault(); return }
  form.dataset.sent = 'yes'
  for (const button of form.querySelectorAll('button:not([name])')) button.classList.add('btn-loading')
})
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('.btn-loading')) button.classList.remove('btn-loading')
  }
})

document.body.addEventListener('htmx:configRequest', event => {
  event.detail.headers['X-CSRFToken'] = document.querySelector('meta[name=csrf-token]').content
})

for (const button of document.querySelectorAll('[data-print]')) button.addEventListener('click', () => window.print())

// Of a long list only its beginning came with the page; what goes on as typed is asked for.
let asked = 0
document.addEventListener('input', async event => {
  const list = event.target.list
  if (!list?.dataset.finds || [...list.options].some(option => option.value === event.target.value)) return
  const mine = ++asked
  await new Promise(resolve => setTimeout(resolve, 150))
  if (mine !== asked) return
  const answer = await fetch(`${list.dataset.finds}?typed=${encodeURIComponent(event.target.value)}`).catch(() => null)
  if (!answer?.ok || mine !== asked) return
  list.replaceChildren(...(await answer.json()).map(label => new Option('', label)))
})
