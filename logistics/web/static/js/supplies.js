// Forms that take goods: more lines, unit words of the item, what an amount comes to, what the store can give.

const words = JSON.parse(document.getElementById('item-words')?.textContent ?? '{}')
const byCode = new Map(Object.keys(words).map(label => [label.split(' ')[0].toLowerCase(), label]))
const byName = new Map(Object.keys(words).map(label => [label.slice(label.indexOf(' ') + 1).toLowerCase(), label]))

const labelOf = typed => {
  const text = typed.trim().toLowerCase()
  return Object.keys(words).find(label => label.toLowerCase() === text) ?? byCode.get(text) ?? byName.get(text)
}
const sizesOf = typed => { const label = labelOf(typed); return label ? words[label] : null }
const baseWord = sizes => Object.keys(sizes).find(word => sizes[word] === 1)
const numberIn = text => { const plain = text.normalize('NFKC').replaceAll(',', '').trim(); return plain === '' ? NaN : Number(plain) }
const shown = number => number.toLocaleString(document.documentElement.lang)

// What is already in a field is marked when one comes to it, so that typing begins anew and the whole list opens.
document.addEventListener('focusin', event => { if (event.target.matches('[data-picks]')) event.target.select() })

// A choice of unit or item shows its page at once; the button stays for those without a script.
for (const form of document.querySelectorAll('[data-goes]')) {
  form.addEventListener('change', event => {
    const input = event.target
    if (input.list && ![...input.list.options].some(option => option.value === input.value)) return
    form.requestSubmit()
  })
}
for (const select of document.querySelectorAll('[data-reload]')) {
  select.addEventListener('change', () => { location.href = `${select.dataset.reload}?item=${encodeURIComponent(select.value)}` })
}

// Asking for an item first offers its own words, the smallest one filled in.
const offer = (input, sizes) => {
  let list = document.getElementById(`words-of-${input.dataset.at ??= Math.random().toString(36).slice(2)}`)
  if (!list) {
    list = document.createElement('datalist')
    list.id = `words-of-${input.dataset.at}`
    input.after(list)
    input.setAttribute('list', list.id)
  }
  list.replaceChildren(...Object.keys(sizes).map(word => new Option('', word)))
  if (!(input.value.trim() in sizes)) input.value = baseWord(sizes)
}
const says = (line, amountName = 'quantity', unitName = 'unit') => {
  const sizes = sizesOf(line.querySelector('[name=item]').value)
  const amount = numberIn(line.querySelector(`[name=${amountName}]`).value)
  const size = sizes?.[line.querySelector(`[name=${unitName}]`).value.trim()]
  if (!sizes || !size || Number.isNaN(amount)) return null
  return { total: Math.round(amount * size * 1e6) / 1e6, size, base: baseWord(sizes), label: labelOf(line.querySelector('[name=item]').value) }
}
const givenBy = label => [...document.querySelectorAll('[data-gives]')].find(row => row.dataset.gives === label)

const refresh = line => {
  if (!line.querySelector('[name=quantity]')) return
  for (const place of line.querySelectorAll('[data-says]')) {
    const [amountName, unitName] = place.dataset.says ? place.dataset.says.split(' ') : ['quantity', 'unit']
    const found = says(line, amountName, unitName)
    const row = givenBy(labelOf(line.querySelector('[name=item]').value) ?? '')
    const parts = []
    if (found && found.size > 1) parts.push(`= ${shown(found.total)} ${found.base}`)
    if (row) parts.push(row.dataset.said)
    place.textContent = parts.join('\n')
    place.classList.toggle('short', Boolean(found && ((row && found.total > Number(row.dataset.quantity)) || found.total !== Math.round(found.total))))
  }
}
const lines = () => document.querySelectorAll('[data-lines] tbody tr, [data-line]')
const refreshAll = () => { for (const line of lines()) refresh(line) }

for (const form of document.querySelectorAll('[data-goods]')) {
  form.addEventListener('change', event => {
    const line = event.target.closest('tr, [data-line]')
    if (line && event.target.name === 'item') {
      const sizes = sizesOf(event.target.value)
      if (sizes) for (const input of line.querySelectorAll('[name=unit], [name=word], [name=need_word]')) offer(input, sizes)
    }
    show(form)
  })
  form.addEventListener('input', event => { const line = event.target.closest('tr, [data-line]'); if (line) refresh(line) })
  form.querySelector('[data-more]')?.addEventListener('click', event => {
    event.preventDefault()
    const body = form.querySelector('[data-lines] tbody')
    for (let count = 0; count < 3; count++) body.append(blank(body.lastElementChild))
    body.children[body.children.length - 3].querySelector('input').focus()
  })
  show(form)
}

// A hand scanner types a code and Enter: item and pack are filled in, the quantity comes next. Else Enter would send the form.
for (const form of document.querySelectorAll('[data-scan]')) {
  form.addEventListener('keydown', async event => {
    const input = event.target
    if (event.key !== 'Enter' || input.name !== 'item' || !input.value.trim()) return
    event.preventDefault()
    const line = input.closest('tr, [data-line]')
    const found = await meaning(form, input.value)
    if (!found) {
      line.querySelector('[data-says]').textContent = form.dataset.unknown
      input.select()
      return
    }
    input.value = found.label
    input.dispatchEvent(new Event('change', { bubbles: true }))
    const [word, amount] = [line.querySelector('[name=unit], [name=word]'), line.querySelector('[name=quantity]')]
    if (!amount) { next(form, input).focus(); return }
    if (found.word) word.value = found.word
    refresh(line)
    amount.focus()
  })
}

// Where only items are listed, the next one; after the last its own field.
function next (form, input) {
  const items = [...form.querySelectorAll('[name=item]')]
  return items[items.indexOf(input) + 1] ?? input
}

// What a typed code means: a listed item by itself, a barcode as the server knows it.
async function meaning (form, typed) {
  const label = labelOf(typed)
  if (label) return { label }
  const answer = await fetch(`${form.dataset.scan}?code=${encodeURIComponent(typed.trim())}`, { headers: { Accept: 'application/json' } })
  return answer.ok && answer.headers.get('Content-Type') === 'application/json' ? answer.json() : null
}

function blank (row) {
  const copy = row.cloneNode(true)
  for (const said of copy.querySelectorAll('.invalid-feedback, datalist')) said.remove()
  for (const input of copy.querySelectorAll('input')) {
    input.value = ''
    input.classList.remove('is-invalid')
    for (const name of ['aria-invalid', 'aria-describedby', 'placeholder', 'data-at']) input.removeAttribute(name)
    if (['unit', 'word', 'need_word'].includes(input.name)) input.setAttribute('list', 'all-words')
  }
  for (const place of copy.querySelectorAll('[data-says]')) place.textContent = ''
  return copy
}

// Fields that do not apply step aside; what was typed into them is kept.
function show (form) {
  const place = form.querySelector('[name=place]:checked')
  form.querySelector('[data-named]')?.toggleAttribute('hidden', place?.value === 'opening')
  const to = form.querySelector('[name=to]:checked')
  form.querySelector('[data-destination]')?.toggleAttribute('hidden', to?.value !== 'store')
  refreshAll()
}

document.body.addEventListener('htmx:afterSettle', refreshAll)
