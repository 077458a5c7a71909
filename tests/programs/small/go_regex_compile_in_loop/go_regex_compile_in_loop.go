package main

import (
	"fmt"
	"regexp"
	"strconv"
)

func isValid(s string) bool {
	ok, _ := regexp.MatchString(`^[a-z]+[0-9]{2,5}(\.[a-z]+)*$`, s)
	return ok
}

func main() {
	n := 0
	for i := 0; i < 150000; i++ {
		if isValid("user" + strconv.Itoa(i) + ".example") {
			n++
		}
	}
	fmt.Println(n)
}
