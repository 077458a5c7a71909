function paths (row, column) {
  if (row === 0 || column === 0) return 1
  return paths(row - 1, column) + paths(row, column - 1)
}

function main () {
  console.log(paths(15, 14))
  console.log(paths(14, 15))
}

main()
