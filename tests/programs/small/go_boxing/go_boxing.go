package main

import "fmt"

type Record map[string]interface{}

func build(i int) Record {
	return Record{"qty": i % 9, "price": float64(i) * 1.25, "name": "x"}
}

func mul(a, b interface{}) interface{} {
	x, y := 0.0, 0.0
	switch v := a.(type) {
	case int:
		x = float64(v)
	case float64:
		x = v
	}
	switch v := b.(type) {
	case int:
		y = float64(v)
	case float64:
		y = v
	}
	return x * y
}

func totalRevenue(n int) float64 {
	var sum interface{} = 0.0
	vals := make([]interface{}, 0, 1000)
	for i := 0; i < n; i++ {
		vals = append(vals[:0], i%9, float64(i), i%7, float64(i%13))
		for k := 0; k+1 < len(vals); k++ {
			sum = sum.(float64) + mul(vals[k], vals[k+1]).(float64)
		}
	}
	return sum.(float64)
}

func main() { fmt.Println(totalRevenue(9000000), len(build(3))) }
