// Has net/http/pprof's pages; allocates, contends and leaks goroutines in known amounts until it is
// told to stop.
package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"sync"
	"time"
)

var kept [][]byte

func remember() { kept = append(kept, make([]byte, 1<<20)) }

func waitForever(c chan int) { <-c }

func holdLong(mu *sync.Mutex) {
	for {
		mu.Lock()
		time.Sleep(2 * time.Millisecond)
		mu.Unlock()
	}
}

func main() {
	runtime.SetBlockProfileRate(1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	os.Stdout.Close()
	go http.Serve(l, nil)
	var mu sync.Mutex
	go holdLong(&mu)
	go holdLong(&mu)
	c := make(chan int)
	for i := 0; i < 6000; i++ {
		if i%10 == 0 {
			remember()
		}
		go waitForever(c)
		time.Sleep(5 * time.Millisecond)
	}
}
