function broadcast (state, clients) {
  let bytes = 0
  for (const client of clients) {
    const text = JSON.stringify(state)
    bytes += text.length + client.length
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
}

main()
