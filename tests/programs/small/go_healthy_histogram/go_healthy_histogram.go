package main

import "fmt"

type stats struct{ bins [256]int; sum int }

func (s *stats) add(data []byte) {
	for _, b := range data {
		s.bins[b]++
		s.sum += int(b)
	}
}

func main() {
	data := make([]byte, 1<<24)
	x := uint32(1)
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	s := &stats{}
	for i := 0; i < 90; i++ {
		s.add(data)
	}
	fmt.Println(s.sum, s.bins[7])
}
