// sensorbatch aggregates readings that arrive in batches
package main

import (
	"fmt"
	"os"
	"strconv"
)

type Reading struct {
	Sensor string
	Value  *float64
	Tags   map[string]string
}

type stat struct {
	n   int
	sum float64
}

func decode(seed *uint64, size int) []*Reading {
	var batch []*Reading
	for i := 0; i < size; i++ {
		*seed = *seed*6364136223846793005 + 1442695040888963407
		v := float64(*seed >> 44)
		r := &Reading{Sensor: "s" + strconv.Itoa(int(*seed>>56)), Value: &v, Tags: map[string]string{}}
		r.Tags["unit"] = "celsius"
		r.Tags["site"] = "north"
		batch = append(batch, r)
	}
	return batch
}

func aggregate(batch []*Reading, into map[string]*stat) {
	for _, r := range batch {
		s := into[r.Sensor]
		if s == nil {
			s = &stat{}
			into[r.Sensor] = s
		}
		s.n++
		s.sum += *r.Value
	}
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	batches := int(9000 * scale)
	all := map[string]*stat{}
	seed := uint64(5)
	for i := 0; i < batches; i++ {
		aggregate(decode(&seed, 500), all)
	}
	total := 0.0
	for _, s := range all {
		total += s.sum / float64(s.n)
	}
	fmt.Println("batches", batches, "sensors", len(all), "ok", total > 0)
}
