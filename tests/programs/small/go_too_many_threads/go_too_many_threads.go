package main

import (
	"fmt"
	"sync"
)

func square(i int, out *[]int, mu *sync.Mutex, wg *sync.WaitGroup) {
	defer wg.Done()
	v := i * i
	mu.Lock()
	(*out)[i%len(*out)] += v
	mu.Unlock()
}

func sumAll(n int) int {
	out := make([]int, 64)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < n; i++ {
		wg.Add(1)
		go square(i, &out, &mu, &wg)
	}
	wg.Wait()
	s := 0
	for _, v := range out {
		s += v
	}
	return s
}

func main() { fmt.Println(sumAll(4000000)) }
