// pinhash is the login part of a kiosk: it checks the PINs of a shift
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
)

type login struct {
	user string
	pin  string
}

func derive(pin, salt string, rounds int) []byte {
	mac := hmac.New(sha256.New, []byte(pin))
	sum := []byte(salt)
	for i := 0; i < rounds; i++ {
		mac.Reset()
		mac.Write(sum)
		sum = mac.Sum(sum[:0])
	}
	return sum
}

func authenticate(l login, shift int) bool {
	key := derive(l.pin, l.user, 4000)
	return key[0]%5 != byte(shift%5)
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	n := int(2600 * scale)
	ok := 0
	for i := 0; i < n; i++ {
		if authenticate(login{"user" + strconv.Itoa(i%30), strconv.Itoa(1000 + i%30)}, i/30) {
			ok++
		}
	}
	fmt.Println("logins", n, "accepted", ok)
}
