/* The search of `husk seccomp report`: rows that lack one of the words are hidden. The page is whole without it. */
document.addEventListener('DOMContentLoaded', () => {
  const label = document.querySelector('label'), input = label.querySelector('input')
  const rows = [...document.querySelectorAll('tbody tr')].map(row => [row, row.textContent.toLowerCase()])
  const parts = document.querySelectorAll('details, table')
  label.hidden = false
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/)
    let shown = 0
    for (const [row, text] of rows) {
      row.hidden = !words.every(word => text.includes(word))
      shown += !row.hidden
    }
    for (const part of parts) {
      part.hidden = !part.querySelector('tbody tr:not([hidden])')
      if (input.value && part.localName === 'details') part.open = true
    }
    label.querySelector('output').textContent = input.value ? shown + ' of ' + rows.length + ' rows' : ''
  })
  addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(part => { part.open = true }))
})
