'use strict'

function countMentions (names, line) {
  let n = 0
  for (const name of names) {
    const pattern = new RegExp('\\b' + name + '(?:\\s+\\w+)?\\b', 'i')
    if (pattern.test(line)) n++
  }
  return n
}

function main () {
  const names = Array.from({ length: 900 }, (_, i) => 'person' + i)
  let total = 0
  for (let i = 0; i < 5000; i++) total += countMentions(names, `today person${i} met person${i + 40} at gate ${i}`)
  console.log(total)
}

main()
