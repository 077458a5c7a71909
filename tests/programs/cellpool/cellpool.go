// cellpool: workers of a simulation share one registry of cells
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

type registry struct {
	mu    sync.Mutex
	cells map[uint32]int
	moves int
}

func (r *registry) move(from, to uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cells[from%512]--
	r.cells[to%512]++
	r.moves++
}

func worker(r *registry, n int, seed uint32, wg *sync.WaitGroup) {
	defer wg.Done()
	for i := 0; i < n; i++ {
		seed = seed*1664525 + 1013904223
		r.move(seed>>20, seed>>10)
	}
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	n := int(1500000 * scale)
	r := &registry{cells: map[uint32]int{}}
	var wg sync.WaitGroup
	for w := 0; w < 8; w++ {
		wg.Add(1)
		go worker(r, n, uint32(w+1), &wg)
	}
	wg.Wait()
	fmt.Println("moves", r.moves, "cells", len(r.cells))
}
