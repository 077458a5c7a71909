package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

var hits [8]int64

func countShard(id int, n int) {
	for i := 0; i < n; i++ {
		if i%3 != 0 {
			atomic.AddInt64(&hits[id], 1)
		}
	}
}

func main() {
	var wg sync.WaitGroup
	for w := 0; w < 8; w++ {
		wg.Add(1)
		go func(id int) { defer wg.Done(); countShard(id, 40000000) }(w)
	}
	wg.Wait()
	fmt.Println(hits)
}
