// tilebuild draws map tiles; the style sheet says how features look
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const styleFile = "build/style.css"

type style struct{ colour, width int }

func writeStyle() error {
	var b strings.Builder
	for i := 0; i < 400; i++ {
		fmt.Fprintf(&b, "feature%d { colour: %d; width: %d }\n", i, i*37%256, i%9)
	}
	return os.WriteFile(styleFile, []byte(b.String()), 0o600)
}

func readStyle() (map[string]style, error) {
	f, err := os.Open(styleFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]style{}
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		fields := strings.Fields(strings.NewReplacer("{", "", "}", "", ";", "", ":", "").Replace(sc.Text()))
		if len(fields) < 5 {
			continue
		}
		c, _ := strconv.Atoi(fields[2])
		w, _ := strconv.Atoi(fields[4])
		out[fields[0]] = style{c, w}
	}
	return out, sc.Err()
}

func drawTile(x, y int, pix []byte) int {
	styles, err := readStyle()
	if err != nil {
		panic(err)
	}
	s := styles["feature"+strconv.Itoa((x*7+y)%400)]
	for i := range pix {
		pix[i] = byte(i*s.width + s.colour)
	}
	return int(pix[len(pix)-1])
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	if err := writeStyle(); err != nil {
		panic(err)
	}
	n := int(5500 * scale)
	pix := make([]byte, 16*1024)
	sum := 0
	for i := 0; i < n; i++ {
		sum = sum*31%1000003 + drawTile(i%64, i/64, pix)
	}
	os.Remove(styleFile)
	fmt.Println("tiles", n, "sum", sum)
}
