package main

import "fmt"

type Booking struct{ room, from, to int }

func overlaps(all []Booking) int {
	n := 0
	for i := range all {
		for j := range all {
			if i != j && all[i].room == all[j].room && all[i].from < all[j].to && all[j].from < all[i].to {
				n++
			}
		}
	}
	return n
}

func main() {
	all := make([]Booking, 40000)
	x := uint32(1)
	for i := range all {
		x = x*1664525 + 1013904223
		f := int(x >> 12)
		all[i] = Booking{int(x>>8) % 900, f, f + 3}
	}
	fmt.Println(overlaps(all))
}
