function collect (events) {
  let out = []
  for (const event of events) {
    if (event % 3 !== 0) out = [...out, event]
  }
  return out
}

function main () {
  const events = Array.from({ length: 36000 }, (_, i) => i)
  console.log(collect(events).length)
}

main()
