// The form of an item: a hand scanner ends each code with Enter, which must not send the form but wait for the next code.

for (const form of document.querySelectorAll('[data-scans]')) {
  form.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !['barcodes', 'base_barcodes'].includes(event.target.name)) return
    event.preventDefault()
    if (event.target.value.trim()) event.target.value = `${event.target.value.trim()} `
  })
}
