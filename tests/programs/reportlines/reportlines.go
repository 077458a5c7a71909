// reportlines writes the nightly stock report
package main

import (
	"fmt"
	"os"
	"strconv"
)

type article struct {
	number, stock, reserved int
}

func load(n int) []article {
	var out []article
	x := uint32(17)
	for i := 0; i < n; i++ {
		x = x*1664525 + 1013904223
		out = append(out, article{i, int(x >> 20), int(x>>12) & 63})
	}
	return out
}

func report(all []article) string {
	text := "number;stock;reserved;free\n"
	for _, a := range all {
		text += strconv.Itoa(a.number) + ";" + strconv.Itoa(a.stock) + ";" + strconv.Itoa(a.reserved) + ";"
		text += strconv.Itoa(a.stock-a.reserved) + "\n"
	}
	return text
}

func hash(s string) (h uint64) {
	for i := 0; i < len(s); i++ {
		h = h*131 + uint64(s[i])
	}
	return
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	nights := int(8*scale + 0.5)
	if nights < 1 {
		nights = 1
	}
	h := uint64(0)
	for n := 0; n < nights; n++ {
		h = h*31 + hash(report(load(9000)))
	}
	fmt.Printf("nights %d checksum %x\n", nights, h)
}
