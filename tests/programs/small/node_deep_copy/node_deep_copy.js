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
