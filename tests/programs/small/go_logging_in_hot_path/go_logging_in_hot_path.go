package main

import (
	"fmt"
	"os"
)

var debugOut, _ = os.OpenFile("/dev/null", os.O_WRONLY, 0)

func process(id int, v float64) float64 {
	fmt.Fprintf(debugOut, "DEBUG processing id=%d value=%.3f\n", id, v)
	r := v*1.5 + float64(id%7)
	fmt.Fprintf(debugOut, "DEBUG result id=%d value=%.3f\n", id, r)
	return r
}

func main() {
	s := 0.0
	for i := 0; i < 1200000; i++ {
		s += process(i, float64(i%100))
	}
	fmt.Println(s)
}
