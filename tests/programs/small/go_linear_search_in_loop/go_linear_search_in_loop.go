package main

import "fmt"

type Roster struct{ names []string }

func (r *Roster) Has(n string) bool {
	for _, x := range r.names {
		if x == n {
			return true
		}
	}
	return false
}

func (r *Roster) Add(n string) {
	if !r.Has(n) {
		r.names = append(r.names, n)
	}
}

func main() {
	r := &Roster{}
	for i := 0; i < 240000; i++ {
		r.Add(fmt.Sprintf("player-%d", i*7919%9000))
	}
	fmt.Println(len(r.names))
}
