'use strict'

function render (rows) {
  let page = ''
  let breaks = 0
  for (const row of rows) {
    page += '<li>' + row.name + ': ' + row.value + '</li>'
    if (page.charCodeAt(page.length - 1) === 62 && page.endsWith('9</li>')) breaks++
  }
  return page.length + breaks
}

function main () {
  const rows = Array.from({ length: 5200 }, (_, i) => ({ name: 'sensor ' + i, value: i * 7 % 1000 }))
  let total = 0
  for (let i = 0; i < 24; i++) total += render(rows)
  console.log(total)
}

main()
