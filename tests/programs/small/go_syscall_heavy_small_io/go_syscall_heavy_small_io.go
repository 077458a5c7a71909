package main

import (
	"fmt"
	"os"
	"strconv"
)

func writeRow(f *os.File, cols []int) {
	for i, c := range cols {
		if i > 0 {
			f.WriteString(";")
		}
		f.WriteString(strconv.Itoa(c))
	}
	f.WriteString("\n")
}

func main() {
	f, err := os.Create("/dev/null")
	if err != nil {
		panic(err)
	}
	for i := 0; i < 350000; i++ {
		writeRow(f, []int{i, i * 2, i * 3, i % 7})
	}
	fmt.Println("done")
}
