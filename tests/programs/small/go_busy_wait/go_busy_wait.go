package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

type Latch struct{ open int32 }

func (l *Latch) Wait() {
	for atomic.LoadInt32(&l.open) == 0 {
	}
}

func main() {
	for i := 0; i < 12; i++ {
		l := &Latch{}
		go func() { time.Sleep(100 * time.Millisecond); atomic.StoreInt32(&l.open, 1) }()
		l.Wait()
	}
	fmt.Println("ok")
}
