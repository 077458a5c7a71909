// auditrows compares versions of records for an audit trail
package main

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
)

type Contract struct {
	ID       int
	Customer string
	Start    int64
	End      int64
	Rate     float64
	Active   bool
	Notes    string
	Branch   int
}

func changedFields(before, after interface{}) int {
	a, b := reflect.ValueOf(before), reflect.ValueOf(after)
	changed := 0
	for i := 0; i < a.NumField(); i++ {
		name := a.Type().Field(i).Name
		fa, fb := a.FieldByName(name), b.FieldByName(name)
		if fa.Interface() != fb.Interface() {
			changed++
		}
	}
	return changed
}

func revise(c Contract, n int) Contract {
	switch n % 4 {
	case 0:
		c.Rate *= 1.01
	case 1:
		c.End += 86400
		c.Active = !c.Active
	case 2:
		c.Branch = n % 90
	}
	return c
}

func main() {
	scale := 1.0
	if s, err := strconv.ParseFloat(os.Getenv("SCALE"), 64); err == nil {
		scale = s
	}
	n := int(800000 * scale)
	c := Contract{1, "ACME", 0, 1000, 2.5, true, "none", 7}
	total := 0
	for i := 0; i < n; i++ {
		next := revise(c, i)
		total += changedFields(c, next)
		c = next
	}
	fmt.Println("revisions", n, "changed", total)
}
