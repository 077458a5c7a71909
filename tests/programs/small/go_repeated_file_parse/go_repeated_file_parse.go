package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

func priceOf(item string) float64 {
	data, err := os.ReadFile("build/prices.json")
	if err != nil {
		panic(err)
	}
	var prices map[string]float64
	if err := json.Unmarshal(data, &prices); err != nil {
		panic(err)
	}
	return prices[item]
}

func main() {
	p := map[string]float64{}
	for i := 0; i < 200; i++ {
		p["item"+strconv.Itoa(i)] = float64(i) * 1.5
	}
	b, _ := json.Marshal(p)
	os.WriteFile("build/prices.json", b, 0o600)
	t := 0.0
	for i := 0; i < 30000; i++ {
		t += priceOf("item" + strconv.Itoa(i%200))
	}
	fmt.Println(t)
}
