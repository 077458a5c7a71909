package main

import "fmt"

type Town struct {
	Name  string
	Stock map[string]int
	Roads []int
}
type World struct{ Towns []*Town }

func (w *World) Clone() *World {
	c := &World{}
	for _, t := range w.Towns {
		n := &Town{Name: t.Name, Stock: map[string]int{}, Roads: append([]int(nil), t.Roads...)}
		for k, v := range t.Stock {
			n.Stock[k] = v
		}
		c.Towns = append(c.Towns, n)
	}
	return c
}

func simulate(w *World, step int) int {
	trial := w.Clone()
	t := trial.Towns[step%len(trial.Towns)]
	t.Stock["wheat"] -= step % 3
	return t.Stock["wheat"] + len(t.Roads)
}

func main() {
	w := &World{}
	for i := 0; i < 60; i++ {
		w.Towns = append(w.Towns, &Town{fmt.Sprint("town", i), map[string]int{"wheat": 9, "iron": 3, "coal": i}, make([]int, 30)})
	}
	s := 0
	for i := 0; i < 40000; i++ {
		s += simulate(w, i)
	}
	fmt.Println(s)
}
