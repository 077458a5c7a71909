// basketprice prices shopping baskets; the discount steps work on generic values
package main

import (
	"container/heap"
	"fmt"
	"os"
	"strconv"
)

type offers []interface{}

func (o offers) Len() int            { return len(o) }
func (o offers) Less(i, j int) bool  { return o[i].(int64) < o[j].(int64) }
func (o offers) Swap(i, j int)       { o[i], o[j] = o[j], o[i] }
func (o *offers) Push(x interface{}) { *o = append(*o, x) }
func (o *offers) Pop() interface{} {
	old := *o
	n := len(old)
	x := old[n-1]
	*o = old[:n-1]
	return x
}

func add(a, b interface{}) interface{} {
	return a.(int64) + b.(int64)
}

func cheapest(prices []int64, take int) int64 {
	var total interface{} = int64(0)
	h := &offers{}
	for _, p := range prices {
		heap.Push(h, p)
	}
	for i := 0; i < take; i++ {
		total = add(total, heap.Pop(h))
	}
	return total.(int64)
}

func basket(seed *uint64, buf []int64) []int64 {
	buf = buf[:0]
	for i := 0; i < 30; i++ {
		*seed = *seed*6364136223846793005 + 1442695040888963407
		buf = append(buf, 1000+int64(*seed>>50))
	}
	return buf
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	n := int(800000 * scale)
	seed, sum := uint64(1), int64(0)
	var buf []int64
	for i := 0; i < n; i++ {
		buf = basket(&seed, buf)
		sum = sum*31 + cheapest(buf, 12)
	}
	fmt.Println("baskets", n, "sum", sum)
}
