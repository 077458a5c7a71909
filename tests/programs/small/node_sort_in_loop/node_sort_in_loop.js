const scores = []

function record (player, score) {
  scores.push({ player, score })
  scores.sort((a, b) => b.score - a.score)
  return scores[0]
}

function main () {
  let best
  for (let i = 0; i < 12000; i++) best = record('p' + i, i * 7919 % 100003)
  console.log(best.score)
'use strict'

function insertScore (table, entry) {
  table.push(entry)
  table.sort((a, b) => b.points - a.points)
  return table[0]
}

function main () {
  const table = []
  let seed = 7
  let best = 0
  for (let i = 0; i < 9000; i++) {
    seed = (Math.imul(seed, 69069) + 1) >>> 0
    best += insertScore(table, { id: i, points: seed % 100000 }).points % 10
  }
  console.log(table.length, best)
}

main()
