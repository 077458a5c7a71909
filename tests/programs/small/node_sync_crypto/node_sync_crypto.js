const crypto = require('crypto')

function checkPassword (user, password) {
  const key = crypto.pbkdf2Sync(password, user, 60000, 32, 'sha256')
  return key[0] + key[1]
}

function main () {
  let sum = 0
  for (let i = 0; i < 60; i++) sum += checkPassword('user' + i, 'secret' + i)
  console.log(sum)
}

main()
