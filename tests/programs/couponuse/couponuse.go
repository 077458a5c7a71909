// couponuse validates coupons; rules report problems by panicking
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

var errExpired = errors.New("expired")
var errUsed = errors.New("used")

type coupon struct {
	code  uint32
	until int
	used  bool
}

func mustBeUsable(c coupon, day int) {
	if c.until < day {
		panic(errExpired)
	}
	if c.used {
		panic(errUsed)
	}
}

func redeem(c coupon, day int) (value int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	mustBeUsable(c, day)
	return int(c.code % 50), nil
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	n := int(14000000 * scale)
	x := uint32(5)
	sum, bad := 0, 0
	for i := 0; i < n; i++ {
		x = x*1664525 + 1013904223
		v, err := redeem(coupon{x >> 8, int(x >> 24), x>>16&1 == 0}, 60)
		if err != nil {
			bad++
			continue
		}
		sum += v
	}
	fmt.Println("coupons", n, "bad", bad, "value", sum)
}
