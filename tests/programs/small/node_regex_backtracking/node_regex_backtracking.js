'use strict'

const TAG = /^(\w+\s?)*!$/

function acceptTag (line) {
  return TAG.test(line)
}

function sentence (n) {
  const words = []
  for (let i = 0; i < 4; i++) words.push('word' + ((n * 31 + i * 7) % 97))
  return words.join(' ') + (n % 9 ? '!' : '?')
}

let good = 0
for (let n = 0; n < 1200; n++) if (acceptTag(sentence(n))) good++
console.log(good)
