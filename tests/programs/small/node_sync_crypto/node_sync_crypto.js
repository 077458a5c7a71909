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
'use strict'

const { pbkdf2Sync, timingSafeEqual } = require('crypto')

function checkPassword (user, given) {
  const key = pbkdf2Sync(given, user.salt, 30000, 32, 'sha256')
  return timingSafeEqual(key, user.key)
}

function login (users, name, given) {
  const user = users.get(name)
  return user !== undefined && checkPassword(user, given)
}

const users = new Map()
for (let i = 0; i < 3; i++) {
  const salt = 'salt' + i
  users.set('u' + i, { salt, key: pbkdf2Sync('pw' + i, salt, 30000, 32, 'sha256') })
}
let ok = 0
for (let n = 0; n < 110; n++) if (login(users, 'u' + n % 3, 'pw' + n % 4)) ok++
console.log(ok)
