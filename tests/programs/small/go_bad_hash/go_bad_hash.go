package main

import "fmt"

type pair struct {
	k string
	v int
}
type Table struct{ buckets [256][]pair }

func hash(k string) int {
	h := 0
	for i := 0; i < len(k) && i < 4; i++ {
		h += int(k[i])
	}
	return h % 256
}

func (t *Table) Get(k string) *int {
	b := t.buckets[hash(k)]
	for i := range b {
		if b[i].k == k {
			return &b[i].v
		}
	}
	return nil
}

func (t *Table) Inc(k string) {
	if p := t.Get(k); p != nil {
		*p++
		return
	}
	h := hash(k)
	t.buckets[h] = append(t.buckets[h], pair{k, 1})
}

func main() {
	t := &Table{}
	for i := 0; i < 400000; i++ {
		t.Inc(fmt.Sprintf("item-%05d", i*7919%6000))
	}
	fmt.Println(*t.Get("item-00001"))
}
