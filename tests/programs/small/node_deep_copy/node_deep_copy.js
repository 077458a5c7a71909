function step (board) {
  const next = JSON.parse(JSON.stringify(board))
  for (let i = 0; i < next.cells.length; i++) next.cells[i].heat = (board.cells[i].heat + i) % 11
  return next
}

function main () {
  let board = { cells: Array.from({ length: 1500 }, (_, i) => ({ heat: i % 5, name: 'cell' + i, at: [i, i + 1] })) }
  for (let i = 0; i < 900; i++) board = step(board)
  console.log(board.cells[7].heat)
}

main()
'use strict'

function step (world, turn) {
  const next = structuredClone(world)
  const unit = next.units[turn % next.units.length]
  unit.x += 1
  unit.log.push(turn)
  return next
}

function simulate (world, turns) {
  for (let turn = 0; turn < turns; turn++) world = step(world, turn)
  return world
}

const world = { units: Array.from({ length: 300 }, (_, i) => ({ id: i, x: 0, y: i, log: [i], kit: { food: 3, rope: 1 } })) }
console.log(simulate(world, 1200).units[5].x)
