// doorlog checks badges at the doors of an office
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
)

type door struct {
	id     int
	opened int
	log    *log.Logger
}

func (d *door) check(badge uint32) bool {
	d.log.Printf("door %d: badge %08x presented, opened so far %d, level %s", d.id, badge, d.opened, level(badge))
	ok := badge%7 != 0
	if ok {
		d.opened++
	}
	d.log.Printf("door %d: badge %08x -> %v", d.id, badge, ok)
	return ok
}

func level(b uint32) string {
	if b&1 == 0 {
		return "visitor"
	}
	return "staff"
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	n := int(1100000 * scale)
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	logger := log.New(io.Writer(out), "access ", log.LstdFlags|log.Lmicroseconds)
	doors := make([]*door, 8)
	for i := range doors {
		doors[i] = &door{id: i, log: logger}
	}
	b, open := uint32(3), 0
	for i := 0; i < n; i++ {
		b = b*1664525 + 1013904223
		if doors[b>>29].check(b >> 4) {
			open++
		}
	}
	fmt.Println("checks", n, "opened", open)
}
