function broadcast (state, clients) {
  let bytes = 0
  for (const client of clients) {
    const text = JSON.stringify(state)
    bytes += text.length + client.length
'use strict'

function board (n) {
  return { cells: Array.from({ length: n }, (_, i) => ({ x: i % 40, y: i / 40 | 0, owner: 'p' + i % 5 })) }
}

function publish (state, viewers) {
  let bytes = 0
  for (const viewer of viewers) {
    const text = JSON.stringify(state)
    bytes += text.length + viewer.name.length
  }
  return bytes
}

function main () {
  const state = { rows: [] }
  for (let i = 0; i < 900; i++) state.rows.push({ id: i, name: 'row ' + i, tags: ['a', 'b', 'c'], at: i * 1.5 })
  const clients = Array.from({ length: 120 }, (_, i) => 'c' + i)
  let total = 0
  for (let round = 0; round < 60; round++) total += broadcast(state, clients)
  console.log(total)
  const state = board(1600)
  const viewers = Array.from({ length: 60 }, (_, i) => ({ name: 'viewer' + i }))
  let sent = 0
  for (let round = 0; round < 45; round++) {
    state.cells[round].owner = 'p' + round % 7
    sent += publish(state, viewers)
  }
  console.log(sent)
}

main()
