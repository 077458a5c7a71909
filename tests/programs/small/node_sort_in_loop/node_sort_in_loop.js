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
}

main()
