package main

import "fmt"

func buildCSV(rows [][2]int) string {
	csv := ""
	for _, r := range rows {
		csv = fmt.Sprintf("%s%d,%d\n", csv, r[0], r[1])
	}
	return csv
}

func main() {
	rows := make([][2]int, 24000)
	for i := range rows {
		rows[i] = [2]int{i, i * 7}
	}
	n := 0
	for k := 0; k < 2; k++ {
		n += len(buildCSV(rows))
	}
	fmt.Println(n)
}
