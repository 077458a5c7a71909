function count (words) {
  const seen = new Map()
  for (const word of words) seen.set(word, (seen.get(word) || 0) + 1)
  return seen
}

function main () {
  const words = []
  for (let i = 0; i < 300000; i++) words.push('w' + (i * 7919 % 50021))
  let best = 0
  for (let i = 0; i < 60; i++) best += count(words).size
  console.log(best)
}

main()
