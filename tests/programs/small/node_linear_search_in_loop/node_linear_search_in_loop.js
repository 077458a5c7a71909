function distinct (names) {
  const seen = []
  for (const name of names) {
    if (!seen.includes(name)) seen.push(name)
  }
  return seen
}

function main () {
  const names = []
  for (let i = 0; i < 60000; i++) names.push('user-' + (i * 7919 % 24001))
  console.log(distinct(names).length)
}

main()
