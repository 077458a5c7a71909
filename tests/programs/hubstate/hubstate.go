// hubstate publishes the state of a smart home hub to its subscribers
package main

import (
	"encoding/json"
	"fmt"
	"hash/adler32"
	"os"
	"strconv"
)

type Device struct {
	Name  string             `json:"name"`
	Room  string             `json:"room"`
	On    bool               `json:"on"`
	Level float64            `json:"level"`
	Attr  map[string]float64 `json:"attr"`
}

type Hub struct {
	Devices []Device `json:"devices"`
	Version int      `json:"version"`
}

type Subscriber struct {
	sum  uint32
	seen int
}

func (s *Subscriber) deliver(msg []byte) {
	s.seen++
	s.sum = s.sum*31 + adler32.Checksum(msg)
}

func (h *Hub) publish(subs []*Subscriber) {
	for _, s := range subs {
		msg, err := json.Marshal(h)
		if err != nil {
			panic(err)
		}
		s.deliver(msg)
	}
}

func (h *Hub) toggle(i int) {
	d := &h.Devices[i%len(h.Devices)]
	d.On = !d.On
	d.Level += 0.5
	h.Version++
}

func main() {
	scale, err := strconv.ParseFloat(os.Getenv("SCALE"), 64)
	if err != nil {
		scale = 1
	}
	hub := &Hub{}
	for i := 0; i < 30; i++ {
		hub.Devices = append(hub.Devices, Device{"lamp" + strconv.Itoa(i), "room" + strconv.Itoa(i%7), i%2 == 0, float64(i), map[string]float64{"v": 1, "a": 0.2}})
	}
	var subs []*Subscriber
	for i := 0; i < 40; i++ {
		subs = append(subs, &Subscriber{})
	}
	events := int(1700 * scale)
	for i := 0; i < events; i++ {
		hub.toggle(i * 3)
		hub.publish(subs)
	}
	fmt.Println("events", events, "sum", subs[39].sum)
}
