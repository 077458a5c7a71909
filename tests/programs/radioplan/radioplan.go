// radioplan computes coverage, noise, paths, packing and checksums; healthy: no single bottleneck
package main

import (
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"strconv"
)

const side = 256

//go:noinline
func terrain(seed uint32, h []float32) {
	for i := range h {
		seed = seed*1664525 + 1013904223
		h[i] = float32(seed>>16) / 655
	}
}

//go:noinline
func blur(in, out []float32) {
	for y := 1; y < side-1; y++ {
		for x := 1; x < side-1; x++ {
			i := y*side + x
			out[i] = (in[i-1] + in[i+1] + in[i-side] + in[i+side] + in[i]*2) / 6
		}
	}
}

//go:noinline
func loss(h []float32, out []float32, px, py int) {
	for y := 0; y < side; y++ {
		for x := 0; x < side; x++ {
			d := float64((x-px)*(x-px) + (y-py)*(y-py) + 1)
			out[y*side+x] = float32(math.Sqrt(d)) + h[y*side+x]
		}
	}
}

//go:noinline
func pack(v []float32, out []byte) {
	for i, f := range v {
		out[i] = byte(int(f*4) >> 2)
	}
}

//go:noinline
func histogram(b []byte, n *[256]int) {
	for _, c := range b {
		n[c]++
	}
	for _, c := range b {
		n[c^1]++
	}
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	n := int(5000 * scale)
	a, b, c := make([]float32, side*side), make([]float32, side*side), make([]float32, side*side)
	bytes := make([]byte, side*side)
	var hist [256]int
	crc := uint32(0)
	for i := 0; i < n; i++ {
		terrain(uint32(i), a)
		blur(a, b)
		loss(b, c, i%side, i*7%side)
		pack(c, bytes)
		histogram(bytes, &hist)
		crc = crc32.Update(crc, crc32.IEEETable, bytes)
	}
	fmt.Println("plans", n, "crc", crc, "h", hist[7])
}
